"""Appointments: each change is decided, written and journalled in one transaction."""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlite_utils import Database as Tables

from videocall.errors import Conflict, NotFound
from videocall.ids import AppointmentId, PersonId, VisitId
from videocall.scheduling.appointment import (
    MINUTES_MAX,
    Appointment,
    Book,
    Cancel,
    Command,
    End,
    Kind,
    MarkNoShow,
    Move,
    ReissueLink,
    State,
    decide,
)
from videocall.scheduling.letters import LetterRules, letters
from videocall.store.database import Database
from videocall.store.instants import from_ms, to_ms
from videocall.store.journal import Act, enter
from videocall.store.letters import post
from videocall.store.sealing import Seal

_COLUMNS: Final = (
    "id", "uid", "therapist", "sealed", "client_zone", "start_at", "end_at", "kind", "state",
    "sequence", "link_generation", "link_issued_at", "created_at", "moved_from", "moved_at",
    "cancelled_at", "ended_at",
)  # fmt: skip
_SELECT: Final = f"SELECT {', '.join(_COLUMNS)} FROM appointments"
_UPSERT: Final = (
    f"INSERT INTO appointments ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
    " ON CONFLICT (id) DO UPDATE SET "
    + ", ".join(f"{column} = excluded.{column}" for column in _COLUMNS[3:])
)
_ACTS: Final[dict[type[Command], Act]] = {
    Book: Act.BOOKED,
    Move: Act.MOVED,
    Cancel: Act.CANCELLED,
    End: Act.ENDED,
    MarkNoShow: Act.NO_SHOW,
    ReissueLink: Act.LINK_REISSUED,
}


_LONGEST: Final = timedelta(minutes=MINUTES_MAX)
_HELD: Final = (
    "A client is booking this time just now; within ten minutes it is theirs or free again."
    " Nothing was changed."
)


class _Sealed(msgspec.Struct, frozen=True):
    client_name: str
    client_email: str | None


@dataclass(frozen=True, slots=True)
class Known:
    """An appointment, and which visits were admitted and declined under today's link."""

    appointment: Appointment
    admitted: frozenset[VisitId]
    declined: frozenset[VisitId]


class Appointments:
    """All appointments of the practice. Without `mail` no letter is written."""

    def __init__(self, database: Database, seal: Seal, mail: LetterRules | None = None) -> None:
        self._database = database
        self._seal = seal
        self._mail = mail

    async def book(
        self,
        book: Book,
        now: datetime,
        *,
        by: str | None = None,
        first: Callable[[Tables], None] | None = None,
    ) -> Appointment:
        """Make an appointment, on behalf of `by` or the therapist herself.

        `first` runs in the same transaction and may refuse. Raises Invalid, and Conflict where
        the therapist has another or a client is booking this time.
        """
        return await self._change(book.id, book, by or book.therapist, now, first)

    async def change(
        self, appointment: AppointmentId, command: Command, by: str, now: datetime
    ) -> Appointment:
        """Move, cancel or end an appointment, or reissue its link, on behalf of `by` (an id).

        A reissued link voids the old one and every admission under it. Raises NotFound, Invalid,
        and Conflict where it overlaps another or is not legal now.
        """
        return await self._change(appointment, command, by, now)

    async def get(self, appointment: AppointmentId) -> Appointment | None:
        return await self._database.read(lambda tables: self.find(tables, appointment))

    async def of_therapist(
        self, therapist: PersonId, from_at: datetime, until_at: datetime
    ) -> list[Appointment]:
        """Return a therapist's appointments that touch the span, the earliest first."""
        return await self._database.read(
            lambda tables: self.between(tables, therapist, from_at, until_at)
        )

    async def known(self, appointment: AppointmentId) -> Known | None:
        """Return an appointment with its decisions, in one reading."""

        def work(tables: Tables) -> Known | None:
            row = self.find(tables, appointment)
            if row is None:
                return None
            decisions = tables.execute(
                "SELECT visit, admitted FROM decisions WHERE appointment = ?"
                " AND link_generation = ?",
                [appointment, row.link_generation],
            ).fetchall()
            return Known(
                row,
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
                raise NotFound("There is no such appointment.")
            tables.execute(
                "INSERT OR REPLACE INTO decisions VALUES (?, ?, ?, ?, ?)",
                [appointment, visit, row[0], int(admitted), to_ms(at)],
            )
            enter(tables, at, row[1], Act.ADMITTED if admitted else Act.DECLINED, appointment)

        await self._database.write(work)

    async def _change(
        self,
        id: AppointmentId,
        command: Command,
        by: str,
        now: datetime,
        first: Callable[[Tables], None] | None = None,
    ) -> Appointment:
        def work(tables: Tables) -> Appointment:
            drop_expired_holds(tables, now)
            if first is not None:
                first(tables)
            before = self.find(tables, id)
            if before is None and not isinstance(command, Book):
                raise NotFound("There is no such appointment.")
            after = decide(before, command, now)
            try:
                tables.execute(_UPSERT, self._row(after))
            except sqlite3.IntegrityError as error:
                if "overlap" in str(error):
                    text = "You have another appointment then. Nothing was changed."
                    raise Conflict(text, code="overlap") from error
                if "held" in str(error):
                    raise Conflict(_HELD, code="held") from error
                raise
            enter(tables, now, by, _ACTS[type(command)], id)
            post(tables, self._seal, after, letters(command, after, self._mail, now))
            # As it is read from now on: an instant has the precision of its column.
            return self.find(tables, id) or after

        return await self._database.write(work)

    def find(self, tables: Tables, appointment: AppointmentId) -> Appointment | None:
        """Return an appointment inside a transaction."""
        row = tables.execute(f"{_SELECT} WHERE id = ?", [appointment]).fetchone()
        return None if row is None else self._appointment(row)

    def between(
        self, tables: Tables, therapist: PersonId, from_at: datetime, until_at: datetime
    ) -> list[Appointment]:
        """Return what `of_therapist` does, inside a transaction."""
        # The earliest start lets the index leave out all that came before.
        rows = tables.execute(
            f"{_SELECT} WHERE therapist = ? AND start_at < ? AND start_at > ? AND end_at > ?"
            " ORDER BY start_at, created_at",
            [therapist, to_ms(until_at), to_ms(from_at - _LONGEST), to_ms(from_at)],
        )
        return [self._appointment(row) for row in rows.fetchall()]

    def _row(self, appointment: Appointment) -> list[str | int | bytes | None]:
        sealed = _Sealed(appointment.client_name, appointment.client_email)
        optional = (
            appointment.moved_from,
            appointment.moved_at,
            appointment.cancelled_at,
            appointment.ended_at,
        )
        return [
            appointment.id,
            appointment.uid,
            appointment.therapist,
            self._seal.close(sealed, f"appointments {appointment.id}"),
            appointment.client_zone,
            to_ms(appointment.start_at),
            to_ms(appointment.end_at),
            appointment.kind,
            appointment.state,
            appointment.sequence,
            appointment.link_generation,
            to_ms(appointment.link_issued_at),
            to_ms(appointment.created_at),
            *(None if at is None else to_ms(at) for at in optional),
        ]

    def _appointment(self, row: tuple[Any, ...]) -> Appointment:
        values = dict(zip(_COLUMNS, row, strict=True))
        opened = self._seal.open(values["sealed"], f"appointments {values['id']}", _Sealed)
        instants = {
            name: None if values[name] is None else from_ms(values[name])
            for name in ("moved_from", "moved_at", "cancelled_at", "ended_at")
        }
        return Appointment(
            id=AppointmentId(values["id"]),
            uid=values["uid"],
            therapist=PersonId(values["therapist"]),
            client_name=opened.client_name,
            client_email=opened.client_email,
            client_zone=values["client_zone"],
            start_at=from_ms(values["start_at"]),
            end_at=from_ms(values["end_at"]),
            kind=Kind(values["kind"]),
            state=State(values["state"]),
            sequence=values["sequence"],
            link_generation=values["link_generation"],
            link_issued_at=from_ms(values["link_issued_at"]),
            created_at=from_ms(values["created_at"]),
            **instants,
        )


def drop_expired_holds(tables: Tables, now: datetime) -> None:
    """Let go of times that were kept for a form nobody sent."""
    tables.execute("DELETE FROM holds WHERE expires_at <= ?", [to_ms(now)])
