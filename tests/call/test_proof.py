"""The proof of four words: two honest people, and whoever may sit between them."""

import hashlib
import json
from typing import Any, Final

import pytest
from playwright.async_api import Page

from tests.call.lists import words
from tests.call.plays import play

pytestmark = pytest.mark.browser

GRIND: Final = """async () => {
  const { WORDS } = await import("/call/wordlists/en.js");
  const digest = async (...lines) => new Uint8Array(await crypto.subtle.digest(
    "SHA-256", new TextEncoder().encode(["videocall-words/1", ...lines].join("\\n"))));
  const wordsOf = async (fingerprints, impolite, polite) => {
    const [first, second] = await digest("words", "en", ...fingerprints, impolite, polite);
    return [WORDS[first * 4 + (second >> 6)]];
  };
  return (await import("/plays.js")).grinding({ wordsOf });
}"""
ZEROS: Final = "0" * 64


def shown(seat: dict[str, Any]) -> list[str]:
    """Return the words that somebody sees; none unless they are shown."""
    return seat["last"]["words"] if seat["last"]["state"] == "shown" else []


def message(type: str, **more: object) -> str:
    return json.dumps({"v": 1, "type": type, "run": 1} | more)


async def test_on_an_honest_line_both_see_the_same_four_words(page: Page) -> None:
    seen = await play(page, "verbatim")
    assert len(shown(seen["therapist"])) == 4
    assert shown(seen["therapist"]) == shown(seen["client"])
    assert shown(seen["therapist"]) != shown((await play(page, "verbatim"))["therapist"])


async def test_the_words_are_those_that_the_document_says(page: Page) -> None:
    """Counted again from what was said, by the rule in docs/words.md."""
    seen = await play(page, "verbatim")
    commit, reveal = map(json.loads, seen["therapist"]["said"])
    (answer,) = map(json.loads, seen["client"]["said"])
    therapist, client = "a1" * 32, "c2" * 32
    lines = ["videocall-words/1", "commit", "en", therapist, client, reveal["number"]]
    assert commit["commit"] == hashlib.sha256("\n".join(lines).encode()).hexdigest()
    lines[1:2] = ["words"]
    lines.append(answer["number"])
    bits = int.from_bytes(hashlib.sha256("\n".join(lines).encode()).digest()[:5])
    expected = [words("en")[bits >> shift & 1023] for shift in (30, 20, 10, 0)]
    assert shown(seen["client"]) == expected


@pytest.mark.parametrize(
    ("languages", "common"),
    [(("de", "de"), "de"), (("de", "en"), "en"), (("en", "de"), "en"), (("fr", "fr"), "en")],
)
async def test_both_read_the_words_in_one_language(
    page: Page, languages: tuple[str, str], common: str
) -> None:
    seen = await play(page, "verbatim", languages=list(languages))
    for seat in (seen["therapist"], seen["client"]):
        assert seat["last"]["language"] == common
        assert set(shown(seat)) <= set(words(common))
    assert shown(seen["therapist"]) == shown(seen["client"])


async def test_who_sits_between_by_the_rules_makes_the_words_differ(page: Page) -> None:
    for _ in range(100):
        seen = await play(page, "between")
        assert shown(seen["therapist"])
        assert shown(seen["client"])
        assert shown(seen["therapist"]) != shown(seen["client"])


async def test_who_sits_between_and_hands_everything_on_proves_nothing(page: Page) -> None:
    seen = await play(page, "handedOn")
    for seat in (seen["therapist"], seen["client"]):
        assert seat["last"]["state"] == "unverified"
        assert seat["left"] == 0
    assert not any(step["state"] == "shown" for step in seen["client"]["steps"])


async def test_a_number_that_was_searched_for_is_not_the_one_committed_to(page: Page) -> None:
    seen = await page.evaluate(GRIND)
    assert seen["found"] > 0
    assert seen["wanted"] == shown(seen["therapist"])[0]
    assert not any(step["state"] == "shown" for step in seen["client"]["steps"])
    assert seen["client"]["left"] == 2


async def test_there_are_three_tries_in_all_whatever_becomes_of_connections(page: Page) -> None:
    seen = await play(page, "walkingOut", times=5)
    answers = [json.loads(text)["type"] for text in seen["client"]["said"]].count("answer")
    assert answers == 3
    assert seen["client"]["last"]["state"] == "unverified"
    assert seen["later"]["said"] == []
    assert seen["later"]["last"]["state"] == "unverified"


async def test_who_learned_a_number_and_closes_the_connection_has_had_a_try(page: Page) -> None:
    seen = await play(page, "tornDown", times=5)
    assert seen["answers"] == ["answer"] * 3 + ["unverified"] * 2


async def test_an_exchange_that_is_said_again_gives_other_words(page: Page) -> None:
    seen = await play(page, "replayed")
    assert shown(seen["before"])
    assert shown(seen["before"]) != shown(seen["again"])


@pytest.mark.parametrize("name", ["twice", "tooEarly", "reflected"])
async def test_what_comes_twice_too_early_or_back_again_proves_nothing(
    page: Page, name: str
) -> None:
    for seat in (await play(page, name)).values():
        assert seat["last"]["state"] == "unverified"
        assert seat["left"] == 0


@pytest.mark.parametrize("polite", [True, False])
async def test_a_server_that_gives_both_the_same_role_gets_no_words_shown(
    page: Page, polite: bool
) -> None:
    seen = await play(page, "sameRole", polite=polite)
    for seat in (seen["therapist"], seen["client"]):
        assert {step["state"] for step in seat["steps"]} == {"checking", "unverified"}


async def test_an_answer_to_a_try_that_was_given_up_is_not_taken_for_the_next(page: Page) -> None:
    seen = await play(page, "late")
    assert shown(seen["therapist"])
    assert shown(seen["therapist"]) == shown(seen["client"])
    assert seen["therapist"]["left"] == seen["client"]["left"] == 2


@pytest.mark.parametrize(
    "text",
    [
        "",
        "{",
        "null",
        "[1]",
        "x" * 100_000,
        "[" * 200,
        json.dumps({"v": 2, "type": "answer", "run": 1, "language": "en", "number": ZEROS}),
        message("answer", language="en", number=ZEROS[1:]),
        message("answer", language="en", number=ZEROS + "0"),
        message("answer", language="en", number="A" * 64),
        message("answer", language="en", number=0),
        message("answer", language="xx", number=ZEROS),
        message("answer", language="constructor", number=ZEROS),
        message("answer", language=["en"], number=ZEROS),
        message("answer", number=ZEROS),
        message("answer", language="en", number=ZEROS, run="1"),
        message("answer", language="en", number=ZEROS, run=-1),
        message("answer", language="en", number=ZEROS, run=2),
        message("answer", language="en", number=ZEROS, pad="x" * 256),
        message("commit", language="en", commit="zz" * 32, run=1),
        message("commit", language="en", commit=ZEROS, run=2),
        message("reveal", number=ZEROS),
        message("words", language="en", number=ZEROS),
    ],
)
async def test_what_nobody_may_say_costs_a_try(page: Page, text: str) -> None:
    seen = await play(page, "nonsense", text=text)
    for seat in (seen["therapist"], seen["client"]):
        assert seat["left"] == 2
        assert seat["last"]["state"] == "checking"


async def test_bytes_cost_a_try(page: Page) -> None:
    for seat in (await play(page, "bytes")).values():
        assert seat["left"] == 2


async def test_who_floods_is_not_listened_to(page: Page) -> None:
    stale = message("again", run=0)
    seen = await play(page, "nonsense", text=stale, times=1_000)
    for seat in (seen["therapist"], seen["client"]):
        assert seat["last"]["state"] == "unverified"
        assert len(seat["said"]) <= 1


async def test_a_commitment_out_of_turn_takes_the_words_away(page: Page) -> None:
    text = message("commit", run=2, language="en", commit=ZEROS)
    seen = await play(page, "afterwards", text=text)
    before, after = seen["before"], seen["after"]
    assert shown(before["client"])
    assert "checking" in [step["state"] for step in after["client"]["steps"][2:]]
    # Both are there, so they agree anew.
    assert shown(after["client"]) == shown(after["therapist"]) != shown(before["client"])
