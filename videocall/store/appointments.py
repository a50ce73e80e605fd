"""Appointments: each change is decided, written and journalled in one transaction."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlite_utils import Database as Tables

from videocall.errors import Conflict, NotFound
from videocall.ids import AppointmentId, LinkId, PersonId, VisitId
from videocall.scheduling.appointment import (
    UNDO_FOR,
    Appointment,
    Book,
    Command,
    Party,
    State,
    Undo,
)
from videocall.store.around import around
from videocall.store.database import Database
from videocall.store.diary import Diary
from videocall.store.holds import drop_expired_holds
from videocall.store.instants import to_ms
from videocall.store.journal import Act, enter
from videocall.store.undos import NOTHING_TO_UNDO, recall

_UNKNOWN: Final = "There is no such appointment."
_REQUESTS: Final = "therapist = ? AND state = 'tentative' AND end_at > ?"


@dataclass(frozen=True, slots=True)
class Known:
    """An appointment, and which visits were admitted and declined under today's link."""

    appointment: Appointment
    therapist_private: bool
    """Whether its therapist keeps internet addresses private in every session."""
    admitted: frozenset[VisitId]
    declined: frozenset[VisitId]


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which appointments: those that touch a time, of one therapist or all, in one state or any."""

    therapist: PersonId | None = None
    state: State | None = None
    from_at: datetime | None = None
    until_at: datetime | None = None


Place = tuple[int, int, str]
"""Where an appointment stands in a list: start, making (both in Unix milliseconds) and id."""
First = Callable[[Tables], None]
"""What runs in the transaction of a change before it."""
Last = Callable[[Tables, Appointment], None]
"""What runs in the transaction of a change after it."""


def place_of(appointment: Appointment) -> Place:
    return to_ms(appointment.start_at), to_ms(appointment.created_at), appointment.id


class Appointments:
    """All appointments of the practice."""

    def __init__(self, database: Database, diary: Diary) -> None:
        self._database = database
        self._diary = diary

    async def book(
        self,
        book: Book,
        now: datetime,
        *,
        by: str | None = None,
        first: First | None = None,
        last: Last | None = None,
    ) -> Appointment:
        """Make an appointment, on behalf of `by` or the therapist herself.

        `first` and `last` run in the same transaction and may refuse. Raises Invalid, and Conflict
        where the therapist has another or a client is booking this time.
        """

        def work(tables: Tables) -> Appointment:
            drop_expired_holds(tables, now)
            before = self._diary.find(tables, book.id)
            return self._diary.carry_out(tables, before, book, by or book.therapist, now)

        return await self._database.write(around(work, first, last))

    async def change(
        self,
        appointment: AppointmentId,
        command: Command,
        by: str,
        now: datetime,
        *,
        first: First | None = None,
        last: Last | None = None,
    ) -> Appointment:
        """Change an appointment in whatever way, on behalf of `by`.

        A reissued link voids the old one and every admission under it, for all of a series.
        Raises NotFound, Invalid, and Conflict where it overlaps another or is not legal now.
        """

        def work(tables: Tables) -> Appointment:
            drop_expired_holds(tables, now)
            before = self._require(tables, appointment)
            return self._diary.carry_out(tables, before, command, by, now)

        return await self._database.write(around(work, first, last))

    async def undo(
        self,
        appointment: AppointmentId,
        party: Party,
        by: str,
        now: datetime,
        *,
        first: First | None = None,
        last: Last | None = None,
    ) -> Appointment:
        """Put back what `party` changed last, on behalf of `by`.

        Raises NotFound, and Conflict where it is too late or the old time is taken by now.
        """

        def work(tables: Tables) -> Appointment:
            drop_expired_holds(tables, now)
            today = self._require(tables, appointment)
            kept = recall(tables, self._diary.seal, appointment, Appointment)
            if kept is None:
                raise Conflict(NOTHING_TO_UNDO, code="undo")
            undo = Undo(kept.before, kept.made_by, kept.made_at, party)
            return self._diary.carry_out(tables, today, undo, by, now)

        return await self._database.write(around(work, first, last))

    async def undoable_until(
        self, appointment: AppointmentId, party: Party, now: datetime
    ) -> datetime | None:
        """Return until when `party` can undo its last change, if there is one."""

        def work(tables: Tables) -> datetime | None:
            kept = recall(tables, self._diary.seal, appointment, Appointment)
            if kept is None or kept.made_by is not party or now >= kept.made_at + UNDO_FOR:
                return None
            return kept.made_at + UNDO_FOR

        return await self._database.read(work)

    async def get(self, appointment: AppointmentId) -> Appointment | None:
        return await self._database.read(lambda tables: self.find(tables, appointment))

    def find(self, tables: Tables, appointment: AppointmentId) -> Appointment | None:
        """Return the same inside a transaction."""
        return self._diary.find(tables, appointment)

    async def by_link(self, link: LinkId) -> list[Appointment]:
        """Return what a session link leads to, the earliest first: one, or all of a series."""
        return await self._database.read(
            lambda tables: self._diary.select(tables, "link = ?", [link])
        )

    async def of_therapist(
        self, therapist: PersonId, from_at: datetime, until_at: datetime
    ) -> list[Appointment]:
        """Return a therapist's appointments that touch the span, the earliest first."""
        return await self._database.read(
            lambda tables: self._diary.between(tables, therapist, from_at, until_at)
        )

    async def requests(self, therapist: PersonId, now: datetime) -> list[Appointment]:
        """Return what clients ask a therapist for and is not over, the earliest first."""
        return await self._database.read(
            lambda tables: self._diary.select(tables, _REQUESTS, [therapist, to_ms(now)])
        )

    async def count_requests(self, therapist: PersonId, now: datetime) -> int:
        sql = f"SELECT count(*) FROM appointments WHERE {_REQUESTS}"
        values = [therapist, to_ms(now)]
        return await self._database.read(
            lambda tables: int(tables.execute(sql, values).fetchone()[0])
        )

    async def page(self, wanted: Wanted, after: Place | None, limit: int) -> list[Appointment]:
        """Return the first `limit` that are wanted, the earliest first; of those after a place."""
        conditions: list[tuple[str, list[str | int]]] = [("true", [])]
        if wanted.therapist is not None:
            conditions.append(("therapist = ?", [wanted.therapist]))
        if wanted.state is not None:
            conditions.append(("state = ?", [wanted.state]))
        if wanted.from_at is not None:
            conditions.append(("end_at > ?", [to_ms(wanted.from_at)]))
        if wanted.until_at is not None:
            conditions.append(("start_at < ?", [to_ms(wanted.until_at)]))
        if after is not None:
            conditions.append(("(start_at, created_at, id) > (?, ?, ?)", list(after)))
        where = " AND ".join(condition for condition, _ in conditions)
        values = [value for _, some in conditions for value in some]
        return await self._database.read(
            lambda tables: self._diary.select(tables, where, values, limit)
        )

    async def known(self, appointment: AppointmentId) -> Known | None:
        """Return an appointment with its decisions, in one reading."""

        def work(tables: Tables) -> Known | None:
            row = self._diary.find(tables, appointment)
            if row is None:
                return None
            sql = "SELECT address_privacy FROM people WHERE id = ?"
            private = tables.execute(sql, [row.therapist]).fetchone()[0]
            decisions = tables.execute(
                "SELECT visit, admitted FROM decisions WHERE appointment = ?"
                " AND link_generation = ?",
                [appointment, row.link_generation],
            ).fetchall()
            return Known(
                row,
                bool(private),
                frozenset(VisitId(visit) for visit, admitted in decisions if admitted),
                frozenset(VisitId(visit) for visit, admitted in decisions if not admitted),
            )

        return await self._database.read(work)

    async def record_decision(
        self, appointment: AppointmentId, visit: VisitId, *, admitted: bool, at: datetime
    ) -> None:
        """Write down that the therapist admitted or declined a visit. Raises NotFound."""

        def work(tables: Tables) -> None:
            row = tables.execute(
                "SELECT link_generation, therapist FROM appointments WHERE id = ?", [appointment]
            ).fetchone()
            if row is None:
                raise NotFound(_UNKNOWN)
            tables.execute(
                "INSERT OR REPLACE INTO decisions VALUES (?, ?, ?, ?, ?)",
                [appointment, visit, row[0], int(admitted), to_ms(at)],
            )
            enter(tables, at, row[1], Act.ADMITTED if admitted else Act.DECLINED, appointment)

        await self._database.write(work)

    def _require(self, tables: Tables, appointment: AppointmentId) -> Appointment:
        found = self._diary.find(tables, appointment)
        if found is None:
            raise NotFound(_UNKNOWN)
        return found
