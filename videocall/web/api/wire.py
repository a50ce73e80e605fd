"""What goes over the API: one frozen type for each thing. The OpenAPI document is made of these.

Instants are RFC 3339 in UTC, zones IANA names; a field that ends in `_min` is in minutes, and hours
are minutes since midnight on the therapist's wall clock.
"""

from datetime import date, datetime
from typing import Annotated, Final

import msgspec
from msgspec import Meta, Struct

from videocall.access.people import EMAIL_MAX_CHARS, NAME_MAX_CHARS, NOTE_MAX_CHARS
from videocall.scheduling import hours
from videocall.scheduling.appointment import MINUTES_MAX, MINUTES_MIN, Kind, Party, State
from videocall.scheduling.letters import Channel, LetterKind
from videocall.store.outbox import LetterState

PAGE_MAX: Final = 100
_PAGE: Final = 50
_TEXT_MAX: Final = 200

Instant = Annotated[datetime, Meta(tz=True)]
Id = Annotated[str, Meta(max_length=64)]
Zone = Annotated[str, Meta(max_length=64, description="An IANA name, such as Europe/Berlin.")]
Name = Annotated[str, Meta(min_length=1, max_length=NAME_MAX_CHARS)]
Email = Annotated[str, Meta(max_length=EMAIL_MAX_CHARS)]
Minutes = Annotated[int, Meta(ge=MINUTES_MIN, le=MINUTES_MAX)]
Wall = Annotated[
    str,
    Meta(
        pattern=r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}$",
        description="A wall time, such as 2026-11-23T10:00.",
    ),
]
Language = Annotated[str, Meta(pattern=r"^([A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3})?$")]
Reason = Annotated[str, Meta(max_length=NOTE_MAX_CHARS)]
Link = Annotated[str, Meta(description="The client's session link; whoever has it can knock.")]
AddressPrivacy = Annotated[
    bool,
    Meta(
        description="Neither side is to learn the other's internet address. It also holds where the"
        " therapist or the whole practice has it switched on."
    ),
]
Limit = Annotated[int, Meta(ge=1, le=PAGE_MAX)]
Cursor = Annotated[
    str, Meta(max_length=_TEXT_MAX, description="`next` of the page before; the rest unchanged.")
]
Next = Annotated[str | None, Meta(description="The cursor of the next page; null on the last.")]


class PageAsked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which page of a list."""

    cursor: Cursor | None = None
    limit: Limit = _PAGE


class Therapist(Struct, frozen=True, kw_only=True):
    """Somebody who holds appointments."""

    id: Id
    name: str
    zone: Zone


class Therapists(Struct, frozen=True, kw_only=True):
    """A page of therapists."""

    items: list[Therapist]
    next: Next


class Span(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Half-open minutes since midnight of one day's wall clock; 1440 is its end."""

    start_min: Annotated[int, Meta(ge=0, lt=hours.DAY_MIN)]
    end_min: Annotated[int, Meta(gt=0, le=hours.DAY_MIN)]


Spans = Annotated[list[Span], Meta(max_length=hours.SPANS_MAX)]


class Week(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Weekly hours; a day without spans is off."""

    monday: Spans = []
    tuesday: Spans = []
    wednesday: Spans = []
    thursday: Spans = []
    friday: Spans = []
    saturday: Spans = []
    sunday: Spans = []


class Rules(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What clients may book."""

    notice_min: Annotated[int, Meta(ge=0, le=hours.NOTICE_MAX_MIN)]
    buffer_before_min: Annotated[int, Meta(ge=0, le=hours.BUFFER_MAX_MIN)]
    buffer_after_min: Annotated[int, Meta(ge=0, le=hours.BUFFER_MAX_MIN)]
    lengths_min: Annotated[list[Minutes], Meta(min_length=1, max_length=hours.LENGTHS_MAX)]
    step_min: Annotated[int, Meta(ge=5, le=hours.DAY_MIN)]
    ahead_days: Annotated[int, Meta(ge=1, le=hours.AHEAD_MAX_DAYS)]
    most_per_day: Annotated[int, Meta(ge=1, le=hours.MOST_MAX)] | None
    kinds: Annotated[list[Kind], Meta(min_length=1, max_length=len(Kind))]
    confirm: Annotated[bool, Meta(description="What a client books is tentative at first.")]
    change_notice_min: Annotated[
        int,
        Meta(
            ge=0,
            le=hours.NOTICE_MAX_MIN,
            description="Until how long before the start a client may move it, or cancel in time.",
        ),
    ]


class NewPlan(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Weekly hours and rules, in the place of those before."""

    week: Week
    rules: Rules


class Plan(Struct, frozen=True, kw_only=True):
    """A therapist's weekly hours and rules; `zone` is the one of their wall clock."""

    zone: Zone
    week: Week
    rules: Rules


class NewBookingPage(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether clients can book by themselves."""

    on: bool


class BookingPage(Struct, frozen=True, kw_only=True):
    """A page on which clients book by themselves; whoever has its link can."""

    on: bool
    link: str | None


class NewDay(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Other hours on one date: in place of the weekly ones (none: a day off), or beside them."""

    spans: Spans
    extra: bool = False


class Day(Struct, frozen=True, kw_only=True):
    """An exception: other hours on one date."""

    on: date
    spans: Spans
    extra: bool


class Days(Struct, frozen=True, kw_only=True):
    """A page of exceptions, by date."""

    items: list[Day]
    next: Next


class Slot(Struct, frozen=True, kw_only=True):
    """A time that is free."""

    start_at: Instant
    end_at: Instant


class Slots(Struct, frozen=True, kw_only=True):
    """A page of free times, the earliest first; `zone` is the therapist's."""

    zone: Zone
    minutes: int
    items: list[Slot]
    next: Next


class SlotsAsked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which free times; without a length the shortest that is offered."""

    from_: Instant | None = msgspec.field(name="from", default=None)
    until: Instant | None = None
    minutes: Minutes | None = None
    cursor: Cursor | None = None
    limit: Limit = _PAGE


class Client(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whom an appointment is with: a name or an alias. Letters go to the e-mail address, or by SMS.

    `language` is a tag such as de or en-GB; empty where nobody said.
    """

    name: Name
    email: Email | None = None
    phone: Annotated[str, Meta(max_length=40, description="With its country code.")] | None = None
    zone: Zone | None = None
    language: Language = ""


class NewAppointment(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An appointment to make, in whole minutes.

    On behalf of the therapist at any time that is not taken. On behalf of a client in one of the
    free slots, by the rules; where these say so it is tentative until it is confirmed.
    """

    therapist: Id
    start_at: Instant
    minutes: Minutes
    client: Client
    kind: Kind = Kind.VIDEO
    by: Party = Party.THERAPIST
    address_privacy: AddressPrivacy = False


class NewTime(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Another time for an appointment, and on whose behalf."""

    start_at: Instant
    minutes: Minutes
    by: Party = Party.THERAPIST
    reason: Reason = ""


class Calling(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why an appointment is called off, and on whose behalf; by a client it may be late."""

    by: Party = Party.THERAPIST
    reason: Reason = ""


class Privacy(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Whether internet addresses are kept private."""

    on: AddressPrivacy


class Undoing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """On whose behalf something is undone: whoever changed it."""

    by: Party = Party.THERAPIST


class Nothing(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """An empty object; the body may be left out."""


class Appointment(Struct, frozen=True, kw_only=True):
    """A therapist's time with a client.

    `sequence` rises with what calendars are told. One of a series has its id, and the `original`
    wall time that the rule gives it. `late`: the client cancelled it within the notice.
    """

    id: Id
    therapist: Id
    client: Client
    start_at: Instant
    end_at: Instant
    minutes: int
    kind: Kind
    state: State
    sequence: int
    series: Id | None
    original: Wall | None
    link: Link
    created_at: Instant
    changed_at: Instant
    changed_by: Party
    reason: str
    late: bool
    moved_from: Instant | None
    moved_at: Instant | None
    cancelled_at: Instant | None
    ended_at: Instant | None
    address_privacy: AddressPrivacy


class Appointments(Struct, frozen=True, kw_only=True):
    """A page of appointments, by start."""

    items: list[Appointment]
    next: Next


class AppointmentsAsked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which appointments: those that touch the time from `from` to `until`."""

    from_: Instant | None = msgspec.field(name="from", default=None)
    until: Instant | None = None
    state: State | None = None
    therapist: Id | None = None
    cursor: Cursor | None = None
    limit: Limit = _PAGE


class Live(Struct, frozen=True, kw_only=True):
    """The room now: how many wait to be let in, and whether both seats are taken."""

    waiting: int
    live: bool


class Letter(Struct, frozen=True, kw_only=True):
    """A letter to the client; `code` is the mail server's last reply."""

    kind: LetterKind
    channel: Channel
    state: LetterState
    due_at: Instant
    settled_at: Instant | None
    attempts: int
    code: int | None


class Letters(Struct, frozen=True, kw_only=True):
    """The letters of an appointment, the earliest due first."""

    items: list[Letter]
