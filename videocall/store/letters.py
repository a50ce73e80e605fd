"""Letters as rows, written in the transaction of the change that causes them.

The address is sealed; the words are not here at all: they are made from today's row when a letter
is sent. Letters go with their appointment.
"""

import secrets
from collections.abc import Iterable
from typing import Final

import msgspec
from sqlite_utils import Database as Tables

from videocall.ids import AppointmentId, LetterId
from videocall.scheduling.appointment import Appointment
from videocall.scheduling.letters import Letter
from videocall.store.instants import to_ms
from videocall.store.sealing import Seal

_ID_BYTES: Final = 16


class Addressed(msgspec.Struct, frozen=True):
    """What is sealed of a letter."""

    to: str


def place(letter: LetterId) -> str:
    """Return where the address of a letter is sealed for."""
    return f"letters {letter}"


def post(tables: Tables, seal: Seal, appointment: Appointment, letters: Iterable[Letter]) -> None:
    """Put `letters` in the outbox, in the place of all that still wait for this appointment."""
    discard(tables, appointment.id)
    for letter in letters:
        id = LetterId(secrets.token_hex(_ID_BYTES))
        sealed = seal.close(Addressed(appointment.client_email or ""), place(id))
        due_at = to_ms(letter.due_at)
        tables.execute(
            "INSERT INTO letters (id, appointment, kind, sequence, sealed, due_at, next_at, state)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, 'waiting')",
            [id, appointment.id, letter.kind, letter.sequence, sealed, due_at, due_at],
        )


def discard(tables: Tables, appointment: AppointmentId) -> None:
    """Remove the letters that wait; one that is being sent right now is let go."""
    tables.execute("DELETE FROM letters WHERE appointment = ? AND state = 'waiting'", [appointment])
