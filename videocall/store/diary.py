"""Appointments inside a transaction: one way to find them, one way to change one.

Whatever changes an appointment goes through `carry_out`: decided, refused where it overlaps,
written, journalled, told in letters and to other programs, and kept to be undone.
"""

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlite_utils import Database as Tables

from videocall.errors import Conflict
from videocall.ids import AppointmentId, LinkId, PersonId, SeriesId
from videocall.scheduling.appointment import (
    MINUTES_MAX,
    Appointment,
    Book,
    Cancel,
    Command,
    Confirm,
    End,
    Kind,
    MarkNoShow,
    Move,
    Party,
    ReissueLink,
    SetAddressPrivacy,
    State,
    Undo,
    by_of,
    decide,
    undoable,
)
from videocall.scheduling.events import caused, put_back
from videocall.scheduling.letters import LetterRules, letters, reminders
from videocall.store.hooks import announce
from videocall.store.instants import from_ms, to_ms
from videocall.store.journal import Act, enter, privacy_act
from videocall.store.letters import post
from videocall.store.sealing import Seal
from videocall.store.undos import Remembered, forget, remember

_COLUMNS: Final = (
    "id", "uid", "therapist", "sealed", "client_zone", "client_language", "series", "original",
    "start_at", "end_at", "kind", "state", "sequence", "link", "link_generation",
    "link_issued_at", "created_at", "changed_at", "changed_by", "moved_from", "moved_at",
    "cancelled_at", "ended_at", "late", "address_privacy",
)  # fmt: skip
_UPSERT: Final = (
    f"INSERT INTO appointments ({', '.join(_COLUMNS)}) VALUES ({', '.join('?' * len(_COLUMNS))})"
    " ON CONFLICT (id) DO UPDATE SET "
    + ", ".join(f"{column} = excluded.{column}" for column in _COLUMNS[3:])
)
_ACTS: Final[dict[type[Command], Act]] = {
    Book: Act.BOOKED,
    Confirm: Act.CONFIRMED,
    Move: Act.MOVED,
    Cancel: Act.CANCELLED,
    End: Act.ENDED,
    MarkNoShow: Act.NO_SHOW,
    ReissueLink: Act.LINK_REISSUED,
    Undo: Act.UNDONE,
}
_LONGEST: Final = timedelta(minutes=MINUTES_MAX)
_TAKEN: Final = "You have another appointment then. Nothing was changed."
_HELD: Final = (
    "A client is booking this time just now; within ten minutes it is theirs or free again."
    " Nothing was changed."
)


class _Sealed(msgspec.Struct, frozen=True):
    client_name: str
    client_email: str | None
    client_phone: str | None = None
    reason: str = ""


class Diary:
    """The appointments of the practice, for those who hold a transaction."""

    def __init__(self, seal: Seal, mail: LetterRules | None = None) -> None:
        self.seal = seal
        self.mail = mail

    def find(self, tables: Tables, appointment: AppointmentId) -> Appointment | None:
        """Return an appointment inside a transaction."""
        found = self.select(tables, "id = ?", [appointment])
        return found[0] if found else None

    def select(
        self, tables: Tables, where: str, values: Sequence[str | int], limit: int = -1
    ) -> list[Appointment]:
        """Return appointments, the earliest first; at most `limit`, unless that is negative."""
        rows = tables.execute(
            f"SELECT {', '.join(_COLUMNS)} FROM appointments WHERE {where}"
            " ORDER BY start_at, created_at, id LIMIT ?",
            [*values, limit],
        )
        return [self._appointment(row) for row in rows.fetchall()]

    def between(
        self, tables: Tables, therapist: PersonId, from_at: datetime, until_at: datetime
    ) -> list[Appointment]:
        """Return a therapist's appointments that touch the span, the earliest first."""
        # Nothing lasts longer: so the index leaves out whatever came before.
        return self.select(
            tables,
            "therapist = ? AND start_at < ? AND start_at > ? AND end_at > ?",
            [therapist, to_ms(until_at), to_ms(from_at - _LONGEST), to_ms(from_at)],
        )

    def carry_out(
        self,
        tables: Tables,
        before: Appointment | None,
        command: Command,
        by: str,
        now: datetime,
    ) -> Appointment:
        """Return the appointment after `command`, on behalf of `by` (an id).

        Raises Invalid, and Conflict where it overlaps another or is not legal now.
        """
        after = decide(before, command, now)
        self.write(tables, after)
        if isinstance(command, ReissueLink):
            self._same_link(tables, after)
        if isinstance(command, SetAddressPrivacy):
            # Whatever was written, or can be undone, still holds.
            enter(tables, now, by, privacy_act(command.on), after.id)
            return self._told(tables, before, command, after, now)
        enter(tables, now, by, _ACTS[type(command)], after.id)
        post(tables, self.seal, after, letters(command, before, after, self.mail, now))
        if before is not None and undoable(command):
            remember(tables, self.seal, after.id, Remembered(before, by_of(command), now))
        elif not isinstance(command, ReissueLink):
            forget(tables, after.id)
        return self._told(tables, before, command, after, now)

    def carry_out_as_one_of_many(
        self,
        tables: Tables,
        before: Appointment | None,
        command: Command,
        by: str,
        now: datetime,
        *,
        series: SeriesId,
        original: datetime | None,
        sequence: int,
    ) -> Appointment:
        """Do the same for one of a series, which is told and undone as a whole."""
        after = replace(
            decide(before, command, now), series=series, original=original, sequence=sequence
        )
        self.write(tables, after)
        enter(tables, now, by, _ACTS[type(command)], after.id)
        post(tables, self.seal, after, reminders(after, self.mail, now))
        forget(tables, after.id)
        return self._told(tables, before, command, after, now)

    def restore_one_of_many(
        self,
        tables: Tables,
        today: Appointment,
        before: Appointment,
        sequence: int,
        now: datetime,
    ) -> None:
        """Put one of a series back as it was; its link and privacy stay."""
        restored = replace(
            before,
            sequence=sequence,
            link_generation=today.link_generation,
            link_issued_at=today.link_issued_at,
            address_privacy=today.address_privacy,
            changed_at=now,
        )
        self.write(tables, restored)
        post(tables, self.seal, restored, reminders(restored, self.mail, now))
        if (today.span, today.state) != (restored.span, restored.state):
            announce(tables, put_back(today, restored), restored, now)

    def place(
        self,
        tables: Tables,
        appointment: Appointment,
        series: SeriesId | None,
        original: datetime | None,
    ) -> None:
        """Give an appointment another place in a series or none, and leave it as it is otherwise.

        What was before its last change names the old place: that is undone no more.
        """
        self.write(tables, replace(appointment, series=series, original=original))
        forget(tables, appointment.id)

    def write(self, tables: Tables, appointment: Appointment) -> None:
        """Write a row. Raises Conflict where the file itself refuses that it overlaps."""
        try:
            tables.execute(_UPSERT, self._row(appointment))
        except sqlite3.IntegrityError as error:
            if "overlap" in str(error):
                raise Conflict(_TAKEN, code="overlap") from error
            if "held" in str(error):
                raise Conflict(_HELD, code="held") from error
            raise

    def _told(
        self,
        tables: Tables,
        before: Appointment | None,
        command: Command,
        after: Appointment,
        now: datetime,
    ) -> Appointment:
        """Tell other programs, and return it as it is read from now on.

        An instant has the precision of its column.
        """
        written = self.find(tables, after.id) or after
        event = caused(command, before, written)
        if event is not None:
            announce(tables, event, written, now)
        return written

    def _same_link(self, tables: Tables, appointment: Appointment) -> None:
        """Let the link of a series be of one generation for all of it."""
        tables.execute(
            "UPDATE appointments SET link_generation = ?, link_issued_at = ? WHERE link = ?",
            [
                appointment.link_generation,
                to_ms(appointment.link_issued_at),
                appointment.link,
            ],
        )

    def _row(self, appointment: Appointment) -> list[str | int | bytes | None]:
        sealed = _Sealed(
            appointment.client_name,
            appointment.client_email,
            appointment.client_phone,
            appointment.reason,
        )
        values = {name: getattr(appointment, name, None) for name in _COLUMNS}
        values["sealed"] = self.seal.close(sealed, f"appointments {appointment.id}")
        if appointment.original is not None:
            values["original"] = appointment.original.isoformat()
        return [to_ms(value) if isinstance(value, datetime) else value for value in values.values()]

    def _appointment(self, row: tuple[Any, ...]) -> Appointment:
        values = dict(zip(_COLUMNS, row, strict=True))
        opened = self.seal.open(values["sealed"], f"appointments {values['id']}", _Sealed)
        instants = {
            name: None if values[name] is None else from_ms(values[name])
            for name in ("moved_from", "moved_at", "cancelled_at", "ended_at")
        }
        original, series = values["original"], values["series"]
        return Appointment(
            id=AppointmentId(values["id"]),
            uid=values["uid"],
            therapist=PersonId(values["therapist"]),
            client_name=opened.client_name,
            client_email=opened.client_email,
            client_phone=opened.client_phone,
            client_zone=values["client_zone"],
            client_language=values["client_language"],
            series=None if series is None else SeriesId(series),
            original=None if original is None else datetime.fromisoformat(original),
            start_at=from_ms(values["start_at"]),
            end_at=from_ms(values["end_at"]),
            kind=Kind(values["kind"]),
            state=State(values["state"]),
            sequence=values["sequence"],
            link=LinkId(values["link"]),
            link_generation=values["link_generation"],
            link_issued_at=from_ms(values["link_issued_at"]),
            created_at=from_ms(values["created_at"]),
            changed_at=from_ms(values["changed_at"]),
            changed_by=Party(values["changed_by"]),
            late=bool(values["late"]),
            address_privacy=bool(values["address_privacy"]),
            reason=opened.reason,
            **instants,
        )
