"""A series that is booked: its rule, and each of it an appointment of its own.

The appointments are made when the series is: each can be moved, cancelled and met like any other.
What is left out or elsewhere is read back from them.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from videocall.ids import AppointmentId, LinkId, PersonId, SeriesId
from videocall.scheduling.appointment import COMING, Appointment, Book, Kind, State
from videocall.scheduling.series import Moved, Series
from videocall.scheduling.timespan import Timespan
from videocall.scheduling.zones import wall_at

_ID_BYTES: Final = 16


@dataclass(frozen=True, slots=True)
class BookedSeries:
    """A series with a client. `uid` and `sequence` are iCalendar's; `link` opens all of it.

    `rule` has what was left out when it was made, and no more: see `Whole.as_it_is`.
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
class Whole:
    """A series with its appointments, the earliest first."""

    series: BookedSeries
    members: Sequence[Appointment]

    @property
    def by_original(self) -> dict[datetime, Appointment]:
        """Each appointment by its wall time in the rule."""
        return {each.original: each for each in self.members if each.original is not None}

    @property
    def as_it_is(self) -> Series:
        """The rule with what its appointments have become: left out, or moved by themselves."""
        rule, members = self.series.rule, self.by_original
        skipped, moved = set(rule.skipped), {}
        for original in rule.originals:
            member = members.get(original)
            if member is None:
                continue
            if member.state is State.CANCELLED:
                skipped.add(original)
            elif member.span != rule.usual(original):
                moved[original] = Moved(wall_at(member.start_at, rule.zone), member.minutes)
        return replace(rule, skipped=frozenset(skipped), moved=moved)

    @property
    def takes_place(self) -> bool:
        """Whether anything is left of it."""
        return bool(self.as_it_is.occurrences)

    def still_to_come(self, now: datetime) -> list[Timespan]:
        """Return what takes place from now on, the next one first."""
        found = (e.span for e in self.members if e.state in COMING and e.start_at > now)
        return sorted(found, key=lambda span: span.start_at)

    def left_out(self, now: datetime) -> list[Timespan]:
        """Return when it does not take place from now on, as its rule would have it."""
        rule = self.as_it_is
        found = (rule.usual(original) for original in rule.originals if original in rule.skipped)
        return [span for span in found if span.start_at > now]


def new_series(first: Book, rule: Series, now: datetime) -> BookedSeries:
    """Return a series to book, with the client of `first`."""
    return BookedSeries(
        id=new_series_id(),
        uid=new_uid(),
        therapist=first.therapist,
        link=LinkId(secrets.token_urlsafe(_ID_BYTES)),
        client_name=first.client_name,
        client_email=first.client_email,
        client_phone=first.client_phone,
        client_zone=first.client_zone,
        client_language=first.client_language,
        kind=first.kind,
        rule=rule,
        sequence=0,
        created_at=now,
        changed_at=now,
    )


def new_series_id() -> SeriesId:
    return SeriesId(secrets.token_urlsafe(_ID_BYTES))


def new_uid() -> str:
    return secrets.token_hex(_ID_BYTES)


def bookings(series: BookedSeries, *, address_privacy: bool = False) -> Iterator[Book]:
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
            minutes=occurrence.minutes,
            kind=series.kind,
            client_phone=series.client_phone,
            client_language=series.client_language,
            series=series.id,
            original=occurrence.original,
            link=series.link,
            address_privacy=address_privacy,
        )
