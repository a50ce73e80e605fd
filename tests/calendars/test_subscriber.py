"""Other calendars from the first look on: read again, backed off, told, and never lost."""

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from aiohttp import web

from tests.calendars.conftest import Host
from tests.scheduling.foreign import calendar, event
from tests.store.conftest import NOON, Rows, open_rows
from videocall.calendars.fetch import Fetcher
from videocall.calendars.reader import Reader
from videocall.calendars.subscriber import Subscriber, covered
from videocall.errors import Invalid, NotFound, Refusal
from videocall.ids import CalendarId, PersonId
from videocall.scheduling.timespan import Timespan
from videocall.store.calendars import Calendar, Calendars

HOUR: Final = timedelta(hours=1)
MINUTE: Final = timedelta(minutes=1)
WEEKLY: Final = calendar(
    event("a", "DTSTART:20261123T100000", "DURATION:PT1H", "RRULE:FREQ=WEEKLY")
)
ONCE: Final = calendar(event("a", "DTSTART:20261124T100000", "DURATION:PT1H"))


@dataclass
class Practice:
    """A therapist, her calendars, and a clock that can be set."""

    rows: Rows
    therapist: PersonId
    now: datetime = NOON
    read: Counter[str] = field(default_factory=Counter)
    failing: int = 0

    def __post_init__(self) -> None:
        self.calendars = Calendars(self.rows.database, self.rows.seal)
        self.subscriber = Subscriber(
            self.calendars,
            Fetcher(lambda address: address == "127.0.0.1"),
            Reader(),
            every=15 * MINUTE,
            now=lambda: self.now,
            observer=self,
        )

    def calendar_read(self, outcome: str) -> None:
        self.read[outcome] += 1

    def calendars_failing(self, count: int) -> None:
        self.failing = count

    def failed(self, where: str) -> None:
        raise AssertionError(where)

    async def subscribe(self, address: str) -> None:
        await self.subscriber.subscribe(self.therapist, "Europe/Berlin", "Home", address)

    async def after(self, time: timedelta) -> Calendar:
        """Let time go by, read what is due, and return the one calendar."""
        self.now += time
        await self.subscriber.read_due()
        (calendar,) = await self.calendars.of(self.therapist, self.now)
        return calendar

    async def starts(self) -> list[str]:
        busy = await self.calendars.busy(self.therapist, covered(self.now))
        return [f"{span.start_at:%m-%d %H:%M}" for span in busy]


@pytest.fixture
async def practice(tmp_path: Path) -> AsyncIterator[Practice]:
    rows = open_rows(tmp_path / "videocall.db")
    yield Practice(rows, (await rows.therapist()).id)
    rows.database.close()


async def test_a_feed_blocks_for_a_year_and_a_month_ahead(practice: Practice, host: Host) -> None:
    await practice.subscribe(host.says("/a.ics", WEEKLY))
    starts = await practice.starts()
    assert starts[:2] == ["11-23 09:00", "11-30 09:00"]
    assert len(starts) == 57


async def test_it_is_read_again_when_it_is_due_and_not_before(
    practice: Practice, host: Host
) -> None:
    await practice.subscribe(host.says("/a.ics", WEEKLY))
    host.says("/a.ics", ONCE)
    assert (await practice.after(14 * MINUTE)).coming == 57
    calendar = await practice.after(MINUTE)
    assert (calendar.coming, calendar.read_at) == (1, practice.now)
    assert await practice.starts() == ["11-24 09:00"]
    assert practice.read == {"read": 1}


async def test_once_a_day_all_of_it_is_read_since_the_days_go_on(
    practice: Practice, host: Host
) -> None:
    asked = []

    async def answer(request: web.Request) -> web.Response:
        asked.append("If-None-Match" in request.headers)
        same = asked[-1]
        return web.Response(
            body=b"" if same else WEEKLY, status=304 if same else 200, headers={"ETag": '"7"'}
        )

    await practice.subscribe(host.at("/a.ics", answer))
    first = await practice.after(15 * MINUTE)
    assert asked == [False, True]
    later = await practice.after(timedelta(days=1))
    assert asked == [False, True, False]
    assert later.covers_until == first.covers_until + timedelta(days=1)
    assert practice.read == {"unchanged": 1, "read": 1}


async def test_one_that_fails_is_asked_less_and_less_often_and_goes_on_blocking(
    practice: Practice, host: Host
) -> None:
    await practice.subscribe(host.says("/a.ics", WEEKLY))
    host.says("/a.ics", status=503)
    calendar = await practice.after(15 * MINUTE)
    assert calendar.failure == "The calendar's server has a fault of its own just now."
    assert calendar.failing_since == practice.now
    assert calendar.read_at == NOON
    gaps: list[int] = []
    last = practice.now
    for _ in range(40 * 12):
        await practice.after(5 * MINUTE)
        if practice.read["failed"] > len(gaps) + 1:
            gaps.append((practice.now - last) // MINUTE)
            last = practice.now
    assert gaps[:6] == [30, 60, 120, 240, 360, 360]
    assert len(await practice.starts()) > 50
    assert await practice.calendars.failing(practice.now) == 1
    host.says("/a.ics", ONCE)
    calendar = await practice.after(6 * HOUR)
    assert (calendar.failure, calendar.failing_since, calendar.coming) == ("", None, 1)


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"<html>Sign in", "a web page"),
        (WEEKLY[:-20], "breaks off"),
        (calendar(event("a", "DTSTART:20261123T100000", "RRULE:FREQ=SECONDLY")), "every minute"),
    ],
)
async def test_nonsense_is_refused_at_first_and_later_loses_nothing(
    practice: Practice, host: Host, body: bytes, words: str
) -> None:
    with pytest.raises(Invalid, match=words):
        await practice.subscribe(host.says("/b.ics", body))
    assert await practice.calendars.of(practice.therapist, NOON) == []
    await practice.subscribe(host.says("/a.ics", WEEKLY))
    host.says("/a.ics", body)
    calendar = await practice.after(15 * MINUTE)
    assert words in calendar.failure
    assert calendar.coming == 57


async def test_several_are_read_beside_each_other_and_one_that_fails_harms_none(
    practice: Practice, host: Host
) -> None:
    for name in ("/a", "/b", "/c"):
        await practice.subscribe(host.says(name, WEEKLY))
    host.says("/b", status=500)
    host.says("/c", ONCE)
    practice.now += 15 * MINUTE
    await practice.subscriber.read_due()
    assert practice.read == {"read": 2, "failed": 1}


async def test_a_calendar_without_a_name_is_called_by_where_it_lies(
    practice: Practice, host: Host
) -> None:
    await practice.subscriber.subscribe(
        practice.therapist, "Europe/Berlin", "", host.says("/a", ONCE)
    )
    (calendar,) = await practice.calendars.of(practice.therapist, NOON)
    assert calendar.label == "127.0.0.1"


async def test_a_file_is_read_once_and_a_newer_one_takes_its_place(practice: Practice) -> None:
    therapist = practice.therapist
    take, again = practice.subscriber.take, practice.subscriber.take_again
    await take(therapist, "Europe/Berlin", "Leave", WEEKLY)
    (calendar,) = await practice.calendars.of(therapist, NOON)
    assert not calendar.is_feed
    with pytest.raises(Invalid):
        await again(therapist, "Europe/Berlin", calendar.id, WEEKLY[:-20])
    assert len(await practice.starts()) == 57
    await again(therapist, "Europe/Berlin", calendar.id, ONCE)
    assert await practice.starts() == ["11-24 09:00"]
    for stranger, id in ((PersonId("x"), calendar.id), (therapist, CalendarId("x"))):
        with pytest.raises(NotFound):
            await again(stranger, "Europe/Berlin", id, ONCE)
    assert (await practice.after(timedelta(days=30))).failure == ""


async def test_a_feed_is_no_file(practice: Practice, host: Host) -> None:
    await practice.subscribe(host.says("/a", WEEKLY))
    (calendar,) = await practice.calendars.of(practice.therapist, NOON)
    with pytest.raises(Refusal):
        await practice.subscriber.take_again(practice.therapist, "UTC", calendar.id, ONCE)


def test_what_is_covered_is_the_same_all_day_and_reaches_further_than_anybody_books() -> None:
    midnight = datetime(2026, 11, 21, tzinfo=UTC)
    assert covered(midnight) == covered(midnight + 23 * HOUR)
    assert covered(midnight) == Timespan(midnight - 24 * HOUR, midnight + timedelta(days=400))
