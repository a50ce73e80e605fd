"""Series: made, moved and ended as a whole, in one transaction with all their appointments."""

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

import msgspec
from sqlite_utils import Database as Tables

from videocall.errors import Conflict, Invalid, NotFound
from videocall.ids import AppointmentId, PersonId, SeriesId
from videocall.scheduling.appointment import (
    COMING,
    UNDO_FOR,
    Appointment,
    Party,
    SetAddressPrivacy,
    State,
)
from videocall.scheduling.booked_series import BookedSeries, Whole, bookings
from videocall.scheduling.course import Change, Course
from videocall.scheduling.letters import LetterKind, series_letter
from videocall.scheduling.obstacles import Clash, Obstacles, clashes
from videocall.scheduling.series import Series
from videocall.scheduling.timespan import Timespan
from videocall.store.around import around
from videocall.store.database import Database
from videocall.store.diary import Diary
from videocall.store.holds import drop_expired_holds
from videocall.store.journal import Act, enter, privacy_act
from videocall.store.letters import post_of_series
from videocall.store.obstacles import obstacles_of
from videocall.store.series_rows import find_course, find_series, write_series
from videocall.store.undos import NOTHING_TO_UNDO, Remembered, forget, recall, remember

_UNKNOWN: Final = "There is no such series."


@dataclass(frozen=True, slots=True)
class Changed:
    """A series as it is now, and which appointments of its course have changed."""

    whole: Whole
    touched: Sequence[Appointment]


@dataclass(frozen=True, slots=True)
class Undoable:
    """Until when the last change of many can be undone, and how many it moved and cancelled."""

    until: datetime
    moved: int
    cancelled: int


class _Before(msgspec.Struct, frozen=True):
    """A course before a change of many: its series, and those appointments that changed.

    Those have `sequence` since. `followers` only got another place, in a series that goes on;
    `made` are series that were not there before.
    """

    series: list[BookedSeries]
    members: list[Appointment]
    followers: list[Appointment]
    made: list[SeriesId]
    sequence: int


First = Callable[[Tables], None]
Last = Callable[[Tables, Changed], None]


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

    async def course(self, series: SeriesId) -> Course:
        """Return all that the link of a series opens. Raises NotFound."""
        return await self._database.read(lambda tables: self._course(tables, series))

    async def obstacles(
        self,
        therapist: PersonId,
        span: Timespan,
        now: datetime,
        without: Collection[AppointmentId] = (),
    ) -> Obstacles:
        """Return what takes a therapist's time in `span`, but those appointments `without`."""
        return await self._database.read(
            lambda tables: obstacles_of(tables, self._diary, therapist, span, now, without)
        )

    async def conflicts(
        self,
        therapist: PersonId,
        series: Series,
        now: datetime,
        without: Collection[AppointmentId] = (),
    ) -> list[Clash]:
        """Return what stands in the way of a series, but those appointments `without`."""
        spans = [each.span for each in series.occurrences]
        if not spans:
            return []
        reach = Timespan(min(span.start_at for span in spans), max(span.end_at for span in spans))
        return clashes(series, await self.obstacles(therapist, reach, now, without))

    # What is `first` and `last` in these runs in the same transaction, and may refuse.

    async def book(
        self,
        series: BookedSeries,
        by: str,
        now: datetime,
        *,
        address_privacy: bool = False,
        first: First | None = None,
        last: Callable[[Tables, Whole], None] | None = None,
    ) -> Whole:
        """Make a series. Raises Invalid, and Conflict where one of it overlaps another."""

        def work(tables: Tables) -> Whole:
            drop_expired_holds(tables, now)
            commands = list(bookings(series, address_privacy=address_privacy))
            if not commands:
                raise Invalid("Nothing of this series is left to book.", code="end")
            write_series(tables, self._diary, replace(series, rule=replace(series.rule, moved={})))
            for book in commands:
                self._diary.carry_out_as_one_of_many(
                    tables, None, book, by, now, series=series.id,
                    original=book.original, sequence=series.sequence,
                )  # fmt: skip
            enter(tables, now, by, Act.SERIES_BOOKED, series.id)
            made = self._require(tables, series.id)
            self._tell(tables, series.id, LetterKind.SERIES, made.members[0], now)
            return made

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
    ) -> Changed:
        """Cancel this one and all after it. Raises NotFound and Conflict."""

        def work(tables: Tables) -> Changed:
            course = self._course(tables, series)
            change = course.end(series, original, now)
            return self._carry_out(tables, course, change, Act.SERIES_ENDED, by, now)

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
    ) -> Changed:
        """Let this one and all after it go on as `after`, made by `Course.rule_from`.

        Raises NotFound, Invalid, and Conflict where one of it overlaps another or has begun.
        """

        def work(tables: Tables) -> Changed:
            drop_expired_holds(tables, now)
            course = self._course(tables, series)
            change = course.move(series, original, after, now)
            return self._carry_out(tables, course, change, Act.SERIES_MOVED, by, now)

        return await self._database.write(around(work, first, last))

    async def set_address_privacy(
        self,
        series: SeriesId,
        on: bool,
        by: str,
        now: datetime,
        *,
        first: First | None = None,
        last: Last | None = None,
    ) -> Changed:
        """Keep internet addresses private in all that are not over, or no longer.

        Raises NotFound, and Conflict where none is left.
        """

        def work(tables: Tables) -> Changed:
            course = self._course(tables, series)
            left = [each for each in course.members if each.state in COMING and each.end_at > now]
            if not left:
                raise Conflict("Nothing of this series is left to change.")
            for each in left:
                self._diary.carry_out(tables, each, SetAddressPrivacy(on), by, now)
            enter(tables, now, by, privacy_act(on), series)
            return self._changed(tables, series, left)

        return await self._database.write(around(work, first, last))

    async def undoable(self, series: SeriesId, now: datetime) -> Undoable | None:
        """Return the last change of many that can still be undone, if there is one."""

        def work(tables: Tables) -> Undoable | None:
            course = self._course(tables, series)
            try:
                kept = self._undoable(tables, course, now)
            except Conflict:
                return None
            touched = {each.id for each in kept.before.members}
            states = [each.state for each in course.members if each.id in touched]
            cancelled = states.count(State.CANCELLED)
            return Undoable(kept.made_at + UNDO_FOR, len(states) - cancelled, cancelled)

        return await self._database.read(work)

    async def undo(
        self,
        series: SeriesId,
        by: str,
        now: datetime,
        *,
        first: First | None = None,
        last: Last | None = None,
    ) -> Changed:
        """Put back what was before this one and all after it were moved or ended.

        Raises NotFound, and Conflict where it is too late or an old time is taken by now.
        """

        def work(tables: Tables) -> Changed:
            drop_expired_holds(tables, now)
            course = self._course(tables, series)
            before = self._undoable(tables, course, now).before
            today = {each.id: each for each in course.members}
            sequence = course.next_sequence
            for row in before.series:
                write_series(tables, self._diary, replace(row, sequence=sequence, changed_at=now))
            self._make_room(tables, before.members)
            for each in before.members:
                self._diary.restore_one_of_many(tables, today[each.id], each, sequence, now)
            for each in before.followers:
                self._diary.place(tables, today[each.id], each.series, each.original)
            enter(tables, now, by, Act.UNDONE, series)
            forget(tables, course.link)
            for row in before.series:
                self._tell(tables, row.id, LetterKind.SERIES, before.members[0], now)
            for made in before.made:
                self._unmake(tables, made, sequence, before.members[0], now)
            return self._changed(tables, before.series[0].id, before.members)

        return await self._database.write(around(work, first, last))

    def _course(self, tables: Tables, series: SeriesId) -> Course:
        link = self._require(tables, series).series.link
        found = find_course(tables, self._diary, link)
        if not found.wholes:
            raise NotFound(_UNKNOWN)
        return found

    def _require(self, tables: Tables, series: SeriesId) -> Whole:
        found = find_series(tables, self._diary, series)
        if found is None:
            raise NotFound(_UNKNOWN)
        return found

    def _carry_out(
        self, tables: Tables, course: Course, change: Change, act: Act, by: str, now: datetime
    ) -> Changed:
        """Write a change, journal it, keep what was before and tell the client."""
        for row in (*change.kept, *change.gone):
            write_series(tables, self._diary, row)
        touched = [step.member for step in change.steps]
        self._make_room(tables, touched)
        for step in change.steps:
            self._diary.carry_out_as_one_of_many(
                tables, step.member, step.command, by, now,
                series=step.series, original=step.original, sequence=course.next_sequence,
            )  # fmt: skip
        for each in change.followers:
            self._diary.place(tables, each.member, each.series, each.original)
        enter(tables, now, by, act, change.series)
        self._remember(tables, course, change, now)
        for row in change.kept:
            self._tell(tables, row.id, LetterKind.SERIES, touched[0], now)
        for row in change.gone:
            self._tell(tables, row.id, LetterKind.SERIES_ENDED, touched[0], now)
        return self._changed(tables, change.series, touched)

    def _make_room(self, tables: Tables, members: Iterable[Appointment]) -> None:
        """Take these out of their own way: each may go where another of them was."""
        for member in members:
            tables.execute("UPDATE appointments SET state = 'cancelled' WHERE id = ?", [member.id])

    def _changed(self, tables: Tables, series: SeriesId, touched: Iterable[Appointment]) -> Changed:
        now = [self._diary.find(tables, each.id) for each in touched]
        return Changed(self._require(tables, series), [each for each in now if each is not None])

    def _remember(self, tables: Tables, course: Course, change: Change, now: datetime) -> None:
        changed = {each.id for each in (*change.kept, *change.gone)}
        before = [whole.series for whole in course.wholes if whole.series.id in changed]
        kept = _Before(
            series=before,
            members=[step.member for step in change.steps],
            followers=[each.member for each in change.followers],
            made=list(changed - {each.id for each in before}),
            sequence=course.next_sequence,
        )
        remembered: Remembered[object] = Remembered(kept, Party.THERAPIST, now)
        remember(tables, self._diary.seal, course.link, remembered)

    def _undoable(self, tables: Tables, course: Course, now: datetime) -> Remembered[_Before]:
        """Return what was before the last change. Raises Conflict where it cannot be put back."""
        kept = recall(tables, self._diary.seal, course.link, _Before)
        if kept is None or now >= kept.made_at + UNDO_FOR:
            raise Conflict(NOTHING_TO_UNDO, code="undo")
        today = {each.id: each for each in course.members}
        for each in kept.before.members:
            member = today.get(each.id)
            if member is None or member.sequence != kept.before.sequence or member.ended_at:
                raise Conflict("One of these has changed since. Nothing was undone.", code="undo")
        return kept

    def _unmake(
        self,
        tables: Tables,
        series: SeriesId,
        sequence: int,
        one_of_it: Appointment,
        now: datetime,
    ) -> None:
        """Take back a series that was made; its client hears of it where they had heard of it."""
        heard = "SELECT 1 FROM letters WHERE series = ? AND state != 'waiting' LIMIT 1"
        if tables.execute(heard, [series]).fetchone() is None:
            tables.execute("DELETE FROM series WHERE id = ?", [series])
            return
        row = replace(self._require(tables, series).series, sequence=sequence, changed_at=now)
        write_series(tables, self._diary, row)
        self._tell(tables, series, LetterKind.SERIES_ENDED, one_of_it, now)

    def _tell(
        self,
        tables: Tables,
        series: SeriesId,
        kind: LetterKind,
        one_of_it: Appointment,
        now: datetime,
    ) -> None:
        """Post the letter that tells a series as it is now; kept with the next of it."""
        whole = self._require(tables, series)
        next_one = next((each for each in whole.members if each.state in COMING), one_of_it)
        letter = series_letter(kind, next_one, whole.series.sequence, self._diary.mail, now)
        post_of_series(tables, self._diary.seal, series, letter, next_one)
