"""Takes calendars in, and reads feeds again and again.

A feed is fetched every quarter of an hour, or as configured; one that fails less and less often.
Whatever goes wrong, what was read last goes on blocking, and its owner is told why.
"""

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from typing import Final, Protocol
from urllib.parse import urlsplit

from videocall.calendars.address import clean_address
from videocall.calendars.fetch import Fetcher
from videocall.calendars.reader import Reader
from videocall.errors import Invalid, NotFound, Unavailable, trace
from videocall.ids import CalendarId, PersonId
from videocall.scheduling.timespan import Timespan
from videocall.store.calendars import GONE, NO_VERSION, Calendars, Feed, Reading, Version

COVERED: Final = timedelta(days=400)
"""How far ahead busy times are kept: further than anybody can book."""
LOOK_EVERY_S: Final = 20.0
AT_A_TIME: Final = 20
AT_ONCE: Final = 3
BACK_OFF_MAX: Final = timedelta(hours=6)

_log: Final = logging.getLogger(__name__)


class Observer(Protocol):
    """Who counts readings and failures."""

    def calendar_read(self, outcome: str) -> None: ...
    def calendars_failing(self, count: int) -> None: ...
    def failed(self, where: str) -> None: ...


class Subscriber:
    """The other calendars of therapists: taken in once, and feeds again and again."""

    def __init__(
        self,
        calendars: Calendars,
        fetcher: Fetcher,
        reader: Reader,
        *,
        every: timedelta,
        now: Callable[[], datetime],
        observer: Observer,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._calendars = calendars
        self._fetcher = fetcher
        self._reader = reader
        self._every = every
        self._now = now
        self._observer = observer
        self._look_every_s = look_every_s

    async def run_forever(self) -> None:
        """Read what is due, again and again."""
        while True:
            try:
                await self.read_due()
                self._observer.calendars_failing(await self._calendars.failing(self._now()))
            except Exception as error:  # One bad round must not be the last.
                _log.error("calendars could not be read: %s", trace(error))
                self._observer.failed("calendars")
            await asyncio.sleep(self._look_every_s)

    async def read_due(self) -> None:
        """Read feeds whose time has come."""
        turn = asyncio.Semaphore(AT_ONCE)

        async def in_turn(feed: Feed) -> None:
            async with turn:
                await self.refresh(feed)

        async with asyncio.TaskGroup() as group:
            for feed in await self._calendars.due(self._now(), AT_A_TIME):
                group.create_task(in_turn(feed))

    async def refresh(self, feed: Feed) -> None:
        """Read a feed again, and note what came of it."""
        now = self._now()
        # Once a day it is read whole, changed or not: the days that are covered have gone on.
        known = feed.version if feed.covers_until >= covered(now).end_at else NO_VERSION
        try:
            reading = await self._look(feed.address, feed.zone, now, known)
        except (Invalid, Unavailable) as error:
            next_at = now + min(self._every * 2 ** min(feed.failures + 1, 16), BACK_OFF_MAX)
            await self._calendars.failed(feed.id, error.text, now, next_at)
            self._observer.calendar_read("failed")
            return
        if reading is None:
            await self._calendars.unchanged(feed.id, now, now + self._every)
            self._observer.calendar_read("unchanged")
        else:
            await self._calendars.read_again(feed.id, reading, now)
            self._observer.calendar_read("read")

    async def subscribe(self, therapist: PersonId, zone: str, label: str, address: str) -> None:
        """Read a feed for the first time, and keep it where that goes well.

        Raises Invalid where the address or what lies there is of no use, TooMany and Unavailable.
        """
        address, now = clean_address(address), self._now()
        reading = await self._look(address, zone, now)
        if reading is not None:
            label = label or urlsplit(address).hostname or ""
            await self._calendars.add(therapist, label, address, reading, now)

    async def take(self, therapist: PersonId, zone: str, label: str, ics: bytes) -> None:
        """Read a file, and keep what it says. Raises Invalid, TooMany and Unavailable."""
        now = self._now()
        await self._calendars.add(therapist, label, "", await self._read(ics, zone, now), now)

    async def take_again(self, therapist: PersonId, zone: str, id: CalendarId, ics: bytes) -> None:
        """Read a newer file in place of one of hers. Raises NotFound, Invalid and Unavailable."""
        now = self._now()
        if not any(
            each.id == id and not each.is_feed for each in await self._calendars.of(therapist, now)
        ):
            raise NotFound(GONE)
        await self._calendars.read_again(id, await self._read(ics, zone, now), now)

    async def _look(
        self, address: str, zone: str, now: datetime, known: Version = NO_VERSION
    ) -> Reading | None:
        """Return what lies at an address, or None where it is what was `known`."""
        fetched = await self._fetcher.fetch(address, known)
        if fetched is None:
            return None
        read = await self._read(fetched.ics, zone, now)
        return replace(read, version=fetched.version, next_at=now + self._every)

    async def _read(self, ics: bytes, zone: str, now: datetime) -> Reading:
        span = covered(now)
        return Reading(await self._reader.read(ics, span, zone), span.end_at)


def covered(now: datetime) -> Timespan:
    """Return the span of which busy times are kept: whole days, so that it is the same all day."""
    today = datetime.combine(now.astimezone(UTC), time(), UTC)
    return Timespan(today - timedelta(days=1), today + COVERED)
