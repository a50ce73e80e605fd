"""A therapist's hours, through the pages."""

import re
from datetime import date
from html import unescape

import pytest

from tests.web.conftest import Practice, Visitor
from videocall.errors import Invalid
from videocall.scheduling.hours import WallSpan
from videocall.web.spans import read_spans, write_spans

OFFICE = "9-12, 14:00–18:30"
FORM = {f"day-{day}": OFFICE if day < 5 else "" for day in range(7)} | {
    "lengths": "50",
    "step": "30",
    "before": "0",
    "after": "10",
    "notice": "24",
    "ahead": "60",
    "most": "",
}


async def signed_in(practice: Practice) -> Visitor:
    return await practice.signed_in(await practice.add())


async def shown(visitor: Visitor) -> str:
    return unescape(await (await visitor.get("/hours")).text())


@pytest.mark.parametrize(
    ("typed", "normal"),
    [
        ("", ""),
        ("9-12", "09:00–12:00"),
        ("9.30 – 12h; 14h15-24:00", "09:30–12:00, 14:15–24:00"),
        ("14-18, 9 to 12", "09:00–12:00, 14:00–18:00"),
        ("9-12, 11-13", "09:00–13:00"),
    ],
)
def test_hours_are_read_as_people_write_them(typed: str, normal: str) -> None:
    assert write_spans(read_spans(typed)) == normal
    assert read_spans(normal) == read_spans(typed)


@pytest.mark.parametrize(
    "typed", ["9", "12-9", "9-9", "9-25", "9:60-12", "nine to five", "9-12 14-18", "9-12," * 99]
)
def test_hours_of_no_use_are_refused_with_an_example(typed: str) -> None:
    with pytest.raises(Invalid):
        read_spans(typed)


async def test_hours_and_rules_are_saved_and_shown_again(practice: Practice) -> None:
    visitor = await signed_in(practice)
    assert "There is no free time now." in await shown(visitor)
    answer = await visitor.post("/hours", FORM | {"lengths": "50; 25", "most": "6"})
    assert answer.status == 303
    page = await shown(visitor)
    assert page.count('value="09:00–12:00, 14:00–18:30"') == 5
    assert 'value="25, 50"' in page
    assert "The first free time now: Monday 23 November, 09:00." in page


@pytest.mark.parametrize(
    ("field", "typed", "word"),
    [
        ("day-2", "12-9", "end after they start"),
        ("day-6", "x" * 2000, "such as 9:00"),
        ("lengths", "", "minutes such as 50"),
        ("lengths", "4", "from 5 to 480"),
        ("lengths", "5,6,7,8,9,10,11", "from 1 to 6"),
        ("step", "0", "from 5 to"),
        ("before", "-1", "whole number"),
        ("after", "9" * 99, "whole number"),
        ("notice", "99999", "0 to 1440"),
        ("ahead", "0", "from 1 to 366"),
        ("most", "0", "from 1 to 50"),
    ],
)
async def test_what_cannot_be_used_is_told_beside_its_field_and_the_rest_is_kept(
    practice: Practice, field: str, typed: str, word: str
) -> None:
    visitor = await signed_in(practice)
    answer = await visitor.post("/hours", FORM | {"day-0": "10-11", field: typed})
    assert answer.status == 422
    page = unescape(await answer.text())
    found = re.search(rf'id="{field}-wrong">([^<]*)', page)
    assert found is not None
    assert word in found[1]
    assert 'value="10-11"' in page
    assert 'value="10-11"' not in await shown(visitor)


async def test_days_off_and_an_extra_evening(practice: Practice) -> None:
    therapist = await practice.add()
    visitor = await practice.signed_in(therapist)
    await visitor.post("/hours", FORM)
    holiday = {"first": "2026-12-24", "last": "2027-01-01", "other": ""}
    assert (await visitor.post("/hours/exceptions", holiday)).status == 303
    evening = {"first": "2026-12-01", "last": "", "other": "19-21", "extra": "yes"}
    assert (await visitor.post("/hours/exceptions", evening)).status == 303
    page = await shown(visitor)
    assert "Thu, 24 Dec 2026" in page
    assert "Fri, 1 Jan 2027" in page
    assert "in addition 19:00–21:00" in page
    plan = await practice.plans.get(therapist.id)
    assert len(plan.exceptions) == 10
    assert plan.exceptions[0].spans == (WallSpan(19 * 60, 21 * 60),)
    removed = {"first": "2026-12-24", "last": "2027-01-01"}
    assert (await visitor.post("/hours/exceptions/remove", removed)).status == 303
    plan = await practice.plans.get(therapist.id)
    assert [each.on for each in plan.exceptions] == [date(2026, 12, 1)]


@pytest.mark.parametrize(
    ("typed", "field"),
    [
        ({"first": ""}, "first"),
        ({"first": "1900-01-01"}, "first"),
        ({"first": "9999-12-31"}, "first"),
        ({"last": "2026-12-23"}, "last"),
        ({"last": "2099-01-01"}, "last"),
        ({"other": "tomorrow"}, "other"),
        ({"extra": "yes"}, "other"),
    ],
)
async def test_an_exception_of_no_use_is_told_beside_its_field(
    practice: Practice, typed: dict[str, str], field: str
) -> None:
    visitor = await signed_in(practice)
    form = {"first": "2026-12-24", "last": "", "other": ""} | typed
    answer = await visitor.post("/hours/exceptions", form)
    assert answer.status == 422
    assert f'id="{field}-wrong"' in await answer.text()


async def test_the_booking_page_is_off_until_switched_on_and_its_link_can_be_renewed(
    practice: Practice,
) -> None:
    visitor = await signed_in(practice)
    assert "/book/" not in await shown(visitor)
    await visitor.post("/hours/page/on")
    first = re.findall(r'data-copy="([^"]+)"', await shown(visitor))
    await visitor.post("/hours/page/off")
    assert "/book/" not in await shown(visitor)
    await visitor.post("/hours/page/on")
    assert re.findall(r'data-copy="([^"]+)"', await shown(visitor)) == first
    await visitor.post("/hours/page/new")
    second = re.findall(r'data-copy="([^"]+)"', await shown(visitor))
    assert second != first
    assert all(re.fullmatch(r"https://[^/]+/book/[\w-]{22}", link) for link in first + second)


async def test_hours_are_for_therapists_alone(practice: Practice) -> None:
    stranger = await practice.visitor()
    assert (await stranger.get("/hours")).headers["Location"] == "/signin?to=/hours"
    assert (await stranger.post("/hours", FORM)).status == 401
