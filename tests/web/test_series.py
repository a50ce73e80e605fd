"""Series through the pages: made with every clash shown first, moved from one on, ended, undone."""

import asyncio
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import Final

import pytest

from tests.web.conftest import NOON, Practice, Visitor
from videocall.scheduling.busy import BusyTimes
from videocall.scheduling.hours import Rules, WallSpan
from videocall.scheduling.timespan import Timespan
from videocall.store.calendars import Reading
from videocall.store.instants import to_ms
from videocall.web import keys

FORM: Final = {
    "name": "Blue Heron",
    "email": "",
    "start": "2026-11-23T15:00",
    "minutes": "50",
    "kind": "video",
    "zone": "America/New_York",
    "repeat": "1",
    "every": "3",
    "ends": "after",
    "until": "",
    "count": "4",
}
SECOND: Final = "2026-11-30T15:00:00"
"""The second date of it, as the form names it."""


async def signed_in(practice: Practice) -> Visitor:
    return await practice.signed_in(await practice.add())


async def made(visitor: Visitor, **fields: str) -> str:
    """Make a series; return its page."""
    answer = await visitor.post("/appointments/new", FORM | {"act": "book"} | fields)
    assert answer.status == 303, in_words(await answer.text())
    return answer.headers["Location"].partition("?")[0]


async def single(visitor: Visitor, start: str, name: str = "Otto") -> str:
    form = FORM | {"name": name, "start": start, "repeat": "no"}
    answer = await visitor.post("/appointments/new", form)
    assert answer.status == 303, in_words(await answer.text())
    return answer.headers["Location"].partition("?")[0]


async def text_of(visitor: Visitor, path: str) -> str:
    answer = await visitor.get(path)
    assert answer.status == 200
    return unescape(await answer.text())


async def members(visitor: Visitor, series: str) -> list[str]:
    """Return the pages of its appointments, in order."""
    page = await text_of(visitor, series)
    return re.findall(r'href="(/appointments/[\w-]+)"', page.partition('class="members"')[2])


def in_words(page: str) -> str:
    """Return a page as it is read: without tags, blanks as one."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", "", unescape(page)))


def dates(page: str) -> list[str]:
    """Return what each date reads, the one left out in brackets."""
    found = re.findall(r'class="date-day( out)?">(.*?)</time></span>', page, re.DOTALL)
    return [f"[{in_words(text)}]" if out else in_words(text) for out, text in found]


def picked(page: str, date: str = SECOND) -> list[str]:
    """Return which options of a date are on."""
    return re.findall(rf'name="date-{date}" value="([^"]+)" checked', page)


def options(page: str, date: str = SECOND) -> list[str]:
    return re.findall(rf'type="radio" name="date-{date}" value="([^"]+)"', page)


async def shown(visitor: Visitor, *status: int, **fields: str) -> str:
    """Return the page of all dates, or the one with this status."""
    answer = await visitor.post("/appointments/new", FORM | fields)
    assert answer.status == (status or (200,))[0], in_words(await answer.text())
    return unescape(await answer.text())


# ---- how often, until when -----------------------------------------------------------------------


async def test_every_date_is_shown_before_anything_is_booked(practice: Practice) -> None:
    visitor = await signed_in(practice)
    page = await shown(visitor)
    assert dates(page) == [
        "Monday, 23 November 2026, 15:00 – 15:50",
        "Monday, 30 November 2026, 15:00 – 15:50",
        "Monday, 7 December 2026, 15:00 – 15:50",
        "Monday, 14 December 2026, 15:00 – 15:50",
    ]
    assert "4 dates, every week, 50 minutes each. Nothing is booked yet." in in_words(page)
    assert in_words(page).count("09:00 in New York") == 4
    assert "Book 4 appointments" in page
    assert "clash" not in page.partition('id="dates"')[0]
    assert "Nothing booked" in await text_of(visitor, "/agenda")


@pytest.mark.parametrize(
    ("fields", "count", "last"),
    [
        ({"repeat": "2"}, 4, "4 January 2027"),
        ({"repeat": "n", "every": "5"}, 4, "8 March 2027"),
        ({"ends": "on", "until": "2026-12-14"}, 4, "14 December 2026"),
        ({"ends": "on", "until": "2026-12-20"}, 4, "14 December 2026"),
        ({"repeat": "n", "every": "26", "ends": "on", "until": "2027-06-01"}, 2, "24 May 2027"),
        ({"count": "1"}, 1, "23 November 2026"),
        ({"count": "106"}, 106, "27 November 2028"),
    ],
)
async def test_how_often_and_until_when_is_chosen(
    practice: Practice, fields: dict[str, str], count: int, last: str
) -> None:
    visitor = await signed_in(practice)
    page = await shown(visitor, **fields)
    found = dates(page)
    assert len(found) == count
    assert last in found[-1]
    series = await made(visitor, **fields)
    assert len(await members(visitor, series)) == count


@pytest.mark.parametrize(
    ("fields", "where", "word"),
    [
        ({"ends": ""}, "ends", "needs an end"),
        ({"ends": "never"}, "ends", "needs an end"),
        ({"ends": "on", "until": ""}, "until", "give the date"),
        ({"ends": "on", "until": "soon"}, "until", "give the date"),
        ({"ends": "on", "until": "2026-W50-1"}, "until", "give the date"),
        ({"ends": "on", "until": "2026-11-22"}, "until", "must end after it begins"),
        ({"ends": "on", "until": "1900-01-01"}, "until", "must end after it begins"),
        ({"ends": "on", "until": "9999-12-31"}, "until", "from 1 to 106"),
        ({"count": "0"}, "count", "from 1 to 106"),
        ({"count": "107"}, "count", "from 1 to 106"),
        ({"count": "10000"}, "count", "from 1 to 106"),
        ({"count": "9" * 900}, "count", "give a number"),
        ({"count": "-4"}, "count", "give a number"),
        ({"count": "²"}, "count", "give a number"),
        ({"count": ""}, "count", "give a number"),
        ({"repeat": "n", "every": "0"}, "every", "from 1 to 26"),
        ({"repeat": "n", "every": "27"}, "every", "from 1 to 26"),
        ({"repeat": "n", "every": "often"}, "every", "give a number"),
        ({"repeat": "always"}, "repeat", "choose how often"),
        ({"repeat": "n", "every": "26", "count": "106"}, "count", "within the next two years"),
        ({"start": "2020-11-23T15:00"}, "start", "has passed"),
        ({"start": "1900-11-23T15:00"}, "start", "out of reach"),
        ({"start": "9999-11-23T15:00"}, "start", "out of reach"),
        ({"start": "2198-11-23T15:00"}, "start", "within the next two years"),
        ({"start": "2027-03-28T02:30"}, "start", "03:00"),
        ({"minutes": "4"}, "minutes", "from 5 to 480"),
        ({"zone": "Europe/Atlantis"}, "zone", "not known"),
        ({"name": " "}, "name", "give a name"),
    ],
)
@pytest.mark.parametrize("act", ["", "book"])
async def test_a_rule_of_no_use_is_told_beside_its_field_and_nothing_typed_is_lost(
    practice: Practice, fields: dict[str, str], where: str, word: str, act: str
) -> None:
    visitor = await signed_in(practice)
    page = await shown(visitor, 422, act=act, **fields)
    wrong = re.search(rf'id="{where}-wrong">([^<]*)', page)
    assert wrong is not None
    assert word in wrong[1]
    for name in ("name", "start", "minutes", "every", "until", "count"):
        assert f'name="{name}"' in page
        assert f'value="{(FORM | fields)[name].strip()}"' in page
    assert "Nothing booked" in await text_of(visitor, "/agenda")


async def test_what_is_wrong_with_the_client_and_with_the_end_is_told_at_once(
    practice: Practice,
) -> None:
    page = await shown(await signed_in(practice), 422, name="", count="0")
    assert 'id="name-wrong"' in page
    assert 'id="count-wrong"' in page


# ---- the clocks ----------------------------------------------------------------------------------


async def test_where_the_clients_hour_changes_it_is_marked(practice: Practice) -> None:
    """America changes two weeks before Europe does."""
    visitor = await signed_in(practice)
    page = in_words(await shown(visitor, start="2027-03-08T15:00", count="5"))
    clock = re.findall(r"(\d\d:00) in New York(\. The clocks change)?", page)
    assert clock == [
        ("09:00", ""),
        ("10:00", ". The clocks change"),
        ("10:00", ""),
        ("09:00", ". The clocks change"),
        ("09:00", ""),
    ]


async def test_a_client_in_the_same_zone_is_told_nothing_of_zones(practice: Practice) -> None:
    page = await shown(await signed_in(practice), zone="Europe/Vienna", start="2027-03-08T15:00")
    assert "Vienna" not in in_words(page)
    assert "clocks" not in in_words(page)


async def test_a_time_that_the_clocks_skip_is_shown_where_it_will_be(practice: Practice) -> None:
    visitor = await signed_in(practice)
    page = await shown(visitor, start="2027-03-21T02:30", zone="Europe/Berlin", count="2")
    assert dates(page)[1] == "Sunday, 28 March 2027, 03:30 – 04:20"
    assert in_words(page).count("The clocks skip the usual time in that night.") == 1


# ---- what is in the way --------------------------------------------------------------------------


async def test_what_clashes_is_named_and_left_out_unless_something_else_is_chosen(
    practice: Practice,
) -> None:
    visitor = await signed_in(practice)
    otto = await single(visitor, "2026-11-30T15:30")
    page = await shown(visitor)
    assert "One of them clashes with something else." in page
    assert f'href="{otto}" target="_blank"' in page
    assert "Otto, 15:30 to 16:20" in page
    assert dates(page)[1] == "[Monday, 30 November 2026, 15:00 – 15:50]"
    assert picked(page) == ["skip"]
    assert "usual" not in options(page)
    assert "Book 3 appointments" in page
    series = await made(visitor, **{f"date-{SECOND}": "skip"})
    assert len(await members(visitor, series)) == 3


async def test_another_time_that_is_offered_is_taken(practice: Practice) -> None:
    person = await practice.add()
    visitor = await practice.signed_in(person)
    week = ((WallSpan(13 * 60, 18 * 60),),) * 7
    await practice.plans.set_hours(person.id, week, Rules(buffer_after_min=0), NOON)
    await single(visitor, "2026-11-30T15:30")
    page = await shown(visitor)
    offers = [each for each in options(page) if each.startswith("20")]
    assert offers == [
        "2026-11-30T13:30", "2026-11-30T14:00", "2026-11-30T14:30", "2026-11-30T16:30",
    ]  # fmt: skip
    chosen = {f"date-{SECOND}": "2026-11-30T14:30"}
    page = await shown(visitor, act="check", **chosen)
    assert dates(page)[1] == "Monday, 30 November 2026, 14:30 – 15:20"
    assert picked(page) == ["2026-11-30T14:30"]
    assert "Book 4 appointments" in page
    series = await made(visitor, **chosen)
    assert len(await members(visitor, series)) == 4
    assert "Monday, 30 November 2026, 14:30" in in_words(await text_of(visitor, series))


async def test_any_other_time_can_be_typed_and_is_checked_again(practice: Practice) -> None:
    visitor = await signed_in(practice)
    await single(visitor, "2026-11-30T15:00")
    await single(visitor, "2026-12-01T15:00", "Quiet Owl")
    other = {f"date-{SECOND}": "other", f"other-{SECOND}": "2026-12-01T15:30"}
    page = await shown(visitor, act="check", **other)
    assert "At that time as well." in page
    assert "Quiet Owl, 15:00 to 15:50" in page
    assert picked(page) == ["other"]
    assert 'value="2026-12-01T15:30"' in page
    refused = await shown(visitor, 409, act="book", **other)
    assert "Not every date can be as it is chosen" in refused
    assert "Quiet Owl, 15:00 to 15:50" in refused
    await made(visitor, **other | {f"other-{SECOND}": "2026-12-01T17:30"})


@pytest.mark.parametrize(
    ("typed", "word"),
    [
        ("", "give a date and a time"),
        ("tomorrow", "give a date and a time"),
        ("9999-12-01T10:00", "out of reach"),
        ("1900-12-01T10:00", "out of reach"),
        ("2020-12-01T10:00", "has passed"),
        ("2190-12-01T10:00", "within the next two years"),
        ("2027-03-28T02:30", "03:00"),
        ("2026-12-07T15:30", "Another of this series"),
    ],
)
async def test_another_time_of_no_use_is_told_beside_it(
    practice: Practice, typed: str, word: str
) -> None:
    visitor = await signed_in(practice)
    await single(visitor, "2026-11-30T15:00")
    other = {f"date-{SECOND}": "other", f"other-{SECOND}": typed}
    page = await shown(visitor, 409, act="book", **other)
    row = page.partition('id="d1"')[2].partition("</fieldset>")[0] or page
    assert word in row
    assert picked(page) == ["other"]


async def test_a_time_a_client_is_just_booking_is_told_and_not_taken(practice: Practice) -> None:
    person = await practice.add()
    visitor = await practice.signed_in(person)
    held = Timespan(at("2026-11-30T14:10"), at("2026-11-30T15:10"))
    await hold(practice, person.id, held)
    page = await shown(visitor)
    assert "A client is booking this time just now" in page
    assert picked(page) == ["skip"]
    practice.now += timedelta(minutes=11)
    assert "A client is booking" not in await shown(visitor)


async def test_what_her_own_calendar_says_is_a_warning_and_can_be_kept(practice: Practice) -> None:
    person = await practice.add()
    visitor = await practice.signed_in(person)
    busy = Timespan(at("2026-11-30T13:00"), at("2026-11-30T16:00"))
    reading = Reading(BusyTimes((busy,), 0), busy.end_at)
    await practice.app[keys.CALENDARS].add(person.id, "Home", "", reading, NOON)
    page = await shown(visitor)
    assert "Your own calendar says you are busy then." in page
    assert picked(page) == ["usual"]
    assert "Book 4 appointments" in page
    assert "clash" not in page.partition('id="dates"')[0]
    assert len(await members(visitor, await made(visitor))) == 4


async def test_one_that_does_not_clash_can_be_left_out_too(practice: Practice) -> None:
    visitor = await signed_in(practice)
    page = await shown(visitor, act="check", **{f"date-{SECOND}": "skip"})
    assert dates(page)[1].startswith("[")
    assert "Book 3 appointments" in page
    series = await made(visitor, **{f"date-{SECOND}": "skip"})
    assert len(await members(visitor, series)) == 3


async def test_nothing_is_made_where_all_is_left_out(practice: Practice) -> None:
    visitor = await signed_in(practice)
    page = await shown(visitor, 409, act="book", count="1", **{"date-2026-11-23T15:00:00": "skip"})
    assert "Please keep at least one" in page
    assert "Nothing booked" in await text_of(visitor, "/agenda")


async def test_going_back_to_change_something_loses_nothing(practice: Practice) -> None:
    visitor = await signed_in(practice)
    await single(visitor, "2026-11-30T15:00")
    chosen = {f"date-{SECOND}": "other", f"other-{SECOND}": "2026-12-01T16:00"}
    page = await shown(visitor, act="change", email="heron@example.org", **chosen)
    for name, value in (FORM | chosen | {"email": "heron@example.org"}).items():
        if name not in ("kind", "zone", "repeat", "ends"):
            assert re.search(rf'name="{name}"[^>]* value="{value}"', page), name
    for name in ("kind", "repeat", "ends"):
        assert f'name="{name}" value="{FORM[name]}" checked' in page
    # Sent again as the form stands, the choice is still there.
    again = await shown(visitor, email="heron@example.org", name="Heron", **chosen)
    assert "All dates for Heron" in in_words(again)
    assert dates(again)[1] == "Tuesday, 1 December 2026, 16:00 – 16:50"


async def test_choices_that_nobody_was_offered_do_no_harm(practice: Practice) -> None:
    visitor = await signed_in(practice)
    odd = {"date-2030-01-01T10:00:00": "skip", "date-": "skip", "other-x": "y", "act": "dance"}
    assert len(dates(await shown(visitor, **odd))) == 4
    page = await shown(visitor, 409, **{f"date-{SECOND}": "<b>", "act": "book"})
    assert "<b>" not in page
    assert "give a date and a time" in page
    many = {f"x{number}": "" for number in range(300)}
    answer = await visitor.post("/appointments/new", FORM | many)
    assert answer.status == 422


# ---- races ---------------------------------------------------------------------------------------


async def test_what_came_in_the_way_since_it_was_shown_is_shown_and_nothing_is_booked(
    practice: Practice,
) -> None:
    visitor = await signed_in(practice)
    await shown(visitor)
    await single(visitor, "2026-11-30T15:00")
    page = await shown(visitor, 409, act="book", **{f"date-{SECOND}": "usual"})
    assert 'role="alert"' in page
    assert "Something has come in the way meanwhile. Nothing was changed." in page
    assert "Otto, 15:00 to 15:50" in page
    agenda = await text_of(visitor, "/agenda")
    assert agenda.count("data-appointment-entry") == 1
    assert "Blue Heron" not in agenda


@pytest.mark.parametrize("racers", [2, 12])
async def test_of_those_who_race_for_the_same_dates_one_wins_and_none_gets_half(
    practice: Practice, racers: int
) -> None:
    visitor = await signed_in(practice)
    starts = ["2026-11-23T15:00", "2026-11-30T15:10", "2026-12-07T14:45"]
    answers = await asyncio.gather(
        *(
            visitor.post(
                "/appointments/new",
                FORM | {"act": "book", "name": f"R{number}", "start": starts[number % 3]},
            )
            for number in range(racers)
        )
    )
    assert Counter(answer.status for answer in answers) == {303: 1, 409: racers - 1}
    for answer in answers:
        if answer.status == 409:
            assert "come in the way meanwhile" in await answer.text()
    (won,) = [each.headers["Location"] for each in answers if each.status == 303]
    assert len(await members(visitor, won.partition("?")[0])) == 4
    person = await practice.people.by_email("anna@example.org")
    assert person is not None
    whole = await practice.appointments.of_therapist(person[0].id, NOON, NOON + timedelta(days=90))
    assert len(whole) == 4


# ---- one of a series -----------------------------------------------------------------------------


async def test_each_says_which_one_it_is_and_the_agenda_marks_it(practice: Practice) -> None:
    visitor = await signed_in(practice)
    series = await made(visitor, repeat="2")
    pages = await members(visitor, series)
    page = in_words(await text_of(visitor, pages[2]))
    assert "3 of 4, every two weeks" in page
    assert "This one and all after it 2 appointments" in page
    assert "Only this one" in page
    agenda = await text_of(visitor, "/agenda")
    assert agenda.count("one of a series") == 1
    alone = in_words(await text_of(visitor, await single(visitor, "2026-11-24T09:00")))
    assert "series" not in alone


async def test_one_that_is_skipped_stays_in_the_list_and_the_others_keep_their_number(
    practice: Practice,
) -> None:
    visitor = await signed_in(practice)
    series = await made(visitor)
    pages = await members(visitor, series)
    await visitor.post(f"{pages[1]}/cancel")
    page = await text_of(visitor, series)
    assert page.count("Cancelled") == 1
    assert "3 of 4" in in_words(await text_of(visitor, pages[2]))
    assert "All that are still to come 3 appointments" in in_words(page)


# ---- moving all from one on ----------------------------------------------------------------------


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


async def hold(practice: Practice, therapist: str, span: Timespan) -> None:
    times = [span.start_at, span.end_at, practice.now + timedelta(minutes=10)]
    await practice.app[keys.DATABASE].write(
        lambda tables: tables.execute(
            "INSERT INTO holds VALUES (x'00', ?, ?, ?, ?)", [therapist, *map(to_ms, times)]
        )
    )


async def move_link(visitor: Visitor, page: str) -> tuple[str, dict[str, str]]:
    """Return where all from this one on are moved, and the form as it stands there."""
    found = re.search(r'href="(/series/[\w-]+/move)\?from=([^"]+)"', await text_of(visitor, page))
    assert found is not None
    form = await text_of(visitor, f"{found[1]}?from={found[2]}")
    start = re.search(r'name="start"[^>]* value="([^"]+)"', form)
    assert start is not None
    return found[1], {"from": found[2], "start": start[1], "minutes": "50"}


async def test_all_from_one_on_are_moved_once_every_date_was_shown(practice: Practice) -> None:
    visitor = await signed_in(practice)
    series = await made(visitor)
    pages = await members(visitor, series)
    path, form = await move_link(visitor, pages[1])
    assert form["start"] == "2026-11-30T15:00"
    asked = form | {"start": "2026-12-01T09:00", "minutes": "25"}
    answer = await visitor.post(path, asked)
    page = unescape(await answer.text())
    assert dates(page) == [
        "Tuesday, 1 December 2026, 09:00 – 09:25",
        "Tuesday, 8 December 2026, 09:00 – 09:25",
        "Tuesday, 15 December 2026, 09:00 – 09:25",
    ]
    assert "until now Monday 30 November, 15:00" in in_words(page)
    assert "Move 3 appointments" in page
    assert "Monday, 30 November 2026" in in_words(await text_of(visitor, pages[1]))
    answer = await visitor.post(path, asked | {"act": "move"})
    assert answer.status == 303
    page = in_words(await text_of(visitor, answer.headers["Location"]))
    assert "3 appointments are moved. Please tell your client. The link stays the same." in page
    assert "Undo until 13:05" in page
    assert "1 Monday, 23 November 2026, 15:00" in page
    assert "2 Tuesday, 1 December 2026, 09:00" in page
    assert "3 of 4" in in_words(await text_of(visitor, pages[2]))


async def test_a_move_is_undone_for_five_minutes(practice: Practice) -> None:
    visitor = await signed_in(practice)
    series = await made(visitor)
    before = in_words(await text_of(visitor, series))
    path, form = await move_link(visitor, (await members(visitor, series))[1])
    answer = await visitor.post(path, form | {"start": "2026-12-01T09:00", "act": "move"})
    moved = answer.headers["Location"].partition("?")[0]
    practice.now += timedelta(minutes=5)
    assert (await visitor.post(f"{moved}/undo")).status == 409
    assert "Undo" not in in_words(await text_of(visitor, moved))
    practice.now -= timedelta(seconds=1)
    answer = await visitor.post(f"{moved}/undo")
    assert answer.headers["Location"] == f"{series}?done=undone"
    assert in_words(await text_of(visitor, series)) == before
    assert (await visitor.post(f"{series}/undo")).status == 409


async def test_where_a_move_clashes_that_one_stays_unless_something_else_is_chosen(
    practice: Practice,
) -> None:
    visitor = await signed_in(practice)
    series = await made(visitor)
    await single(visitor, "2026-12-08T09:30")
    pages = await members(visitor, series)
    path, form = await move_link(visitor, pages[1])
    asked = form | {"start": "2026-12-01T09:00"}
    page = unescape(await (await visitor.post(path, asked)).text())
    assert "One of them clashes with something else. It stays where it is" in page
    assert "Tuesday 8 December, 09:00. In the way: Otto, 09:30 to 10:20" in in_words(page)
    assert picked(page, "2026-12-08T09:00:00") == ["2026-12-07T15:00"]
    # Not decided yet, it is asked, not done.
    answer = await visitor.post(path, asked | {"act": "move"})
    assert answer.status == 409
    assert "Monday, 30 November 2026" in in_words(await text_of(visitor, pages[1]))
    chosen = {"act": "move", "date-2026-12-08T09:00:00": "2026-12-07T15:00"}
    answer = await visitor.post(path, asked | chosen)
    assert answer.status == 303
    page = in_words(await text_of(visitor, answer.headers["Location"]))
    assert "3 Monday, 7 December 2026, 15:00" in page
    assert "4 Tuesday, 15 December 2026, 09:00" in page


async def test_a_move_by_a_week_goes_over_its_own_old_times(practice: Practice) -> None:
    visitor = await signed_in(practice)
    series = await made(visitor)
    path, form = await move_link(visitor, (await members(visitor, series))[0])
    answer = await visitor.post(path, form | {"start": "2026-11-30T15:00", "act": "move"})
    assert answer.status == 303
    page = in_words(await text_of(visitor, series))
    assert "1 Monday, 30 November 2026, 15:00" in page
    assert "4 Monday, 21 December 2026, 15:00" in page


@pytest.mark.parametrize(
    ("fields", "word"),
    [
        ({"start": ""}, "give a date and a time"),
        ({"start": "1900-01-01T10:00"}, "out of reach"),
        ({"start": "9999-01-01T10:00"}, "out of reach"),
        ({"start": "2020-01-01T10:00"}, "has passed"),
        ({"start": "2029-01-01T10:00"}, "within the next two years"),
        ({"start": "2026-11-30T15:00"}, "This is when they take place already."),
        ({"minutes": "1000"}, "from 5 to 480"),
        ({"minutes": ""}, "minutes as a number"),
    ],
)
@pytest.mark.parametrize("act", ["", "move"])
async def test_a_move_of_no_use_is_told_and_changes_nothing(
    practice: Practice, fields: dict[str, str], word: str, act: str
) -> None:
    visitor = await signed_in(practice)
    series = await made(visitor)
    before = await text_of(visitor, series)
    path, form = await move_link(visitor, (await members(visitor, series))[1])
    answer = await visitor.post(path, form | {"act": act} | fields)
    assert answer.status == 422
    page = unescape(await answer.text())
    assert word in page
    assert f'value="{(form | fields)["start"]}"' in page
    assert await text_of(visitor, series) == before


async def test_a_move_meets_what_changed_meanwhile(practice: Practice) -> None:
    """Another tab cancels one of them between the look and the move."""
    visitor = await signed_in(practice)
    series = await made(visitor)
    pages = await members(visitor, series)
    path, form = await move_link(visitor, pages[0])
    await visitor.post(f"{pages[2]}/cancel")
    answer = await visitor.post(path, form | {"start": "2026-11-24T09:00", "act": "move"})
    assert answer.status == 303
    page = await text_of(visitor, answer.headers["Location"])
    assert "3 appointments are moved" in in_words(page)
    await visitor.post(f"{pages[0]}/cancel")
    await visitor.post(f"{pages[1]}/cancel")
    await visitor.post(f"{pages[3]}/cancel")
    assert (await visitor.post(path, form | {"start": "2026-11-24T10:00"})).status == 409


@pytest.mark.parametrize("from_", ["", "yesterday", "2026-11-23T15:01:00", "x" * 1900])
async def test_a_place_that_is_none_of_the_series_is_told(practice: Practice, from_: str) -> None:
    visitor = await signed_in(practice)
    series = await made(visitor)
    for answer in (
        await visitor.get(f"{series}/move?from={from_}"),
        await visitor.post(f"{series}/move", {"from": from_, "start": "2026-12-01T09:00"}),
        await visitor.post(f"{series}/end", {"from": from_}),
    ):
        assert answer.status in (404, 409)
    assert len(await members(visitor, series)) == 4


# ---- ending --------------------------------------------------------------------------------------


async def test_ending_says_how_many_are_cancelled_and_can_be_undone(practice: Practice) -> None:
    visitor = await signed_in(practice)
    series = await made(visitor)
    pages = await members(visitor, series)
    asked = in_words(await text_of(visitor, pages[1]))
    assert "3 appointments are cancelled. What was before stays as it is." in asked
    assert "Yes, cancel all 3" in asked
    answer = await visitor.post(f"{series}/end", {"from": SECOND})
    page = await text_of(visitor, answer.headers["Location"])
    assert "3 appointments are cancelled. Please tell your client." in in_words(page)
    assert page.count(">Cancelled<") == 3
    assert "See the whole series" in in_words(await text_of(visitor, pages[3]))
    await single(visitor, "2026-11-30T15:00")
    refused = await visitor.post(f"{series}/undo")
    assert refused.status == 409
    assert "another appointment" in await refused.text()
    assert (await visitor.post(f"{series}/end", {"from": SECOND})).status == 409


async def test_the_whole_of_it_can_be_ended_and_there_is_no_link_left_to_send(
    practice: Practice,
) -> None:
    visitor = await signed_in(practice)
    series = await made(visitor)
    answer = await visitor.post(f"{series}/end", {"from": "2026-11-23T15:00:00"})
    page = await text_of(visitor, answer.headers["Location"])
    assert "4 appointments are cancelled." in in_words(page)
    assert "data-copy" not in page
    assert (await visitor.post(f"{series}/reissue")).status == 409
    assert (await visitor.post(f"{series}/undo")).status == 303
    assert "data-copy" in await text_of(visitor, series)


# ---- whose it is ---------------------------------------------------------------------------------


async def test_a_series_is_its_therapists_alone(practice: Practice) -> None:
    anna = await signed_in(practice)
    otto = await practice.signed_in(await practice.add(email="otto@example.org"))
    series = await made(anna, name="Secret Swan")
    never = await otto.get("/series/never-was-there")
    form = {"from": SECOND, "start": "2026-12-01T09:00", "minutes": "50", "act": "move"}
    answers = [
        await otto.get(series),
        await otto.get(f"{series}/move?from={SECOND}"),
        *[await otto.post(f"{series}/{act}", form) for act in ("move", "end", "undo", "reissue")],
    ]
    for answer in answers:
        assert answer.status == never.status == 404
        assert "Swan" not in await answer.text()
    assert len(dates(await shown(otto))) == 4
    assert "Swan" not in await shown(otto)
    assert len(await members(anna, series)) == 4
    nobody = await practice.visitor()
    assert (await nobody.get(series)).headers["Location"].startswith("/signin")


async def test_with_mail_the_client_is_told_and_the_page_says_so(mailing: Practice) -> None:
    visitor = await signed_in(mailing)
    form = FORM | {"act": "book", "email": "heron@example.org"}
    answer = await visitor.post("/appointments/new", form)
    page = await text_of(visitor, answer.headers["Location"])
    assert "The invitation with the link is on its way to your client." in page
    series = answer.headers["Location"].partition("?")[0]
    answer = await visitor.post(f"{series}/end", {"from": SECOND})
    page = await text_of(visitor, answer.headers["Location"])
    assert "3 appointments are cancelled. Your client is told." in in_words(page)
