"""The week and the day on a grid, as the service draws them; and a move as their script asks."""

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest

from tests.web.conftest import NOON, Practice, Visitor
from videocall.access.people import Person
from videocall.scheduling.appointment import Cancel, End, MarkNoShow, Party, State
from videocall.scheduling.busy import BusyTimes
from videocall.scheduling.hours import Rules, WallSpan
from videocall.scheduling.timespan import Timespan
from videocall.store.calendars import Reading
from videocall.web import keys

SCRIPT = {"Accept": "application/json"}
OFFICE = (WallSpan(9 * 60, 12 * 60), WallSpan(14 * 60, 18 * 60))
NO_RULES = Rules(notice_min=0, buffer_after_min=0)


async def therapist(practice: Practice, now: datetime = NOON) -> tuple[Person, Visitor]:
    """Return a therapist with office hours from Monday to Friday, signed in at `now`."""
    practice.now = now
    person = await practice.add()
    week = (*(OFFICE,) * 5, (), ())
    await practice.plans.set_hours(person.id, week, NO_RULES, practice.now)
    return person, await practice.signed_in(person)


async def text_of(visitor: Visitor, path: str) -> str:
    answer = await visitor.get(path)
    assert answer.status == 200
    return unescape(await answer.text())


def blocks(page: str) -> list[tuple[str, str, str]]:
    """Return each block: its day, its name, and where it lies from the top."""
    found = []
    for day in page.split('<section class="week-day')[1:]:
        on = re.search(r'data-on="([^"]+)"', day)
        assert on is not None
        for block in re.findall(r'<li class="week-block.*?</li>', day, re.DOTALL):
            place = re.findall(r'data-(?:for-)?[hm]="(\d+)"', block)[:4]
            name = re.search(r'data-name="([^"]+)"', block)
            assert name is not None
            found.append((on[1], name[1], "{}:{:0>2}+{}:{:0>2}".format(*place)))
    return found


def free(page: str) -> list[str]:
    return re.findall(r"Free from ([^:]+:\d\d to [^:]+:\d\d)", page)


async def test_a_week_shows_what_is_booked_where_it_is_and_leads_to_it(practice: Practice) -> None:
    person, visitor = await therapist(practice)
    made = await practice.appointment(person, in_min=2 * 24 * 60)
    page = await text_of(visitor, "/week?on=2026-11-25")
    assert blocks(page) == [("2026-11-23", "Blue Heron", "4:00+0:50")]
    assert f'href="/appointments/{made.id}"' in page
    assert "23–29 Nov 2026" in page
    for turn in ("/week?on=2026-11-18", "/week?on=2026-12-02", "/day?on=2026-11-24"):
        assert f'href="{turn}"' in page
    assert "Blue Heron" not in await text_of(visitor, "/week")


async def test_a_day_shows_that_day_alone(practice: Practice) -> None:
    person, visitor = await therapist(practice)
    await practice.appointment(person, in_min=2 * 24 * 60)
    await practice.appointment(person, in_min=3 * 24 * 60, name="Otto")
    page = await text_of(visitor, "/day?on=2026-11-23")
    assert [name for _, name, _ in blocks(page)] == ["Blue Heron"]
    assert "Monday 23 November" in page
    assert 'href="/day?on=2026-11-24"' in page


async def test_another_persons_week_is_not_shown(practice: Practice) -> None:
    anna, otto = await practice.add(), await practice.add(email="otto@example.org")
    await practice.appointment(anna, name="Secret Swan")
    visitor = await practice.signed_in(otto)
    assert "Swan" not in await text_of(visitor, "/week")
    assert "Swan" not in await text_of(visitor, "/day")


async def test_who_is_signed_out_is_led_to_sign_in(practice: Practice) -> None:
    visitor = await practice.visitor()
    for path in ("/week", "/day"):
        answer = await visitor.get(path)
        assert answer.status == 303
        assert answer.headers["Location"] == f"/signin?to={path}"


@pytest.mark.parametrize(
    "on", ["rubbish", "1900-01-01", "9999-12-31", "2026-02-30", "", "0", "9" * 99]
)
async def test_a_day_that_cannot_be_is_today(practice: Practice, on: str) -> None:
    _, visitor = await therapist(practice)
    assert "16–22 Nov 2026" in await text_of(visitor, f"/week?on={on}")
    assert "Saturday 21 November" in await text_of(visitor, f"/day?on={on}")


@pytest.mark.parametrize("on", ["2000-01-01", "2199-12-31", "2011-12-30"])
async def test_the_first_and_the_last_day_and_one_that_is_skipped_are_shown(
    practice: Practice, on: str
) -> None:
    _, visitor = await therapist(practice)
    await practice.app[keys.DATABASE].write(
        lambda tables: tables.execute("UPDATE people SET zone = 'Pacific/Apia'")
    )
    for path in ("/week", "/day"):
        page = await text_of(visitor, f"{path}?on={on}&whole")
        assert ("is skipped by the clocks of Apia" in page) == (on == "2011-12-30")


async def test_free_is_when_she_is_open_and_nothing_is_booked(practice: Practice) -> None:
    person, visitor = await therapist(practice)
    await practice.appointment(person, in_min=(2 * 24 - 2) * 60)
    # The ten minutes that are left before noon are too short to offer.
    assert free(await text_of(visitor, "/day?on=2026-11-23")) == [
        "09:00 to 11:00",
        "14:00 to 18:00",
    ]
    assert free(await text_of(visitor, "/day?on=2026-11-20")) == []
    assert free(await text_of(visitor, "/day?on=2026-11-22")) == []


async def test_today_is_free_from_now_on(practice: Practice) -> None:
    _, visitor = await therapist(practice, datetime(2026, 11, 23, 9, 7, tzinfo=UTC))
    page = await text_of(visitor, "/day")
    assert free(page) == ["10:15 to 12:00", "14:00 to 18:00"]
    assert 'href="/appointments/new?start=2026-11-23T09:15:00Z"' in page
    assert 'class="week-now at" data-h="1" data-m="7"' in page


async def test_who_has_set_no_hours_is_open_always_and_told_so(practice: Practice) -> None:
    visitor = await practice.signed_in(await practice.add())
    page = await text_of(visitor, "/day?on=2026-11-24")
    assert free(page) == ["09:00 to 17:00"]
    assert "You have set no weekly hours yet" in page


async def test_what_clients_can_book_is_marked_while_they_can(practice: Practice) -> None:
    person, visitor = await therapist(practice)
    assert "week-bookable" not in await text_of(visitor, "/week?on=2026-11-23")
    page_id = practice.keyring.booking_page(person.id, 1)
    await practice.plans.open_page(person.id, page_id, 1, practice.now)
    page = await text_of(visitor, "/week?on=2026-11-23")
    assert page.count("week-bookable") == 10
    assert "Clients can book" in page
    # Sessions of 25 minutes every half an hour are one stretch to the eye as well.
    short = Rules(notice_min=0, buffer_after_min=0, lengths_min=(25,))
    await practice.plans.set_hours(person.id, (*(OFFICE,) * 5, (), ()), short, practice.now)
    assert (await text_of(visitor, "/week?on=2026-11-23")).count("week-bookable") == 10


async def test_a_time_that_a_client_is_booking_just_now_is_told(practice: Practice) -> None:
    person, visitor = await therapist(practice)
    start_at = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
    await practice.app[keys.BOOKINGS].hold(person.id, start_at, 50, practice.now)
    page = await text_of(visitor, "/day?on=2026-11-23")
    assert "Being booked" in page
    assert free(page)[0] == "09:00 to 10:00"
    practice.now += timedelta(minutes=11)
    assert "Being booked" not in await text_of(visitor, "/day?on=2026-11-23")


async def test_what_her_own_calendar_blocks_is_busy_and_not_free(practice: Practice) -> None:
    person, visitor = await therapist(practice)
    dentist = Timespan(
        datetime(2026, 11, 23, 14, tzinfo=UTC), datetime(2026, 11, 23, 15, 30, tzinfo=UTC)
    )
    reading = Reading(BusyTimes((dentist,), 0), practice.now + timedelta(days=300))
    await practice.app[keys.CALENDARS].add(person.id, "Home", "", reading, practice.now)
    page = await text_of(visitor, "/day?on=2026-11-23")
    assert "<span>Busy</span>" in page
    assert free(page) == ["09:00 to 12:00", "14:00 to 15:00", "16:30 to 18:00"]


async def test_each_state_has_its_word(practice: Practice) -> None:
    person, visitor = await therapist(practice)
    ends: dict[str, End | MarkNoShow] = {"Done": End(), "Did not come": MarkNoShow()}
    for number, (word, command) in enumerate(ends.items()):
        each = await practice.appointment(person, in_min=5 + 60 * number, name=word)
        practice.now = each.end_at
        await practice.appointments.change(each.id, command, person.id, practice.now)
    practice.now = NOON
    await practice.appointment(person, in_min=3 * 60, name="Room open")
    practice.now += timedelta(minutes=3 * 60 - 10)
    visitor = await practice.signed_in(person)
    page = await text_of(visitor, "/day")
    for word in ("Done", "Did not come", "Room open"):
        block = page.split(f'data-name="{word}"')[1].split("</li>")[0]
        assert f'<span class="week-state">{word}</span>' in block
        assert ("data-move" in block) == (word == "Room open")
    practice.now += timedelta(hours=2)
    assert "Time is over" in await text_of(visitor, "/day")


async def test_what_is_cancelled_is_out_of_the_way_until_asked_for(practice: Practice) -> None:
    person, visitor = await therapist(practice)
    gone = await practice.appointment(person, in_min=2 * 24 * 60, name="Gone Goose")
    await practice.appointments.change(gone.id, Cancel(), person.id, practice.now)
    await practice.appointment(person, in_min=2 * 24 * 60 + 20)
    page = await text_of(visitor, "/day?on=2026-11-23")
    assert "Goose" not in page
    assert "Show one cancelled" in page
    page = await text_of(visitor, "/day?on=2026-11-23&cancelled")
    assert 'data-lane="0" data-lanes="2"' in page.split("Gone Goose")[0][-200:]
    assert "Hide cancelled" in page
    assert "Show" not in await text_of(visitor, "/day?on=2026-11-24")


async def test_over_midnight_it_is_shown_on_both_days(practice: Practice) -> None:
    person, visitor = await therapist(practice)
    await practice.appointment(person, in_min=2 * 24 * 60 + 630, minutes=60)
    page = await text_of(visitor, "/week?on=2026-11-23&whole")
    assert blocks(page) == [
        ("2026-11-23", "Blue Heron", "23:30+0:30"),
        ("2026-11-24", "Blue Heron", "0:00+0:30"),
    ]
    assert page.count("data-block") == 2
    assert page.count(" continued") == 1


async def test_the_night_the_clocks_go_back_has_an_hour_more_and_says_so(
    practice: Practice,
) -> None:
    person, visitor = await therapist(practice, datetime(2026, 10, 20, 12, tzinfo=UTC))
    for minute in (0, 60):
        start_at = datetime(2026, 10, 25, 0, tzinfo=UTC) + timedelta(minutes=minute)
        in_min = round((start_at - practice.now).total_seconds() / 60)
        await practice.appointment(person, in_min=in_min, name=f"Owl {minute}")
    page = await text_of(visitor, "/week?on=2026-10-25")
    assert blocks(page) == [
        ("2026-10-25", "Owl 0", "0:00+0:50"),
        ("2026-10-25", "Owl 60", "1:00+0:50"),
    ]
    assert (
        "Sunday 25 October: the clocks go back. The time from 02:00 to 03:00 comes twice." in page
    )
    page = await text_of(visitor, "/week?on=2027-03-28")
    assert "the clocks go forward. The time from 02:00 to 03:00 is skipped." in page
    assert "the clocks" not in await text_of(visitor, "/week?on=2026-11-25")


async def test_every_place_on_the_grid_has_a_rule() -> None:
    rules = (Path(__file__).parents[2] / "static" / "css" / "minutes.css").read_text()
    for name, count in (("h", 27), ("m", 60), ("for-h", 27), ("for-m", 60)):
        for number in range(count):
            assert f'[data-{name}="{number}"] {{ --{name}: {number}; }}' in rules


async def test_a_year_of_appointments_costs_a_week_nothing(practice: Practice) -> None:
    person, visitor = await therapist(practice)
    for day in range(1, 40):
        await practice.appointment(person, in_min=day * 24 * 60, name=f"Client {day}")
    rows = await practice.app[keys.DATABASE].read(
        lambda tables: tables.execute(
            "EXPLAIN QUERY PLAN SELECT id FROM appointments WHERE therapist = ? AND start_at < ?"
            " AND start_at > ? AND end_at > ? ORDER BY start_at, created_at",
            [person.id, 3, 1, 2],
        ).fetchall()
    )
    assert "appointments_of (therapist=? AND start_at>? AND start_at<?)" in str(rows)
    assert len(blocks(await text_of(visitor, "/week?on=2026-11-30"))) == 7


# ---- moving, as the page's script asks ----------------------------------------------------------


async def test_a_script_moves_to_an_instant_and_is_answered_with_nothing(
    practice: Practice,
) -> None:
    person, visitor = await therapist(practice, datetime(2026, 10, 20, 12, tzinfo=UTC))
    made = await practice.appointment(person)
    form = {"start": "2026-10-25T01:30:00Z", "minutes": "50"}
    answer = await visitor.post(f"/appointments/{made.id}/move", form, **SCRIPT)
    assert (answer.status, await answer.text()) == (204, "")
    # The second half past two of that night; a wall clock could not tell it from the first.
    stored = await practice.appointments.get(made.id)
    assert stored is not None
    assert stored.start_at == datetime(2026, 10, 25, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("start", "minutes", "status", "word"),
    [
        ("1900-01-01T10:00:00Z", "50", 422, "out of reach"),
        ("2020-01-01T10:00:00Z", "50", 422, "This time has passed."),
        ("2046-01-01T10:00:00Z", "50", 422, "within the next"),
        ("2026-11-24T10:00:00", "", 422, "minutes as a number"),
        ("whenever", "50", 422, "give a date and a time"),
        ("2026-11-24T10:00:00Z", "9999", 422, "from 5 to 480"),
        ("2026-11-21T14:59:00Z", "50", 409, "You have another appointment then."),
    ],
)
async def test_a_script_is_told_what_is_wrong_and_nothing_is_moved(
    practice: Practice, start: str, minutes: str, status: int, word: str
) -> None:
    person, visitor = await therapist(practice)
    made = await practice.appointment(person)
    await practice.appointment(person, in_min=3 * 60, name="Otto")
    form = {"start": start, "minutes": minutes}
    answer = await visitor.post(f"/appointments/{made.id}/move", form, **SCRIPT)
    assert answer.status == status
    assert answer.content_type == "application/problem+json"
    assert word in (await answer.json())["text"]
    assert await practice.appointments.get(made.id) == made


async def test_a_move_is_undone_for_five_minutes(practice: Practice) -> None:
    person, visitor = await therapist(practice)
    made = await practice.appointment(person)
    form = {"start": "2026-11-24T10:00:00Z", "minutes": "50"}
    await visitor.post(f"/appointments/{made.id}/move", form, **SCRIPT)
    answer = await visitor.post(f"/appointments/{made.id}/undo", None, **SCRIPT)
    assert (answer.status, await answer.text()) == (204, "")
    stored = await practice.appointments.get(made.id)
    assert stored is not None
    assert stored.start_at == made.start_at
    await visitor.post(f"/appointments/{made.id}/move", form, **SCRIPT)
    practice.now += timedelta(minutes=6)
    late = await visitor.post(f"/appointments/{made.id}/undo", None, **SCRIPT)
    assert (late.status, (await late.json())["text"]) == (409, "It is too late to undo this.")
    page = await visitor.post(f"/appointments/{made.id}/undo")
    assert "It is too late to undo this." in await page.text()


async def test_a_script_is_told_when_the_session_is_over_or_nobody_is_signed_in(
    practice: Practice,
) -> None:
    person, visitor = await therapist(practice)
    made = await practice.appointment(person)
    path, form = f"/appointments/{made.id}/move", {"start": "2026-11-24T10:00:00Z", "minutes": "50"}
    stranger = await (await practice.visitor()).post(path, form, **SCRIPT)
    assert (stranger.status, (await stranger.json())["code"]) == (401, "signed_out")
    await practice.appointments.change(made.id, End(), person.id, practice.now)
    late = await visitor.post(path, form, **SCRIPT)
    assert (late.status, (await late.json())["text"]) == (
        409,
        "This appointment is ended; that cannot be done any more.",
    )
    stored = await practice.appointments.get(made.id)
    assert stored is not None
    assert stored.state is State.ENDED
    assert stored.changed_by is Party.THERAPIST


@pytest.mark.parametrize(
    ("start", "typed"),
    [
        ("2026-11-24T08:15:00Z", "2026-11-24T09:15"),
        ("2026-11-24T09:15", "2026-11-24T09:15"),
        ("2027-03-28T02:30", "2026-11-21T14:00"),
        ("1900-01-01T10:00:00Z", "2026-11-21T14:00"),
        ('"><script>', "2026-11-21T14:00"),
    ],
)
async def test_the_form_starts_where_the_free_time_was(
    practice: Practice, start: str, typed: str
) -> None:
    _, visitor = await therapist(practice)
    answer = await visitor.browser.request(
        "GET",
        "/appointments/new",
        params={"start": start},
        headers={"Cookie": "; ".join(f"{k}={v}" for k, v in visitor.cookies.items())},
    )
    assert f'value="{typed}"' in await answer.text()


async def test_the_page_knows_who_is_told_of_a_move_and_who_is_not(mailing: Practice) -> None:
    _, visitor = await therapist(mailing)
    form = {"minutes": "50", "kind": "video", "zone": "Europe/Berlin"}
    told = {"name": "Otto", "email": "otto@example.org", "start": "2026-11-23T10:00"}
    untold = {"name": "Kim", "email": "", "start": "2026-11-23T12:00"}
    for each in (told, untold):
        assert (await visitor.post("/appointments/new", form | each)).status == 303
    page = await text_of(visitor, "/day?on=2026-11-23")
    shown = dict(re.findall(r'data-name="(\w+)" data-movable( data-told)?', page))
    assert shown == {"Otto": " data-told", "Kim": ""}
