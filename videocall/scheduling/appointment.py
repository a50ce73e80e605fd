"""One appointment and what may become of it.

TRANSITIONS is the whole table of legal moves; `decide` carries one out, or says why not.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, assert_never

from videocall.access.people import clean_email, clean_name
from videocall.errors import Conflict, Invalid
from videocall.ids import AppointmentId, PersonId
from videocall.scheduling.timespan import Timespan, utc
from videocall.scheduling.zones import zone

MINUTES_MIN: Final = 5
MINUTES_MAX: Final = 480
PAST_MAX: Final = timedelta(minutes=15)
"""How late an appointment may still be made: it has just begun."""
AHEAD_MAX: Final = timedelta(days=2 * 366)


class Kind(StrEnum):
    VIDEO = "video"
    AUDIO = "audio"
    CHAT = "chat"


class State(StrEnum):
    BOOKED = "booked"
    CANCELLED = "cancelled"
    ENDED = "ended"
    NO_SHOW = "no_show"


@dataclass(frozen=True, slots=True)
class Appointment:
    """A therapist's time with a client. Instants are aware UTC, `client_zone` an IANA name.

    `uid` and `sequence` are iCalendar's (RFC 5545 sections 3.8.4.7 and 3.8.7.4).
    """

    id: AppointmentId
    uid: str
    therapist: PersonId
    client_name: str
    client_email: str | None
    client_zone: str | None
    start_at: datetime
    end_at: datetime
    kind: Kind
    state: State
    sequence: int
    link_generation: int
    link_issued_at: datetime
    created_at: datetime
    moved_from: datetime | None = None
    moved_at: datetime | None = None
    cancelled_at: datetime | None = None
    ended_at: datetime | None = None

    @property
    def span(self) -> Timespan:
        return Timespan(self.start_at, self.end_at)

    @property
    def minutes(self) -> int:
        return round(self.span.duration.total_seconds() / 60)


@dataclass(frozen=True, slots=True)
class Book:
    id: AppointmentId
    uid: str
    therapist: PersonId
    client_name: str
    client_email: str | None
    client_zone: str | None
    start_at: datetime
    minutes: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Move:
    start_at: datetime
    minutes: int


@dataclass(frozen=True, slots=True)
class Cancel:
    pass


@dataclass(frozen=True, slots=True)
class End:
    pass


@dataclass(frozen=True, slots=True)
class MarkNoShow:
    pass


@dataclass(frozen=True, slots=True)
class ReissueLink:
    pass


Command = Book | Move | Cancel | End | MarkNoShow | ReissueLink

TRANSITIONS: Final[dict[tuple[State | None, type[Command]], State]] = {
    (None, Book): State.BOOKED,
    (State.BOOKED, Move): State.BOOKED,
    (State.BOOKED, ReissueLink): State.BOOKED,
    (State.BOOKED, Cancel): State.CANCELLED,
    (State.BOOKED, End): State.ENDED,
    (State.BOOKED, MarkNoShow): State.NO_SHOW,
    (State.NO_SHOW, End): State.ENDED,
    (State.ENDED, MarkNoShow): State.NO_SHOW,
}


def decide(appointment: Appointment | None, command: Command, now: datetime) -> Appointment:
    """Return the appointment as it is after `command`.

    Raises Invalid where a value cannot be used and Conflict where the move is not legal now.
    """
    state = None if appointment is None else appointment.state
    to = TRANSITIONS.get((state, type(command)))
    if to is None:
        raise Conflict(f"This appointment is {_word(state)}; that cannot be done any more.")
    match command:
        case Book():
            return _booked(command, now)
        case _ if appointment is None:
            raise Conflict("There is no such appointment.")
        case Move(start_at=start_at, minutes=minutes):
            span = _span(start_at, minutes, now)
            return replace(
                appointment,
                start_at=span.start_at,
                end_at=span.end_at,
                sequence=appointment.sequence + 1,
                moved_from=appointment.start_at,
                moved_at=now,
            )
        case Cancel():
            sequence = appointment.sequence + 1
            return replace(appointment, state=to, cancelled_at=now, sequence=sequence)
        case End() | MarkNoShow():
            if now < appointment.start_at and isinstance(command, MarkNoShow):
                raise Conflict("This appointment has not begun yet.")
            return replace(appointment, state=to, ended_at=now)
        case ReissueLink():
            generation = appointment.link_generation + 1
            return replace(appointment, link_generation=generation, link_issued_at=now)
        case _:
            assert_never(command)


def _booked(book: Book, now: datetime) -> Appointment:
    span = _span(book.start_at, book.minutes, now)
    if book.client_zone is not None:
        zone(book.client_zone)
    return Appointment(
        id=book.id,
        uid=book.uid,
        therapist=book.therapist,
        client_name=clean_name(book.client_name),
        client_email=clean_email(book.client_email) if book.client_email else None,
        client_zone=book.client_zone,
        start_at=span.start_at,
        end_at=span.end_at,
        kind=book.kind,
        state=State.BOOKED,
        sequence=0,
        link_generation=1,
        link_issued_at=now,
        created_at=now,
    )


def _span(start_at: datetime, minutes: int, now: datetime) -> Timespan:
    if not MINUTES_MIN <= minutes <= MINUTES_MAX:
        text = f"An appointment lasts from {MINUTES_MIN} to {MINUTES_MAX} minutes."
        raise Invalid(text, code="minutes")
    start_at = utc(start_at)
    if start_at < now - PAST_MAX:
        raise Invalid("This time has passed. Please choose a later one.", code="start")
    if start_at > now + AHEAD_MAX:
        raise Invalid("Please choose a time within the next two years.", code="start")
    return Timespan(start_at, start_at + timedelta(minutes=minutes))


def _word(state: State | None) -> str:
    return "not made yet" if state is None else state.value.replace("_", "-")
