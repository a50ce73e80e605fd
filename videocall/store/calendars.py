"""A therapist's other calendars: where each lies, and when it says she is busy.

Of what a calendar holds, spans of time alone are kept. Her own name for it and its address, which
is a secret, are sealed.
"""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlite_utils import Database as Tables

from videocall.errors import NotFound, Text, TooMany
from videocall.ids import CalendarId, PersonId
from videocall.scheduling.busy import BusyTimes
from videocall.scheduling.timespan import Timespan, merged
from videocall.store.database import Database
from videocall.store.instants import from_ms, to_ms
from videocall.store.journal import Act, enter
from videocall.store.sealing import Seal

CALENDARS_MAX: Final = 5
FAILS_LONG: Final = timedelta(days=1)
"""After which a feed that cannot be read is told to its owner, and counted."""
_ID_BYTES: Final = 16
GONE: Final = Text("This calendar is not here any more.")


class Version(msgspec.Struct, frozen=True):
    """How a server knows what was fetched last (RFC 9110 section 8.8); may be empty."""

    etag: str = ""
    last_modified: str = ""


NO_VERSION: Final = Version()


class _Sealed(msgspec.Struct, frozen=True):
    label: str
    address: str
    version: Version = NO_VERSION


@dataclass(frozen=True, slots=True)
class Reading:
    """What was read, until when it reaches, and when a feed is to be read again."""

    busy: BusyTimes
    covers_until: datetime
    next_at: datetime | None = None
    version: Version = NO_VERSION


@dataclass(frozen=True, slots=True)
class Calendar:
    """What its owner sees. `coming`: busy times that are not over; `failure` in plain words."""

    id: CalendarId
    label: str
    is_feed: bool
    read_at: datetime
    covers_until: datetime
    coming: int
    unread: int
    failing_since: datetime | None
    failure: str

    def fails_long(self, now: datetime) -> bool:
        return self.failing_since is not None and self.failing_since <= now - FAILS_LONG


@dataclass(frozen=True, slots=True)
class Feed:
    """What it takes to read a feed again; `zone` is its owner's."""

    id: CalendarId
    zone: str
    address: str
    version: Version
    covers_until: datetime
    failures: int


class Calendars:
    """The other calendars of all therapists."""

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database = database
        self._seal = seal

    async def add(
        self, therapist: PersonId, label: str, address: str, reading: Reading, now: datetime
    ) -> CalendarId:
        """Keep a calendar; a file has no address. Raises TooMany."""
        id = CalendarId(secrets.token_urlsafe(_ID_BYTES))
        sealed = _Sealed(label, address, reading.version)

        def work(tables: Tables) -> None:
            sql = "SELECT count(*) FROM calendars WHERE therapist = ?"
            if tables.execute(sql, [therapist]).fetchone()[0] >= CALENDARS_MAX:
                text = "There can be at most %(most)s calendars. Remove one first."
                raise TooMany(text, most=CALENDARS_MAX)
            tables.execute(
                "INSERT INTO calendars"
                " (id, therapist, sealed, unread, read_at, covers_until, next_at)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                [id, therapist, self._close(id, sealed), *_columns(reading, now)],
            )
            _replace(tables, id, reading.busy.spans)
            enter(tables, now, therapist, Act.CALENDAR_ADDED, id)

        await self._database.write(work)
        return id

    async def read_again(self, id: CalendarId, reading: Reading, now: datetime) -> None:
        """Put what was read in place of what was, unless the calendar was removed meanwhile."""

        def work(tables: Tables) -> None:
            sealed = self._find(tables, id)
            if sealed is None:
                return
            anew = msgspec.structs.replace(sealed, version=reading.version)
            tables.execute(
                "UPDATE calendars SET sealed = ?, unread = ?, read_at = ?, covers_until = ?,"
                " next_at = ?, failures = 0, failing_since = NULL, failure = '' WHERE id = ?",
                [self._close(id, anew), *_columns(reading, now), id],
            )
            _replace(tables, id, reading.busy.spans)

        await self._database.write(work)

    async def unchanged(self, id: CalendarId, now: datetime, next_at: datetime) -> None:
        """Note that a feed still says what it said."""
        await self._database.write(
            lambda tables: tables.execute(
                "UPDATE calendars SET read_at = ?, next_at = ?, failures = 0,"
                " failing_since = NULL, failure = '' WHERE id = ?",
                [to_ms(now), to_ms(next_at), id],
            )
        )

    async def failed(self, id: CalendarId, failure: str, now: datetime, next_at: datetime) -> None:
        """Note why a feed could not be read; what it said last goes on blocking."""
        await self._database.write(
            lambda tables: tables.execute(
                "UPDATE calendars SET failure = ?, failures = failures + 1,"
                " failing_since = ifnull(failing_since, ?), next_at = ? WHERE id = ?",
                [failure, to_ms(now), to_ms(next_at), id],
            )
        )

    async def remove(self, therapist: PersonId, id: CalendarId, now: datetime) -> None:
        """Forget a calendar of hers; its times are free at once. Raises NotFound."""

        def work(tables: Tables) -> None:
            sql = "DELETE FROM calendars WHERE id = ? AND therapist = ?"
            if not tables.execute(sql, [id, therapist]).rowcount:
                raise NotFound(GONE)
            enter(tables, now, therapist, Act.CALENDAR_REMOVED, id)

        await self._database.write(work)

    async def of(self, therapist: PersonId, now: datetime) -> list[Calendar]:
        """Return her calendars, the oldest first."""

        def work(tables: Tables) -> list[Calendar]:
            rows = tables.execute(
                "SELECT id, sealed, next_at IS NOT NULL, read_at, covers_until, unread,"
                " failing_since, failure,"
                " (SELECT count(*) FROM busy WHERE calendar = id AND end_at > ?)"
                " FROM calendars WHERE therapist = ? ORDER BY rowid",
                [to_ms(now), therapist],
            ).fetchall()
            return [
                Calendar(
                    id=id,
                    label=self._open(id, blob).label,
                    is_feed=bool(is_feed),
                    read_at=from_ms(read_at),
                    covers_until=from_ms(covers_until),
                    coming=coming,
                    unread=unread,
                    failing_since=None if since is None else from_ms(since),
                    failure=failure,
                )
                for id, blob, is_feed, read_at, covers_until, unread, since, failure, coming in rows
            ]

        return await self._database.read(work)

    async def feed(self, therapist: PersonId, id: CalendarId) -> Feed:
        """Return a feed of hers. Raises NotFound."""
        found = await self._feeds("calendars.id = ? AND therapist = ?", [id, therapist])
        if not found:
            raise NotFound(GONE)
        return found[0]

    async def due(self, now: datetime, most: int) -> list[Feed]:
        """Return feeds that are to be read by now, the longest due first."""
        return await self._feeds("next_at <= ? ORDER BY next_at LIMIT ?", [to_ms(now), most])

    async def busy(self, therapist: PersonId, span: Timespan) -> list[Timespan]:
        """Return when her other calendars say she is busy, at any time of a span."""
        return await self._database.read(lambda tables: busy_of(tables, therapist, span))

    async def failing(self, now: datetime) -> int:
        """Return how many feeds could not be read for a day."""

        def work(tables: Tables) -> int:
            sql = "SELECT count(*) FROM calendars WHERE failing_since <= ?"
            count: int = tables.execute(sql, [to_ms(now - FAILS_LONG)]).fetchone()[0]
            return count

        return await self._database.read(work)

    async def _feeds(self, where: str, values: Sequence[str | int]) -> list[Feed]:
        def work(tables: Tables) -> list[Feed]:
            rows = tables.execute(
                "SELECT calendars.id, zone, calendars.sealed, covers_until, failures"
                " FROM calendars JOIN people ON people.id = therapist"
                f" WHERE next_at IS NOT NULL AND {where}",
                values,
            ).fetchall()
            return [
                Feed(id, zone, sealed.address, sealed.version, from_ms(covers_until), failures)
                for id, zone, blob, covers_until, failures in rows
                for sealed in [self._open(id, blob)]
            ]

        return await self._database.read(work)

    def _find(self, tables: Tables, id: CalendarId) -> _Sealed | None:
        row = tables.execute("SELECT sealed FROM calendars WHERE id = ?", [id]).fetchone()
        return None if row is None else self._open(id, row[0])

    def _close(self, id: CalendarId, sealed: _Sealed) -> bytes:
        return self._seal.close(sealed, f"calendars {id}")

    def _open(self, id: CalendarId, blob: bytes) -> _Sealed:
        return self._seal.open(blob, f"calendars {id}", _Sealed)


def busy_of(tables: Tables, therapist: PersonId, span: Timespan) -> list[Timespan]:
    """Return when a therapist's other calendars block her, inside a transaction."""
    rows = tables.execute(
        "SELECT start_at, end_at FROM busy JOIN calendars ON id = calendar"
        " WHERE therapist = ? AND start_at < ? AND end_at > ?",
        [therapist, to_ms(span.end_at), to_ms(span.start_at)],
    ).fetchall()
    return merged(Timespan(from_ms(start), from_ms(end)) for start, end in rows)


def drop_past_busy(tables: Tables, now: datetime) -> None:
    """Forget busy times that were over yesterday."""
    tables.execute("DELETE FROM busy WHERE end_at < ?", [to_ms(now - timedelta(days=1))])


def _columns(reading: Reading, now: datetime) -> list[int | None]:
    """Return `unread`, `read_at`, `covers_until` and `next_at`."""
    next_at = None if reading.next_at is None else to_ms(reading.next_at)
    return [reading.busy.unread, to_ms(now), to_ms(reading.covers_until), next_at]


def _replace(tables: Tables, id: CalendarId, spans: Sequence[Timespan]) -> None:
    """Put busy times in place of those that were; most often they are the same."""
    new = [(to_ms(span.start_at), to_ms(span.end_at)) for span in spans]
    sql = "SELECT start_at, end_at FROM busy WHERE calendar = ? ORDER BY start_at"
    if tables.execute(sql, [id]).fetchall() == new:
        return
    tables.execute("DELETE FROM busy WHERE calendar = ?", [id])
    tables.conn.executemany(
        "INSERT INTO busy (calendar, start_at, end_at) VALUES (?, ?, ?)",
        [(id, *span) for span in new],
    )
