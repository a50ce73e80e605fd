"""Rows of other calendars: what blocks a client, what is sealed, what outlives a failure."""

from datetime import timedelta
from typing import Final

import pytest

from tests.store.conftest import NOON, Rows
from videocall.errors import Conflict, NotFound, TooMany
from videocall.ids import CalendarId, PersonId
from videocall.scheduling.busy import BusyTimes
from videocall.scheduling.hours import Rules, WallSpan
from videocall.scheduling.timespan import Timespan
from videocall.store.bookings import Bookings
from videocall.store.calendars import CALENDARS_MAX, Calendars, Reading, Version
from videocall.store.plans import Plans
from videocall.store.retention import Retention, purge

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
ADDRESS: Final = "https://calendars.example.org/secret-7f3/basic.ics"
YEAR: Final = Timespan(NOON - DAY, NOON + 400 * DAY)


def hours(first: int, last: int) -> Timespan:
    """Return a span in hours from noon tomorrow."""
    return Timespan(NOON + DAY + first * HOUR, NOON + DAY + last * HOUR)


def reading(*spans: Timespan, unread: int = 0) -> Reading:
    return Reading(BusyTimes(spans, unread), YEAR.end_at, NOON + HOUR / 4, Version('"7"'))


def calendars(rows: Rows) -> Calendars:
    return Calendars(rows.database, rows.seal)


async def kept(rows: Rows, *spans: Timespan) -> tuple[PersonId, CalendarId]:
    therapist = (await rows.therapist()).id
    return therapist, await calendars(rows).add(therapist, "Home", ADDRESS, reading(*spans), NOON)


async def test_a_client_cannot_book_over_it_and_the_therapist_can(rows: Rows) -> None:
    therapist, _ = await kept(rows, hours(0, 2))
    week = ((WallSpan(9 * 60, 20 * 60),),) * 7
    rules = Rules(notice_min=0, buffer_after_min=0, lengths_min=(60,), step_min=60)
    await Plans(rows.database, rows.seal).set_hours(therapist, week, rules, NOON)
    bookings = Bookings(rows.database, rows.appointments)
    free = await bookings.free(therapist, 60, NOON, hours(-1, 4))
    assert free == [hours(-1, 0), hours(2, 3), hours(3, 4)]
    person = await rows.people.get(therapist)
    assert person is not None
    book = rows.book(person, hours(1, 2).start_at, "Ada", 60)
    with pytest.raises(Conflict):
        await bookings.book(book, NOON)
    with pytest.raises(Conflict):
        await bookings.hold(therapist, hours(1, 2).start_at, 60, NOON)
    booked = await rows.appointments.book(book, NOON)
    assert booked.start_at == hours(1, 2).start_at


async def test_busy_times_of_all_her_calendars_are_seen_as_one(rows: Rows) -> None:
    therapist, _ = await kept(rows, hours(0, 2), hours(5, 6))
    other = (await rows.therapist("lee@example.org")).id
    await calendars(rows).add(therapist, "Team", "", reading(hours(1, 3)), NOON)
    await calendars(rows).add(other, "", "", reading(hours(10, 11)), NOON)
    assert await calendars(rows).busy(therapist, YEAR) == [hours(0, 3), hours(5, 6)]
    assert await calendars(rows).busy(therapist, hours(3, 5)) == []
    assert await calendars(rows).busy(therapist, hours(1, 4)) == [hours(0, 3)]


async def test_what_is_read_again_takes_the_place_of_what_was(rows: Rows) -> None:
    therapist, id = await kept(rows, hours(0, 2))
    await calendars(rows).failed(id, "It failed.", NOON + HOUR, NOON + 2 * HOUR)
    await calendars(rows).read_again(id, reading(hours(4, 5), unread=3), NOON + 2 * HOUR)
    (calendar,) = await calendars(rows).of(therapist, NOON)
    assert (calendar.label, calendar.coming, calendar.unread) == ("Home", 1, 3)
    assert (calendar.failure, calendar.failing_since) == ("", None)
    assert await calendars(rows).busy(therapist, YEAR) == [hours(4, 5)]


async def test_a_failure_loses_nothing_and_is_remembered_from_its_first_time(rows: Rows) -> None:
    therapist, id = await kept(rows, hours(0, 2))
    for hour in (1, 20, 24):
        assert await calendars(rows).failing(NOON + hour * HOUR) == 0
        await calendars(rows).failed(id, "It failed.", NOON + hour * HOUR, NOON + 30 * HOUR)
    assert await calendars(rows).busy(therapist, YEAR) == [hours(0, 2)]
    (calendar,) = await calendars(rows).of(therapist, NOON)
    assert (calendar.failure, calendar.failing_since) == ("It failed.", NOON + HOUR)
    assert not calendar.fails_long(NOON + 24 * HOUR)
    assert calendar.fails_long(NOON + 25 * HOUR)
    assert await calendars(rows).failing(NOON + 25 * HOUR) == 1
    await calendars(rows).unchanged(id, NOON + 26 * HOUR, NOON + 27 * HOUR)
    assert await calendars(rows).failing(NOON + 99 * HOUR) == 0


async def test_a_feed_is_due_at_its_time_and_a_file_never(rows: Rows) -> None:
    therapist, id = await kept(rows)
    await calendars(rows).add(therapist, "Old", "", Reading(BusyTimes(()), YEAR.end_at), NOON)
    assert await calendars(rows).due(NOON, 20) == []
    (feed,) = await calendars(rows).due(NOON + HOUR / 4, 20)
    assert (feed.id, feed.address, feed.zone) == (id, ADDRESS, "Europe/Berlin")
    assert (feed.version, feed.failures) == (Version('"7"'), 0)


async def test_five_calendars_are_enough(rows: Rows) -> None:
    therapist, _ = await kept(rows)
    for _ in range(CALENDARS_MAX - 1):
        await calendars(rows).add(therapist, "", "", reading(), NOON)
    with pytest.raises(TooMany, match="at most 5"):
        await calendars(rows).add(therapist, "", "", reading(hours(0, 1)), NOON)
    assert await calendars(rows).busy(therapist, YEAR) == []


async def test_removed_is_gone_at_once_also_for_who_is_reading_it_just_then(rows: Rows) -> None:
    therapist, id = await kept(rows, hours(0, 2))
    other = (await rows.therapist("lee@example.org")).id
    with pytest.raises(NotFound):
        await calendars(rows).remove(other, id, NOON)
    with pytest.raises(NotFound):
        await calendars(rows).feed(other, id)
    await calendars(rows).remove(therapist, id, NOON)
    await calendars(rows).read_again(id, reading(hours(0, 2)), NOON)
    await calendars(rows).failed(id, "It failed.", NOON, NOON)
    assert await calendars(rows).of(therapist, NOON) == []
    assert await calendars(rows).busy(therapist, YEAR) == []


async def test_address_and_name_are_nowhere_on_the_disk(rows: Rows) -> None:
    _, id = await kept(rows, hours(0, 2))
    await calendars(rows).failed(id, "It failed.", NOON, NOON)
    for _ in range(2):
        for private in (b"secret-7f3", b"example.org/s", b"Home", b'"7"'):
            assert private not in rows.bytes_on_disk()
        await rows.database.forget()


async def test_past_times_are_forgotten_a_day_later(rows: Rows) -> None:
    therapist, _ = await kept(rows, hours(0, 1), hours(2, 3))
    over = hours(0, 1).end_at
    await purge(rows.database, Retention(), DAY, over + DAY)
    assert len(await calendars(rows).busy(therapist, YEAR)) == 2
    await purge(rows.database, Retention(), DAY, over + DAY + HOUR / 60)
    assert await calendars(rows).busy(therapist, YEAR) == [hours(2, 3)]
