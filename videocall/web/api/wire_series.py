"""What goes over the API of series. One of a series is an appointment as any other."""

from datetime import date
from typing import Annotated

from msgspec import Meta, Struct

from videocall.scheduling.appointment import Kind
from videocall.scheduling.obstacles import InTheWay
from videocall.scheduling.series import OCCURRENCES_MAX, WEEKS_MAX
from videocall.web.api.wire import (
    AddressPrivacy,
    Appointment,
    Client,
    Id,
    Instant,
    Link,
    Minutes,
    Wall,
    Zone,
)


class MovedOne(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One of a series that takes place at another wall time."""

    original: Wall
    to: Wall
    minutes: Minutes


class Rule(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The same wall clock every week, or every few, until a date or a count: one of the two.

    What is skipped or moved is named by the wall time the rule gives it. Without a zone it is the
    therapist's.
    """

    first: Wall
    minutes: Minutes
    zone: Zone | None = None
    every_weeks: Annotated[int, Meta(ge=1, le=WEEKS_MAX)] = 1
    count: Annotated[int, Meta(ge=1, le=OCCURRENCES_MAX)] | None = None
    until: date | None = None
    skipped: Annotated[list[Wall], Meta(max_length=OCCURRENCES_MAX)] = []
    moved: Annotated[list[MovedOne], Meta(max_length=OCCURRENCES_MAX)] = []


class SeriesAsked(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A series that may be made; what is of the series `instead_of` is not in its way."""

    therapist: Id
    rule: Rule
    instead_of: Id | None = None


class Occurrence(Struct, frozen=True, kw_only=True):
    """One of a series, as it would take place."""

    original: Wall
    start_at: Instant
    end_at: Instant


class Clash(Struct, frozen=True, kw_only=True):
    """What is in the way of one of a series, from when until when; `busy` blocks nothing."""

    original: Wall
    kind: InTheWay
    start_at: Instant
    end_at: Instant


class Preview(Struct, frozen=True, kw_only=True):
    """A series as it would be; to be made it must have no clash: skip or move those."""

    occurrences: list[Occurrence]
    clashes: list[Clash]


class NewSeries(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A series to make."""

    therapist: Id
    client: Client
    rule: Rule
    kind: Kind = Kind.VIDEO
    address_privacy: AddressPrivacy = False


class SeriesMove(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where one of a series and all after it go: the first of them to another wall time.

    Those that are `skipped`, by their new wall time, are cancelled.
    """

    original: Wall
    first: Wall
    minutes: Minutes
    skipped: Annotated[list[Wall], Meta(max_length=OCCURRENCES_MAX)] = []


class SeriesEnd(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """From which one on a series is cancelled."""

    original: Wall


class Series(Struct, frozen=True, kw_only=True):
    """A series with all its appointments; each is moved or cancelled by itself as any other."""

    id: Id
    therapist: Id
    client: Client
    kind: Kind
    rule: Rule
    sequence: int
    link: Link
    created_at: Instant
    changed_at: Instant
    appointments: list[Appointment]
