"""The page that says what is kept says what is configured."""

from dataclasses import replace

import pytest

from tests.web.conftest import Practice
from videocall.store.retention import Retention
from videocall.web.keys import INTEGRATIONS, SITE


async def test_the_days_are_those_that_are_configured(practice: Practice) -> None:
    site = practice.app[SITE]
    practice.app[SITE] = replace(site, retention=Retention(appointments_days=1, journal_days=30))
    text = await (await (await practice.visitor()).get("/keep")).text()
    assert "1 day after it" in text
    assert "30 days at most" in text
    assert "7 days at most" in text


@pytest.mark.parametrize(
    ("private", "words"),
    [(False, "straight between the two of you"), (True, "travel through a relay")],
)
async def test_the_path_of_a_call_is_told_as_it_is_configured(
    practice: Practice, private: bool, words: str
) -> None:
    practice.app[SITE] = replace(practice.app[SITE], address_privacy=private)
    text = await (await (await practice.visitor()).get("/keep")).text()
    assert words in text


async def test_anybody_may_read_it_and_the_front_page(practice: Practice) -> None:
    visitor = await practice.visitor()
    for page in ("/", "/keep", "/signin", "/robots.txt"):
        assert (await visitor.get(page)).status == 200


async def test_who_is_signed_in_goes_straight_to_work(practice: Practice) -> None:
    visitor = await practice.signed_in(await practice.add())
    for page in ("/", "/signin"):
        answer = await visitor.get(page)
        assert (answer.status, answer.headers["Location"]) == (303, "/agenda")


async def test_what_programs_are_told_is_on_the_page_where_there_are_programs(
    practice: Practice,
) -> None:
    visitor = await practice.visitor()
    assert "such a program" not in await (await visitor.get("/keep")).text()
    await practice.app[INTEGRATIONS].add("Software", None, practice.now)
    text = await (await visitor.get("/keep")).text()
    assert "7 days at most" in text.partition("such a program was told")[2]
    assert "24 hours; then" in text.partition("such a program was answered")[2]
