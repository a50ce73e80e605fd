"""Series: made, moved and ended as a whole, in one transaction with all their appointments."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlite_utils import Database as Tables

from videocall.errors import Conflict, NotFound
from videocall.ids import LinkId, PersonId, SeriesId
from videocall.scheduling.appointment import COMING, UNDO_FOR, Appointment, Cancel, Kind, Party
from videocall.scheduling.booked_series import (
    BookedSeries,
    Step,
    as_it_is,
    bookings,
    coming,
    move_all,
    new_series_id,
    new_uid,
)
from videocall.scheduling.letters import LetterKind, series_letter
from videocall.scheduling.series import Clash, Series, clashes
from videocall.scheduling.timespan import Timespan
from videocall.store.around import around
from videocall.store.database import Database
from videocall.store.diary import Diary
from videocall.store.holds import drop_expired_holds
from videocall.store.instants import from_ms, to_ms
from videocall.store.journal import Act, enter
from videocall.store.letters import post_of_series
from videocall.store.undos import NOTHING_TO_UNDO, Remembered, forget, recall, remember

_COLUMNS: Final = (
    "id", "uid", "therapist", "link", "sealed", "client_zone", "client_language", "kind", "rule",
    "sequence", "created_at", "changed_at",
)  # fmt: skip
_UPSERT: Final = (
    f"INSERT INTO series ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
    " ON CONFLICT (id) DO UPDATE SET "
    + ", ".join(f"{column} = excluded.{column}" for column in ("rule", "sequence", "changed_at"))
)
_AROUND: Final = timedelta(days=1)


class _Sealed(msgspec.Struct, frozen=True):
    client_name: str
    client_email: str | None
    client_phone: str | None


class _Before(msgspec.Struct, frozen=True):
    """A series and its appointments before all of them were moved or ended."""

    series: BookedSeries
    members: list[Appointment]
    went_on_as: SeriesId | None = None


@dataclass(frozen=True, slots=True)
class Whole:
    """A series with its appointments, the earliest first."""

    series: BookedSeries
    members: list[Appointment]

    @property
    def as_it_is(self) -> Series:
        return as_it_is(self.series, self.members)


First = Callable[[Tables], None]
Last = Callable[[Tables, Whole], None]


class AllSeries:
    """All series of the practice."""

    def __init__(self, database: Database, diary: Diary) -> None:
        self._database = database
        self._diary = diary

    async def get(self, series: SeriesId) -> Whole | None:
        return await self._database.read(lambda tables: self.find(tables, series))

    def find(self, tables: Tables, series: SeriesId) -> Whole | None:
        """Return the same inside a transaction."""
        return find_series(tables, self._diary, series)

    async def conflicts(
        self, therapist: PersonId, series: Series, instead_of: SeriesId | None = None
    ) -> list[Clash]:
        """Return what stands in the way of a series; those of `instead_of` do not, they go."""
        spans = [each.span for each in series.occurrences]
        if not spans:
            return []
        first = min(span.start_at for span in spans) - _AROUND
        last = max(span.end_at for span in spans) + _AROUND

        def work(tables: Tables) -> list[Timespan]:
            found = self._diary.select(
                tables,
                "therapist = ? AND start_at < ? AND end_at > ? AND state IN ('booked', 'tentative')"
                " AND (series IS NULL OR series != ?)",
                [therapist, to_ms(last), to_ms(first), instead_of or ""],
            )
            return [each.span for each in found]

        return clashes(series, await self._database.read(work))

    # What is `first` and `last` in these runs in the same transaction, and may refuse.

    async def book(
        self,
        series: BookedSeries,
        by: str,
        now: datetime,
        *,
        first: First | None = None,
        last: Last | None = None,
    ) -> Whole:
        """Make a series. Raises Invalid, and Conflict where one of it overlaps another."""

        def work(tables: Tables) -> Whole:
            drop_expired_holds(tables, now)
            self._write(tables, replace(series, rule=replace(series.rule, moved={})))
            for book in bookings(series):
                self._diary.carry_out_as_one_of_many(
                    tables, None, book, by, now, series=series.id,
                    original=book.original or series.rule.first, sequence=series.sequence,
                )  # fmt: skip
            enter(tables, now, by, Act.SERIES_BOOKED, series.id)
            return self._told(tables, series.id, LetterKind.SERIES, now)

        return await self._database.write(around(work, first, last))

    async def end(
        self,
        series: SeriesId,
        original: datetime,
        by: str,
        now: datetime,
        *,
        first: First | None = None,
        last: Last | None = None,
    ) -> Whole:
        """Cancel this one and all after it. Raises NotFound and Conflict."""

        def work(tables: Tables) -> Whole:
            before = self._require(tables, series)
            going = coming(before.members, original, now)
            if not going:
                raise Conflict("Nothing of this series is left to cancel.")
            sequence = _next_sequence(before)
            for member in going:
                step = Step(member, Cancel(), member.original or original)
                self._step(tables, step, by, now, series, sequence)
            rule = before.series.rule.end(original)
            ended = replace(
                before.series, rule=rule or before.series.rule, sequence=sequence, changed_at=now
            )
            self._write(tables, ended)
            enter(tables, now, by, Act.SERIES_ENDED, series)
            self._remember(tables, before, None, now)
            kind = LetterKind.SERIES_ENDED if rule is None else LetterKind.SERIES
            return self._told(tables, series, kind, now)

        return await self._database.write(around(work, first, last))

    async def move(
        self,
        series: SeriesId,
        original: datetime,
        after: Series,
        by: str,
        now: datetime,
        *,
        first: First | None = None,
        last: Last | None = None,
    ) -> Whole:
        """Let the series go on as `after` from this one on, and return what goes on.

        Raises NotFound, Invalid, and Conflict where one of it overlaps another or has begun.
        """

        def work(tables: Tables) -> Whole:
            drop_expired_holds(tables, now)
            before = self._require(tables, series)
            going = coming(before.members, original, now)
            steps = move_all(before.series, going, original, after)
            sequence = _next_sequence(before)
            left = before.series.rule.end(original)
            rule = replace(after, moved={})
            goes_on = replace(before.series, rule=rule, sequence=sequence, changed_at=now)
            if left is not None:
                goes_on = replace(goes_on, id=new_series_id(), uid=new_uid(), created_at=now)
                rest = replace(before.series, rule=left, sequence=sequence, changed_at=now)
                self._write(tables, rest)
            self._write(tables, goes_on)
            self._make_room(tables, going)
            for step in steps:
                self._step(tables, step, by, now, goes_on.id, sequence)
            enter(tables, now, by, Act.SERIES_MOVED, series)
            self._remember(tables, before, goes_on.id, now)
            if left is not None:
                self._told(tables, series, LetterKind.SERIES, now)
            return self._told(tables, goes_on.id, LetterKind.SERIES, now)

        return await self._database.write(around(work, first, last))

    async def undoable_until(self, series: SeriesId, now: datetime) -> datetime | None:
        """Return until when the last change of a whole series can be undone, if there is one."""

        def work(tables: Tables) -> datetime | None:
            kept = recall(tables, self._diary.seal, series, _Before)
            if kept is None or now >= kept.made_at + UNDO_FOR:
                return None
            return kept.made_at + UNDO_FOR

        return await self._database.read(work)

    async def undo(
        self,
        series: SeriesId,
        by: str,
        now: datetime,
        *,
        first: First | None = None,
        last: Last | None = None,
    ) -> Whole:
        """Put a series back as it was before it was moved or ended as a whole.

        Raises NotFound, and Conflict where it is too late or an old time is taken by now.
        """

        def work(tables: Tables) -> Whole:
            drop_expired_holds(tables, now)
            today = self._require(tables, series)
            kept = recall(tables, self._diary.seal, series, _Before)
            if kept is None or now >= kept.made_at + UNDO_FOR:
                raise Conflict(NOTHING_TO_UNDO, code="undo")
            before, on = kept.before, kept.before.went_on_as
            ids = [each.id for each in before.members]
            present = [each for id in ids if (each := self._diary.find(tables, id)) is not None]
            if any(each.changed_at > kept.made_at for each in present):
                raise Conflict("One of the series has changed since. Nothing was undone.")
            other = find_series(tables, self._diary, on) if on and on != series else None
            sequence = _next_sequence(today, *([other] if other else []))
            self._write(tables, replace(before.series, sequence=sequence, changed_at=now))
            self._make_room(tables, present)
            was = {each.id: each for each in before.members}
            for each in present:
                self._diary.restore_one_of_many(tables, each, was[each.id], sequence, now)
            enter(tables, now, by, Act.UNDONE, series)
            forget(tables, series)
            if other is not None:
                self._write(tables, replace(other.series, sequence=sequence, changed_at=now))
                self._told(tables, other.series.id, LetterKind.SERIES_ENDED, now, before.members)
            return self._told(tables, series, LetterKind.SERIES, now)

        return await self._database.write(around(work, first, last))

    def _require(self, tables: Tables, series: SeriesId) -> Whole:
        found = find_series(tables, self._diary, series)
        if found is None:
            raise NotFound("There is no such series.")
        return found

    def _step(
        self,
        tables: Tables,
        step: Step,
        by: str,
        now: datetime,
        series: SeriesId,
        sequence: int,
    ) -> None:
        self._diary.carry_out_as_one_of_many(
            tables, step.appointment, step.command, by, now,
            series=series, original=step.original, sequence=sequence,
        )  # fmt: skip

    def _make_room(self, tables: Tables, members: Iterable[Appointment]) -> None:
        """Take these out of their own way: each may go where another of them was."""
        for member in members:
            tables.execute("UPDATE appointments SET state = 'cancelled' WHERE id = ?", [member.id])

    def _remember(
        self, tables: Tables, before: Whole, went_on_as: SeriesId | None, now: datetime
    ) -> None:
        kept = _Before(before.series, before.members, went_on_as)
        remembered: Remembered[object] = Remembered(kept, Party.THERAPIST, now)
        remember(tables, self._diary.seal, before.series.id, remembered)

    def _told(
        self,
        tables: Tables,
        series: SeriesId,
        kind: LetterKind,
        now: datetime,
        members: Iterable[Appointment] = (),
    ) -> Whole:
        """Post the letter that tells the series as it is now, and return that."""
        whole = self._require(tables, series)
        of_it = [*whole.members, *members]
        next_one = next((each for each in of_it if each.state in COMING), of_it[-1])
        letter = series_letter(kind, next_one, whole.series.sequence, self._diary.mail, now)
        post_of_series(tables, self._diary.seal, series, letter, next_one)
        return whole

    def _write(self, tables: Tables, series: BookedSeries) -> None:
        sealed = _Sealed(series.client_name, series.client_email, series.client_phone)
        tables.execute(
            _UPSERT,
            [
                series.id, series.uid, series.therapist, series.link,
                self._diary.seal.close(sealed, f"series {series.id}"), series.client_zone,
                series.client_language, series.kind, msgspec.json.encode(series.rule).decode(),
                series.sequence, to_ms(series.created_at), to_ms(series.changed_at),
            ],
        )  # fmt: skip


def find_series(tables: Tables, diary: Diary, series: SeriesId) -> Whole | None:
    """Return a series with its appointments inside a transaction."""
    row = tables.execute(
        f"SELECT {', '.join(_COLUMNS)} FROM series WHERE id = ?", [series]
    ).fetchone()
    if row is None:
        return None
    return Whole(_series(row, diary), diary.select(tables, "series = ?", [series]))


def _next_sequence(*wholes: Whole) -> int:
    """Return a sequence above all that calendars have heard of these."""
    known = [each.series.sequence for each in wholes]
    known += [member.sequence for each in wholes for member in each.members]
    return max(known) + 1


def _series(row: tuple[Any, ...], diary: Diary) -> BookedSeries:
    values = dict(zip(_COLUMNS, row, strict=True))
    opened = diary.seal.open(values["sealed"], f"series {values['id']}", _Sealed)
    return BookedSeries(
        id=SeriesId(values["id"]),
        uid=values["uid"],
        therapist=PersonId(values["therapist"]),
        link=LinkId(values["link"]),
        client_name=opened.client_name,
        client_email=opened.client_email,
        client_phone=opened.client_phone,
        client_zone=values["client_zone"],
        client_language=values["client_language"],
        kind=Kind(values["kind"]),
        rule=msgspec.json.decode(values["rule"], type=Series),
        sequence=values["sequence"],
        created_at=from_ms(values["created_at"]),
        changed_at=from_ms(values["changed_at"]),
    )
