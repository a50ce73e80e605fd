"""Plans, holds and bookings in their rows."""

import asyncio
import sqlite3
from datetime import date, datetime, timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from sqlite_utils import Database as Tables

from tests.store.conftest import NOON, Rows
from videocall.access.people import Person
from videocall.errors import Conflict, Invalid, TooMany
from videocall.scheduling.appointment import Cancel
from videocall.scheduling.hours import DayException, Rules, WallSpan
from videocall.scheduling.timespan import Timespan
from videocall.store.bookings import HOLD_LIVES, HOLDS_MAX, Bookings
from videocall.store.instants import to_ms
from videocall.store.plans import Plans
from videocall.store.retention import Retention, purge

WEEK = ((WallSpan(9 * 60, 12 * 60), WallSpan(14 * 60, 1440)),) * 7
RULES = Rules(notice_min=0, buffer_after_min=10, step_min=60)
TEN = datetime(2026, 11, 23, 10, tzinfo=ZoneInfo("Europe/Berlin"))
HOUR = timedelta(hours=1)
DAY = Timespan(NOON, NOON + timedelta(days=3))


async def opened(rows: Rows) -> tuple[Person, Plans, Bookings]:
    therapist = await rows.therapist()
    plans = Plans(rows.database, rows.seal)
    await plans.set_hours(therapist.id, WEEK, RULES, NOON)
    return therapist, plans, Bookings(rows.database, rows.appointments)


async def starts(bookings: Bookings, therapist: Person, mine: str = "") -> set[datetime]:
    return {slot.start_at for slot in await bookings.free(therapist.id, 50, NOON, DAY, mine)}


async def test_a_plan_comes_back_as_it_was_set(rows: Rows) -> None:
    therapist = await rows.therapist()
    plans = Plans(rows.database, rows.seal)
    assert (await plans.get(therapist.id)).hours.week == ((),) * 7
    rules = Rules(60, 5, 15, (25, 50), 15, 30, 4)
    await plans.set_hours(therapist.id, WEEK, rules, NOON)
    off, evening = (
        DayException(date(2026, 12, 24)),
        DayException(date(2026, 12, 1), (WallSpan(1140, 1200),), extra=True),
    )
    await plans.add_exceptions(therapist.id, [off, evening, off], NOON)
    plan = await plans.get(therapist.id)
    assert (plan.hours.zone, plan.hours.week, plan.rules) == ("Europe/Berlin", WEEK, rules)
    assert plan.exceptions == (evening, off)
    await plans.remove_exceptions(therapist.id, off.on, off.on, NOON)
    assert (await plans.get(therapist.id)).exceptions == (evening,)


async def test_ten_thousand_exceptions_are_refused_and_none_is_kept(rows: Rows) -> None:
    therapist, plans, _ = await opened(rows)
    many = [DayException(date(2026, 1, 1) + timedelta(days=number)) for number in range(10_000)]
    with pytest.raises(Invalid, match="at most 1000"):
        await plans.add_exceptions(therapist.id, many, NOON)
    assert (await plans.get(therapist.id)).exceptions == ()


async def test_a_booking_page_is_found_by_its_present_id_alone(rows: Rows) -> None:
    therapist, plans, _ = await opened(rows)
    assert not (await plans.page(therapist.id)).on
    await plans.open_page(therapist.id, "first-id", 1, NOON)
    assert await plans.by_page("first-id") == therapist.id
    assert b"first-id" not in rows.bytes_on_disk()
    await plans.open_page(therapist.id, "second-id", 2, NOON)
    assert await plans.by_page("first-id") is None
    await plans.close_page(therapist.id, NOON)
    assert await plans.by_page("second-id") is None
    assert await plans.page(therapist.id) != await plans.page(therapist.id.__class__("nobody"))


async def test_what_is_held_is_free_for_nobody_else_until_it_expires(rows: Rows) -> None:
    therapist, _, bookings = await opened(rows)
    hold = await bookings.hold(therapist.id, TEN, 50, NOON)
    assert TEN not in await starts(bookings, therapist)
    assert TEN in await starts(bookings, therapist, hold.token)
    with pytest.raises(Conflict, match="Someone was faster"):
        await bookings.hold(therapist.id, TEN, 50, NOON)
    with pytest.raises(Conflict, match="A client is booking this time"):
        await rows.appointments.book(rows.book(therapist, TEN + HOUR / 2, "Ada"), NOON)
    later = NOON + HOLD_LIVES
    again = await bookings.hold(therapist.id, TEN, 50, later)
    assert again.expires_at == later + HOLD_LIVES
    await rows.appointments.book(rows.book(therapist, TEN, "Ada"), later + HOLD_LIVES)


async def test_another_choice_lets_go_of_the_one_before(rows: Rows) -> None:
    therapist, _, bookings = await opened(rows)
    first = await bookings.hold(therapist.id, TEN, 50, NOON)
    second = await bookings.hold(therapist.id, TEN + HOUR, 50, NOON, first.token)
    again = await bookings.hold(therapist.id, TEN + HOUR, 50, NOON, second.token)
    assert TEN in await starts(bookings, therapist)
    booked = await bookings.book(rows.book(therapist, TEN + HOUR, "Ada"), NOON, again.token)
    assert await rows.appointments.get(booked.id) == booked


def insert(row: list[object], tables: Tables) -> None:
    tables.execute("INSERT INTO holds VALUES (?, ?, ?, ?, ?)", row)


@pytest.mark.parametrize("shift_min", [-49, 0, 49])
async def test_the_file_itself_refuses_a_hold_over_an_appointment_or_another_hold(
    rows: Rows, shift_min: int
) -> None:
    therapist, _, bookings = await opened(rows)
    await rows.appointments.book(rows.book(therapist, TEN, "Ada"), NOON)
    await bookings.hold(therapist.id, TEN + 4 * HOUR, 50, NOON)
    for taken in (TEN, TEN + 4 * HOUR):
        start_ms = to_ms(taken + timedelta(minutes=shift_min))
        row = [f"{start_ms}".encode(), therapist.id, start_ms, start_ms + 50 * 60_000, 0]
        with pytest.raises(sqlite3.IntegrityError, match="overlap"):
            await rows.database.write(partial(insert, row))


async def test_a_hold_that_expired_does_no_harm_while_the_slot_is_free(rows: Rows) -> None:
    therapist, _, bookings = await opened(rows)
    hold = await bookings.hold(therapist.id, TEN, 50, NOON)
    later = NOON + 2 * HOLD_LIVES
    booked = await bookings.book(rows.book(therapist, TEN, "Ada"), later, hold.token)
    assert booked.start_at == TEN
    with pytest.raises(Conflict, match="Someone was faster"):
        await bookings.book(rows.book(therapist, TEN, "Bob"), later, hold.token)


async def test_what_is_not_offered_cannot_be_booked(rows: Rows) -> None:
    therapist, _, bookings = await opened(rows)
    for start_at in (TEN + timedelta(minutes=30), TEN.replace(hour=13), TEN.replace(year=2030)):
        with pytest.raises(Conflict):
            await bookings.book(rows.book(therapist, start_at, "Ada"), NOON)
    with pytest.raises(Invalid, match="lengths"):
        await bookings.book(rows.book(therapist, TEN, "Ada", 45), NOON)
    booked = await bookings.book(rows.book(therapist, TEN, "Ada"), NOON)
    await rows.appointments.change(booked.id, Cancel(), therapist.id, NOON)
    assert TEN in await starts(bookings, therapist)


async def test_of_many_who_race_for_one_slot_one_holds_it(rows: Rows) -> None:
    therapist, _, bookings = await opened(rows)
    tries = (bookings.hold(therapist.id, TEN, 50, NOON) for _ in range(30))
    results = await asyncio.gather(*tries, return_exceptions=True)
    assert sum(not isinstance(result, Conflict) for result in results) == 1


async def test_nobody_can_hold_everything(rows: Rows) -> None:
    therapist, _, bookings = await opened(rows)
    free = await bookings.free(therapist.id, 50, NOON, Timespan(NOON, NOON + timedelta(days=30)))
    for slot in free[:HOLDS_MAX]:
        await bookings.hold(therapist.id, slot.start_at, 50, NOON)
    with pytest.raises(TooMany):
        await bookings.hold(therapist.id, free[HOLDS_MAX].start_at, 50, NOON)


async def test_a_purge_removes_old_holds_and_exceptions(rows: Rows) -> None:
    therapist, plans, bookings = await opened(rows)
    await bookings.hold(therapist.id, TEN, 50, NOON)
    await plans.add_exceptions(therapist.id, [DayException(date(2026, 12, 24))], NOON)
    await purge(rows.database, Retention(), HOUR, NOON + timedelta(days=200))
    assert (await plans.get(therapist.id)).exceptions == ()
    held = await rows.database.read(
        lambda tables: tables.execute("SELECT count(*) FROM holds").fetchone()[0]
    )
    assert held == 0
