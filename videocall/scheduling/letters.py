"""The letters an appointment causes: which, to whom, when each is due, and what becomes of it.

A letter belongs to the `sequence` of the appointment (or of the series) it was written for.
Whatever changes later makes it stale, so that no letter tells an hour that no longer holds.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from videocall.scheduling.appointment import (
    COMING,
    Appointment,
    Book,
    Cancel,
    Command,
    Confirm,
    End,
    MarkNoShow,
    Move,
    Party,
    ReissueLink,
    State,
    Undo,
    by_of,
)

QUIET: Final = timedelta(minutes=10)
"""A reminder that would follow a letter sooner than this is not written."""
TRIED_FOR: Final = timedelta(days=2)
"""How long a letter is tried where its appointment is further away than that."""
_RETRY_MAX_MIN: Final = 60


class LetterKind(StrEnum):
    """ASKED waits for the therapist, who may decline; NEWS tells her what a client did.

    SERIES tells a whole series as it is from now on, SERIES_ENDED that nothing of it is left.
    """

    INVITATION = "invitation"
    ASKED = "asked"
    DECLINED = "declined"
    MOVED = "moved"
    RESTORED = "restored"
    NEW_LINK = "new_link"
    CANCELLED = "cancelled"
    REMINDER = "reminder"
    SERIES = "series"
    SERIES_ENDED = "series_ended"
    NEWS = "news"

    @property
    def of_series(self) -> bool:
        return self in (LetterKind.SERIES, LetterKind.SERIES_ENDED)


class Channel(StrEnum):
    MAIL = "mail"
    SMS = "sms"


class Fate(StrEnum):
    """What to do with a letter that is due. STALE: its words no longer hold."""

    SEND = "send"
    STALE = "stale"
    TOO_LATE = "too_late"


@dataclass(frozen=True, slots=True)
class LetterRules:
    """How many minutes before the start a client is reminded, by which channels there are."""

    reminders_before_min: tuple[int, ...] = (1440, 60)
    mails: bool = True
    texts: bool = False
    texts_before_min: tuple[int, ...] = (1440,)


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter of an appointment; `sequence` is the appointment's (or series') when written."""

    kind: LetterKind
    sequence: int
    due_at: datetime
    channel: Channel = Channel.MAIL


def letters(
    command: Command,
    before: Appointment | None,
    after: Appointment,
    rules: LetterRules | None,
    now: datetime,
) -> tuple[Letter, ...]:
    """Return the letters that `command` causes; they replace all that still wait.

    There are none without rules (nothing is sent) or when all is over. A client without an address
    is told by SMS, where that is possible.
    """
    if rules is None or after.end_at <= now or isinstance(command, End | MarkNoShow):
        return ()
    found: list[Letter] = []
    kind, channel = _kind(command, before, after), _channel(after, rules)
    if kind is not None and channel is not None:
        found.append(Letter(kind, after.sequence, now, channel))
    if by_of(command) is Party.CLIENT and rules.mails:
        found.append(Letter(LetterKind.NEWS, after.sequence, now))
    return (*found, *reminders(after, rules, now))


def series_letter(
    kind: LetterKind,
    one_of_it: Appointment,
    sequence: int,
    rules: LetterRules | None,
    now: datetime,
) -> Letter | None:
    """Return what tells a whole series, where its client can be reached."""
    channel = None if rules is None else _channel(one_of_it, rules)
    return None if channel is None else Letter(kind, sequence, now, channel)


def reminders(
    appointment: Appointment, rules: LetterRules | None, now: datetime
) -> Iterator[Letter]:
    """Return when the client is reminded of what is booked."""
    if rules is None or appointment.state is not State.BOOKED:
        return
    ways = (
        (Channel.MAIL, rules.mails and appointment.client_email, rules.reminders_before_min),
        (Channel.SMS, rules.texts and appointment.client_phone, rules.texts_before_min),
    )
    for channel, reachable, before_min in ways:
        for minutes in sorted(set(before_min), reverse=True) if reachable else ():
            at = appointment.start_at - timedelta(minutes=minutes)
            if at >= now + QUIET:
                yield Letter(LetterKind.REMINDER, appointment.sequence, at, channel)


def fate(
    letter: Letter, appointment: Appointment, now: datetime, series_sequence: int | None = None
) -> Fate:
    """Return what to do with a letter that is due, from today's appointment and its series."""
    sequence = series_sequence if letter.kind.of_series else appointment.sequence
    if letter.sequence != sequence or not _holds(letter.kind, appointment.state):
        return Fate.STALE
    until = min(letter.due_at + TRIED_FOR, _of_use_until(letter, appointment))
    return Fate.SEND if now < until else Fate.TOO_LATE


def retry_at(attempts: int, now: datetime) -> datetime:
    """Return when to try again after so many attempts: 1, 2, 4 minutes, up to an hour."""
    return now + timedelta(minutes=min(2 ** min(attempts - 1, 10), _RETRY_MAX_MIN))


def _channel(appointment: Appointment, rules: LetterRules) -> Channel | None:
    """Return how the client is told of a change: by mail, or else by SMS."""
    if appointment.client_email and rules.mails:
        return Channel.MAIL
    return Channel.SMS if appointment.client_phone and rules.texts else None


def _kind(command: Command, before: Appointment | None, after: Appointment) -> LetterKind | None:
    """Return what the client is told; nothing of what was not certain for them."""
    match command:
        case Book():
            return LetterKind.ASKED if command.tentative else LetterKind.INVITATION
        case Confirm():
            return LetterKind.INVITATION
        case Move():
            return LetterKind.ASKED if after.state is State.TENTATIVE else LetterKind.MOVED
        case Cancel():
            asked = before is not None and before.state is State.TENTATIVE
            return LetterKind.DECLINED if asked else LetterKind.CANCELLED
        case Undo():
            if before is not None and before.state in (State.ENDED, State.NO_SHOW):
                return None
            if after.state is State.TENTATIVE:
                return LetterKind.ASKED
            return LetterKind.RESTORED if after.state is State.BOOKED else None
        case ReissueLink():
            return LetterKind.NEW_LINK
        case _:
            return None


def _holds(kind: LetterKind, state: State) -> bool:
    match kind:
        case LetterKind.CANCELLED | LetterKind.DECLINED:
            return state is State.CANCELLED
        case LetterKind.ASKED:
            return state is State.TENTATIVE
        case LetterKind.NEW_LINK:
            return state in COMING
        case LetterKind.SERIES | LetterKind.SERIES_ENDED | LetterKind.NEWS:
            return True
        case _:
            return state is State.BOOKED


def _of_use_until(letter: Letter, appointment: Appointment) -> datetime:
    if letter.kind.of_series:
        return letter.due_at + TRIED_FOR
    return appointment.start_at if letter.kind is LetterKind.REMINDER else appointment.end_at
