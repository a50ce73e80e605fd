"""Letters as rows, written in the transaction of the change that causes them.

The address is sealed; the words are not here at all: they are made from today's row when a letter
is sent. Letters go with their appointment.
"""

import secrets
from collections.abc import Iterable
from typing import Final

import msgspec
from sqlite_utils import Database as Tables

from videocall.ids import AppointmentId, LetterId, SeriesId
from videocall.scheduling.appointment import Appointment
from videocall.scheduling.letters import Channel, Letter, LetterKind
from videocall.store.instants import to_ms
from videocall.store.sealing import Seal

_ID_BYTES: Final = 16


class Addressed(msgspec.Struct, frozen=True):
    """What is sealed of a letter; without an address it goes to the therapist's own."""

    to: str


def place(letter: LetterId) -> str:
    """Return where the address of a letter is sealed for."""
    return f"letters {letter}"


def post(tables: Tables, seal: Seal, appointment: Appointment, letters: Iterable[Letter]) -> None:
    """Put `letters` in the outbox, in the place of all that still wait for this appointment.

    One that is being sent right now is let go. Letters of its series are another matter.
    """
    tables.execute(
        "DELETE FROM letters WHERE appointment = ? AND series IS NULL AND state = 'waiting'",
        [appointment.id],
    )
    for letter in letters:
        _insert(tables, seal, appointment.id, None, letter, _address(letter, appointment))


def post_of_series(
    tables: Tables, seal: Seal, series: SeriesId, letter: Letter | None, appointment: Appointment
) -> None:
    """Put the letter of a series in the outbox, in the place of any that still waits.

    It is kept with one of its appointments.
    """
    tables.execute("DELETE FROM letters WHERE series = ? AND state = 'waiting'", [series])
    if letter is not None:
        _insert(tables, seal, appointment.id, series, letter, _address(letter, appointment))


def _address(letter: Letter, appointment: Appointment) -> str:
    if letter.kind is LetterKind.NEWS:
        return ""
    by_mail = letter.channel is Channel.MAIL
    return (appointment.client_email if by_mail else appointment.client_phone) or ""


def _insert(
    tables: Tables,
    seal: Seal,
    appointment: AppointmentId,
    series: SeriesId | None,
    letter: Letter,
    to: str,
) -> None:
    id = LetterId(secrets.token_hex(_ID_BYTES))
    due_at = to_ms(letter.due_at)
    tables.execute(
        "INSERT INTO letters (id, appointment, series, channel, kind, sequence, sealed, due_at,"
        " next_at, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, 'waiting')",
        [
            id, appointment, series, letter.channel, letter.kind, letter.sequence,
            seal.close(Addressed(to), place(id)), due_at, due_at,
        ],
    )  # fmt: skip
