"""One appointment and what may become of it.

TRANSITIONS is the whole table of legal moves; `decide` carries one out, or says why not.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final, assert_never

from videocall.access.people import (
    clean_email,
    clean_language,
    clean_name,
    clean_note,
    clean_phone,
)
from videocall.errors import Conflict, Invalid, Text
from videocall.ids import AppointmentId, LinkId, PersonId, SeriesId
from videocall.scheduling.timespan import Timespan, utc
from videocall.scheduling.zones import zone

MINUTES_MIN: Final = 5
MINUTES_MAX: Final = 480
PAST_MAX: Final = timedelta(minutes=15)
"""How late an appointment may still be made: it has just begun."""
AHEAD_MAX: Final = timedelta(weeks=2 * 53 + 4)
"""A series of two years, if it begins within the month."""
UNDO_FOR: Final = timedelta(minutes=5)


class Kind(StrEnum):
    VIDEO = "video"
    AUDIO = "audio"
    CHAT = "chat"


class State(StrEnum):
    """TENTATIVE: a client asked for it, and the therapist has not confirmed it yet."""

    TENTATIVE = "tentative"
    BOOKED = "booked"
    CANCELLED = "cancelled"
    ENDED = "ended"
    NO_SHOW = "no_show"


class Party(StrEnum):
    THERAPIST = "therapist"
    CLIENT = "client"


COMING: Final = frozenset({State.TENTATIVE, State.BOOKED})
"""What takes a therapist's time, and can still be moved or cancelled."""


@dataclass(frozen=True, slots=True)
class Appointment:
    """A therapist's time with a client. Instants are aware UTC, `client_zone` an IANA name.

    `uid` and `sequence` are iCalendar's (RFC 5545 sections 3.8.4.7 and 3.8.7.4). One of a series
    is known by its `original` wall time in the zone of the series (RECURRENCE-ID).
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
    changed_at: datetime
    link: LinkId
    """What its session link names; all of a series have the same."""
    changed_by: Party = Party.THERAPIST
    """Who made, moved or cancelled it: whose words `reason` is."""
    client_phone: str | None = None
    client_language: str = ""
    """A language tag (RFC 5646); empty where nobody said."""
    series: SeriesId | None = None
    original: datetime | None = None
    moved_from: datetime | None = None
    moved_at: datetime | None = None
    cancelled_at: datetime | None = None
    ended_at: datetime | None = None
    late: bool = False
    """Whether the client cancelled it later than the notice allows."""
    reason: str = ""
    """Why it was last moved or cancelled, or first asked for, in the words of who did."""
    address_privacy: bool = False
    """Whether neither of the two is to learn the other's internet address."""

    @property
    def span(self) -> Timespan:
        return Timespan(self.start_at, self.end_at)

    @property
    def minutes(self) -> int:
        return round(self.span.duration.total_seconds() / 60)


@dataclass(frozen=True, slots=True)
class Book:
    """Make an appointment; `tentative` leaves it to the therapist to confirm."""

    id: AppointmentId
    uid: str
    therapist: PersonId
    client_name: str
    client_email: str | None
    client_zone: str | None
    start_at: datetime
    minutes: int
    kind: Kind
    client_phone: str | None = None
    client_language: str = ""
    by: Party = Party.THERAPIST
    tentative: bool = False
    reason: str = ""
    series: SeriesId | None = None
    original: datetime | None = None
    link: LinkId | None = None
    """Where another link than its own leads to it."""
    address_privacy: bool = False


@dataclass(frozen=True, slots=True)
class Confirm:
    pass


@dataclass(frozen=True, slots=True)
class Move:
    """Put it at another time. A client may, up to `notice` before the start."""

    start_at: datetime
    minutes: int
    by: Party = Party.THERAPIST
    reason: str = ""
    notice: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class Cancel:
    """Call it off. A client may until it starts; within `notice` of that it counts as late."""

    by: Party = Party.THERAPIST
    reason: str = ""
    notice: timedelta = timedelta()


@dataclass(frozen=True, slots=True)
class End:
    pass


@dataclass(frozen=True, slots=True)
class MarkNoShow:
    pass


@dataclass(frozen=True, slots=True)
class ReissueLink:
    pass


@dataclass(frozen=True, slots=True)
class SetAddressPrivacy:
    """Keep internet addresses private in its session, or no longer; nothing else changes."""

    on: bool


@dataclass(frozen=True, slots=True)
class Undo:
    """Put back what it was before the last change, which `made_by` made at `made_at`."""

    before: Appointment
    made_by: Party
    made_at: datetime
    by: Party


Command = Book | Confirm | Move | Cancel | End | MarkNoShow | ReissueLink | SetAddressPrivacy | Undo

TRANSITIONS: Final[dict[tuple[State | None, type[Command]], tuple[State, ...]]] = {
    (None, Book): (State.BOOKED, State.TENTATIVE),
    (State.TENTATIVE, Confirm): (State.BOOKED,),
    (State.TENTATIVE, Move): (State.TENTATIVE,),
    (State.TENTATIVE, ReissueLink): (State.TENTATIVE,),
    (State.TENTATIVE, SetAddressPrivacy): (State.TENTATIVE,),
    (State.TENTATIVE, Cancel): (State.CANCELLED,),
    (State.TENTATIVE, Undo): (State.TENTATIVE,),
    (State.BOOKED, Move): (State.BOOKED,),
    (State.BOOKED, ReissueLink): (State.BOOKED,),
    (State.BOOKED, SetAddressPrivacy): (State.BOOKED,),
    (State.BOOKED, Cancel): (State.CANCELLED,),
    (State.BOOKED, End): (State.ENDED,),
    (State.BOOKED, MarkNoShow): (State.NO_SHOW,),
    (State.BOOKED, Undo): (State.BOOKED,),
    (State.CANCELLED, Undo): (State.BOOKED, State.TENTATIVE),
    (State.NO_SHOW, End): (State.ENDED,),
    (State.NO_SHOW, Undo): (State.BOOKED, State.ENDED),
    (State.ENDED, MarkNoShow): (State.NO_SHOW,),
    (State.ENDED, Undo): (State.BOOKED, State.NO_SHOW),
}


def decide(appointment: Appointment | None, command: Command, now: datetime) -> Appointment:
    """Return the appointment as it is after `command`.

    Raises Invalid where a value cannot be used and Conflict where the move is not legal now.
    """
    state = None if appointment is None else appointment.state
    to = TRANSITIONS.get((state, type(command)))
    if to is None:
        text = "This appointment is %(state)s; that cannot be done any more."
        raise Conflict(text, state=_word(state))
    match command:
        case Book():
            return _booked(command, now)
        case _ if appointment is None:
            raise Conflict("There is no such appointment.")
        case Confirm():
            sequence = appointment.sequence + 1
            return replace(appointment, state=to[0], sequence=sequence, changed_at=now)
        case Move():
            return _moved(appointment, command, now)
        case Cancel():
            return _cancelled(appointment, command, now)
        case End() | MarkNoShow():
            if now < appointment.start_at and isinstance(command, MarkNoShow):
                raise Conflict("This appointment has not begun yet.")
            return replace(appointment, state=to[0], ended_at=now, changed_at=now)
        case ReissueLink():
            generation = appointment.link_generation + 1
            return replace(
                appointment, link_generation=generation, link_issued_at=now, changed_at=now
            )
        case SetAddressPrivacy():
            return replace(appointment, address_privacy=command.on, changed_at=now)
        case Undo():
            return _undone(appointment, command, to, now)
        case _:
            assert_never(command)


def undoable(command: Command) -> bool:
    """Tell whether what `command` does can be undone."""
    return isinstance(command, Move | Cancel | End | MarkNoShow)


def by_of(command: Command) -> Party:
    """Return whose doing `command` is."""
    return command.by if isinstance(command, Book | Move | Cancel | Undo) else Party.THERAPIST


def _booked(book: Book, now: datetime) -> Appointment:
    span = bookable(book.start_at, book.minutes, now)
    if book.client_zone is not None:
        zone(book.client_zone)
    return Appointment(
        id=book.id,
        uid=book.uid,
        therapist=book.therapist,
        client_name=clean_name(book.client_name),
        client_email=clean_email(book.client_email) if book.client_email else None,
        client_phone=clean_phone(book.client_phone) if book.client_phone else None,
        client_zone=book.client_zone,
        client_language=clean_language(book.client_language),
        start_at=span.start_at,
        end_at=span.end_at,
        kind=book.kind,
        state=State.TENTATIVE if book.tentative else State.BOOKED,
        sequence=0,
        link_generation=1,
        link_issued_at=now,
        link=book.link or LinkId(book.id),
        series=book.series,
        original=book.original,
        created_at=now,
        changed_at=now,
        changed_by=book.by,
        reason=clean_note(book.reason),
        address_privacy=book.address_privacy,
    )


def _moved(appointment: Appointment, move: Move, now: datetime) -> Appointment:
    if move.by is Party.CLIENT and now > appointment.start_at - move.notice:
        text = "It is too late to move this appointment here. Please ask your therapist."
        raise Conflict(text, code="notice")
    span = bookable(move.start_at, move.minutes, now)
    starts_then = span.start_at == appointment.start_at
    return replace(
        appointment,
        start_at=span.start_at,
        end_at=span.end_at,
        sequence=appointment.sequence + 1,
        moved_from=appointment.moved_from if starts_then else appointment.start_at,
        moved_at=appointment.moved_at if starts_then else now,
        changed_at=now,
        changed_by=move.by,
        reason=clean_note(move.reason),
    )


def _cancelled(appointment: Appointment, cancel: Cancel, now: datetime) -> Appointment:
    by_client = cancel.by is Party.CLIENT
    if by_client and now >= appointment.start_at:
        raise Conflict("This appointment has begun; it cannot be cancelled here.", code="begun")
    certain = appointment.state is State.BOOKED
    return replace(
        appointment,
        state=State.CANCELLED,
        cancelled_at=now,
        sequence=appointment.sequence + 1,
        changed_at=now,
        changed_by=cancel.by,
        late=by_client and certain and now > appointment.start_at - cancel.notice,
        reason=clean_note(cancel.reason),
    )


def _undone(
    appointment: Appointment, undo: Undo, to: tuple[State, ...], now: datetime
) -> Appointment:
    if undo.by is not undo.made_by or undo.before.state not in to:
        raise Conflict("This cannot be undone.", code="undo")
    if now >= undo.made_at + UNDO_FOR:
        raise Conflict("It is too late to undo this.", code="undo")
    return replace(
        undo.before,
        sequence=appointment.sequence + 1,
        link_generation=appointment.link_generation,
        link_issued_at=appointment.link_issued_at,
        address_privacy=appointment.address_privacy,
        changed_at=now,
    )


def bookable(start_at: datetime, minutes: int, now: datetime) -> Timespan:
    """Return the span of what is booked or moved. Raises Invalid where it is out of reach."""
    if not MINUTES_MIN <= minutes <= MINUTES_MAX:
        text = "An appointment lasts from %(least)s to %(most)s minutes."
        raise Invalid(text, code="minutes", least=MINUTES_MIN, most=MINUTES_MAX)
    start_at = utc(start_at)
    if start_at < now - PAST_MAX:
        raise Invalid("This time has passed. Please choose a later one.", code="start")
    if start_at > now + AHEAD_MAX:
        raise Invalid("Please choose a time within the next two years.", code="start")
    return Timespan(start_at, start_at + timedelta(minutes=minutes))


def _word(state: State | None) -> Text:
    match state:
        case None:
            return Text("not made yet")
        case State.TENTATIVE:
            return Text("not confirmed yet")
        case State.BOOKED:
            return Text("booked")
        case State.CANCELLED:
            return Text("cancelled")
        case State.ENDED:
            return Text("over")
        case State.NO_SHOW:
            return Text("noted as missed")
