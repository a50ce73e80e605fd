"""The letters an appointment causes: which, when each is due, and what has become of it since.

A letter belongs to the `sequence` of the appointment it was written for. Whatever changes later
makes it stale, so that no letter tells an hour that no longer holds.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from videocall.scheduling.appointment import (
    Appointment,
    Book,
    Cancel,
    Command,
    Move,
    ReissueLink,
    State,
)

QUIET: Final = timedelta(minutes=10)
"""A reminder that would follow a letter sooner than this is not written."""
TRIED_FOR: Final = timedelta(days=2)
"""How long a letter is tried where its appointment is further away than that."""
_RETRY_MAX_MIN: Final = 60


class LetterKind(StrEnum):
    INVITATION = "invitation"
    MOVED = "moved"
    NEW_LINK = "new_link"
    CANCELLED = "cancelled"
    REMINDER = "reminder"


class Fate(StrEnum):
    """What to do with a letter that is due. STALE: its words no longer hold."""

    SEND = "send"
    STALE = "stale"
    TOO_LATE = "too_late"


@dataclass(frozen=True, slots=True)
class LetterRules:
    """How many minutes before the start a client is reminded."""

    reminders_before_min: tuple[int, ...] = (1440, 60)


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter to the client of an appointment; `sequence` is the appointment's when written."""

    kind: LetterKind
    sequence: int
    due_at: datetime


_CAUSED: Final[dict[type[Command], LetterKind]] = {
    Book: LetterKind.INVITATION,
    Move: LetterKind.MOVED,
    ReissueLink: LetterKind.NEW_LINK,
    Cancel: LetterKind.CANCELLED,
}


def letters(
    command: Command, after: Appointment, rules: LetterRules | None, now: datetime
) -> tuple[Letter, ...]:
    """Return the letters that `command` causes; they replace all that still wait.

    There are none without rules (nothing is mailed), without an address, or when all is over.
    """
    kind = _CAUSED.get(type(command))
    if rules is None or kind is None or after.client_email is None or after.end_at <= now:
        return ()
    first = Letter(kind, after.sequence, now)
    if after.state is not State.BOOKED:
        return (first,)
    due = (
        after.start_at - timedelta(minutes=minutes)
        for minutes in sorted(set(rules.reminders_before_min), reverse=True)
    )
    reminders = (Letter(LetterKind.REMINDER, after.sequence, at) for at in due if at >= now + QUIET)
    return (first, *reminders)


def fate(letter: Letter, appointment: Appointment, now: datetime) -> Fate:
    """Return what to do with a letter that is due, from today's appointment."""
    cancelled = letter.kind is LetterKind.CANCELLED
    expected = State.CANCELLED if cancelled else State.BOOKED
    if letter.sequence != appointment.sequence or appointment.state is not expected:
        return Fate.STALE
    until = min(letter.due_at + TRIED_FOR, _of_use_until(letter, appointment))
    return Fate.SEND if now < until else Fate.TOO_LATE


def retry_at(attempts: int, now: datetime) -> datetime:
    """Return when to try again after so many attempts: 1, 2, 4 minutes, up to an hour."""
    return now + timedelta(minutes=min(2 ** min(attempts - 1, 10), _RETRY_MAX_MIN))


def _of_use_until(letter: Letter, appointment: Appointment) -> datetime:
    return appointment.start_at if letter.kind is LetterKind.REMINDER else appointment.end_at
