"""A series that is booked: its rule, and what a change of it means for each of its appointments.

Each of the series is an appointment of its own, made when the series is: it can be moved,
cancelled and met like any other. What is left out or elsewhere is read back from them.
"""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from videocall.errors import Conflict
from videocall.ids import AppointmentId, LinkId, PersonId, SeriesId
from videocall.scheduling.appointment import (
    COMING,
    Appointment,
    Book,
    Cancel,
    Kind,
    Move,
    Party,
    State,
)
from videocall.scheduling.series import Moved, Series
from videocall.scheduling.timespan import Timespan
from videocall.scheduling.zones import zone

_ID_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class BookedSeries:
    """A series with a client. `uid` and `sequence` are iCalendar's; `link` opens all of it.

    `rule` has what was left out when it was made, and no more: see `as_it_is`.
    """

    id: SeriesId
    uid: str
    therapist: PersonId
    link: LinkId
    client_name: str
    client_email: str | None
    client_phone: str | None
    client_zone: str | None
    client_language: str
    kind: Kind
    rule: Series
    sequence: int
    created_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class Step:
    """What one of a series goes through when many do, and its wall time in the rule from then."""

    appointment: Appointment
    command: Move | Cancel
    original: datetime


def new_series_id() -> SeriesId:
    return SeriesId(secrets.token_urlsafe(_ID_BYTES))


def new_uid() -> str:
    return secrets.token_hex(_ID_BYTES)


def bookings(series: BookedSeries) -> Iterator[Book]:
    """Return the appointments to make; each where the rule has it, or where it was moved to."""
    for occurrence in series.rule.occurrences:
        yield Book(
            id=AppointmentId(secrets.token_urlsafe(_ID_BYTES)),
            uid=new_uid(),
            therapist=series.therapist,
            client_name=series.client_name,
            client_email=series.client_email,
            client_zone=series.client_zone,
            start_at=occurrence.span.start_at,
            minutes=round(occurrence.span.duration.total_seconds() / 60),
            kind=series.kind,
            client_phone=series.client_phone,
            client_language=series.client_language,
            series=series.id,
            original=occurrence.original,
            link=series.link,
        )


def as_it_is(series: BookedSeries, members: Iterable[Appointment]) -> Series:
    """Return the rule with what its appointments have become: left out, or moved by themselves."""
    rule = series.rule
    skipped, moved = set(rule.skipped), {}
    for member in members:
        if member.original is None:
            continue
        if member.state is State.CANCELLED:
            skipped.add(member.original)
            continue
        wall = member.start_at.astimezone(zone(rule.zone)).replace(tzinfo=None)
        if member.span != rule.usual(member.original):
            moved[member.original] = Moved(wall, member.minutes)
    return replace(rule, skipped=frozenset(skipped), moved=moved)


def still_to_come(members: Iterable[Appointment], now: datetime) -> list[Timespan]:
    """Return what of a series takes place from now on, the next one first."""
    found = (each.span for each in members if each.state in COMING and each.start_at > now)
    return sorted(found, key=lambda span: span.start_at)


def left_out(series: BookedSeries, members: Iterable[Appointment], now: datetime) -> list[Timespan]:
    """Return when a series does not take place from now on, as its rule would have it."""
    rule = as_it_is(series, members)
    found = (rule.usual(original) for original in rule.originals if original in rule.skipped)
    return [span for span in found if span.start_at > now]


def coming(members: Iterable[Appointment], original: datetime, now: datetime) -> list[Appointment]:
    """Return this one and those after it that can still be changed, in the order of the rule.

    Raises Conflict where this one has begun.
    """
    placed = [(each.original, each) for each in members if each.original is not None]
    found = [
        member
        for at, member in sorted(placed, key=lambda pair: pair[0])
        if at >= original and member.state in COMING
    ]
    if any(member.start_at <= now for member in found):
        raise Conflict("One of these has begun already. Please start from a later one.")
    return found


def move_all(
    series: BookedSeries, members: Iterable[Appointment], original: datetime, after: Series
) -> list[Step]:
    """Return what each of `members` goes through when the series goes on as `after`.

    `after` begins in the place of `original` and has as many; what it leaves out is cancelled.
    Raises Conflict where the two do not fit.
    """
    left = [at for at in series.rule.originals if at >= original]
    if len(left) != len(after.originals):
        raise Conflict("The series has changed meanwhile. Please look at it again.")
    to = dict(zip(left, after.originals, strict=True))
    spans = {each.original: each.span for each in after.occurrences}
    steps = []
    for member in members:
        if member.original is None or member.original not in to:
            continue
        place = to[member.original]
        span = spans.get(place)
        if span is None:
            steps.append(Step(member, Cancel(Party.THERAPIST), place))
        else:
            minutes = round(span.duration.total_seconds() / 60)
            steps.append(Step(member, Move(span.start_at, minutes), place))
    return steps
