"""A course: all that one session link opens, and what changes from one of it on.

To people that is one series. To calendars it is one after the other: where all from some day on
were moved one series ends and another begins, because hardly any program understands a change of
"this and all that follow" (RFC 5545 section 3.2.13).
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from videocall.errors import Conflict
from videocall.ids import AppointmentId, LinkId, SeriesId
from videocall.scheduling.appointment import COMING, Appointment, Cancel, Move, State
from videocall.scheduling.booked_series import BookedSeries, Whole, new_series_id, new_uid
from videocall.scheduling.series import Moved, Series
from videocall.scheduling.timespan import Timespan
from videocall.scheduling.zones import wall_at

_CHANGED: Final = "The series has changed meanwhile. Please look at it again."


@dataclass(frozen=True, slots=True)
class Place:
    """One of a course: where its series has it, and its appointment while that is kept."""

    series: BookedSeries
    original: datetime
    member: Appointment | None

    @property
    def left_out(self) -> bool:
        return self.member is None or self.member.state is State.CANCELLED

    def begun(self, now: datetime) -> bool:
        member = self.member
        return member is not None and member.state in COMING and member.start_at <= now

    def can_change(self, now: datetime) -> bool:
        member = self.member
        return member is not None and member.state in COMING and member.start_at > now


@dataclass(frozen=True, slots=True)
class Step:
    """What one of a course goes through, and its place from then on, if it has one."""

    member: Appointment
    command: Move | Cancel
    series: SeriesId
    original: datetime | None


@dataclass(frozen=True, slots=True)
class Follower:
    """One that is over or left out: only its place changes."""

    member: Appointment
    series: SeriesId
    original: datetime | None


@dataclass(frozen=True, slots=True)
class Change:
    """What becomes of the series of a course and their appointments; of those `gone` nothing is
    left. `series` is the one to look at from now on.
    """

    series: SeriesId
    kept: Sequence[BookedSeries]
    gone: Sequence[BookedSeries]
    steps: Sequence[Step]
    followers: Sequence[Follower] = ()


@dataclass(frozen=True, slots=True)
class Course:
    """The series of one link, the earliest first."""

    wholes: Sequence[Whole]

    @property
    def link(self) -> LinkId:
        return self.wholes[0].series.link

    @property
    def members(self) -> list[Appointment]:
        """All appointments, the earliest first."""
        found = [each for whole in self.wholes for each in whole.members]
        return sorted(found, key=lambda each: each.start_at)

    @property
    def places(self) -> list[Place]:
        """All places of those series of which anything is left."""
        found = []
        for whole in self.wholes:
            if whole.takes_place:
                members = whole.by_original
                found += [
                    Place(whole.series, original, members.get(original))
                    for original in whole.series.rule.originals
                ]
        return found

    @property
    def next_sequence(self) -> int:
        """A sequence above all that calendars have heard of these."""
        known = [whole.series.sequence for whole in self.wholes]
        return max([*known, *(each.sequence for each in self.members)]) + 1

    def number(self, appointment: AppointmentId) -> int | None:
        """Return which one an appointment is, from 1; None where it has no place any more."""
        for number, place in enumerate(self.places, start=1):
            if place.member is not None and place.member.id == appointment:
                return number
        return None

    def from_here(self, series: SeriesId, original: datetime, now: datetime) -> list[Place]:
        """Return this one and all after it. Raises Conflict where this one has begun."""
        places = self.places
        here = [
            number
            for number, place in enumerate(places)
            if place.series.id == series and place.original == original
        ]
        if not here:
            raise Conflict("This is not one of the series.")
        if places[here[0]].begun(now):
            raise Conflict("This one has begun already. Please start from a later one.")
        return places[here[0] :]

    def end(self, series: SeriesId, original: datetime, now: datetime) -> Change:
        """Cancel this one and all after it. Raises Conflict where there is nothing to cancel."""
        places = self.from_here(series, original, now)
        steps, followers = [], []
        for place in places:
            # Their old places may become those of others.
            if place.member is not None and place.can_change(now):
                steps.append(Step(place.member, Cancel(), place.series.id, None))
            elif place.member is not None:
                followers.append(Follower(place.member, place.series.id, None))
        if not steps:
            raise Conflict("Nothing of this series is left to cancel.")
        kept, gone = self._cut(places, now)
        return Change(series, kept, gone, steps, followers)

    def rule_from(
        self, series: SeriesId, original: datetime, to: datetime, minutes: int, now: datetime
    ) -> Series:
        """Return the rule by which this one and all after it go on, from the wall time `to`.

        What was left out stays so, what is over stays where it was, and what was moved by itself
        goes back into line. Raises Conflict and Invalid.
        """
        places = self.from_here(series, original, now)
        usual = places[0].series.rule
        rule = Series(to, usual.zone, minutes, usual.every_weeks, count=len(places))
        skipped, moved = set(), {}
        for place, at in zip(places, rule.originals, strict=True):
            if place.member is None or place.left_out:
                skipped.add(at)
            elif not place.can_change(now):
                wall = wall_at(place.member.start_at, rule.zone)
                moved[at] = Moved(wall, place.member.minutes)
        return replace(rule, skipped=frozenset(skipped), moved=moved)

    def move(self, series: SeriesId, original: datetime, after: Series, now: datetime) -> Change:
        """Let this one and all after it go on as `after`, which `rule_from` made.

        What `after` leaves out besides is cancelled. Raises Conflict where the two do not fit.
        """
        places = self.from_here(series, original, now)
        if len(after.originals) != len(places):
            raise Conflict(_CHANGED, code="changed")
        kept, gone = self._cut(places, now)
        goes_on = self._as_of(places[0].series, replace(after, moved={}), now)
        steps, followers = [], []
        if any(each.id == series for each in kept):
            goes_on = replace(goes_on, id=new_series_id(), uid=new_uid(), created_at=now)
        else:
            # All before this one were cancelled; their old places may become those of others.
            followers += [
                Follower(place.member, series, None)
                for place in self.places
                if place.series.id == series and place.original < original and place.member
            ]
        spans = {each.original: each.span for each in after.occurrences}
        for place, at in zip(places, after.originals, strict=True):
            span = spans.get(at)
            if place.left_out and span is not None:
                raise Conflict(_CHANGED, code="changed")
            if place.member is None:
                continue
            if place.can_change(now):
                steps.append(Step(place.member, _to(span), goes_on.id, at))
            else:
                followers.append(Follower(place.member, goes_on.id, at))
        if not any(isinstance(step.command, Move) for step in steps):
            raise Conflict("Nothing of this series is left to move.")
        ended = [each for each in gone if each.id != goes_on.id]
        return Change(goes_on.id, [*kept, goes_on], ended, steps, followers)

    def _cut(
        self, places: Sequence[Place], now: datetime
    ) -> tuple[list[BookedSeries], list[BookedSeries]]:
        """Return the series of `places` without them: those of which something is left, and those
        of which nothing is.
        """
        first: dict[SeriesId, datetime] = {}
        for place in places:
            first.setdefault(place.series.id, place.original)
        kept, gone = [], []
        for whole in self.wholes:
            series = whole.series
            rest = series.rule.end(first[series.id]) if series.id in first else None
            if rest is not None and Whole(replace(series, rule=rest), whole.members).takes_place:
                kept.append(self._as_of(series, rest, now))
            elif series.id in first:
                none = replace(series.rule, skipped=frozenset(series.rule.originals))
                gone.append(self._as_of(series, none, now))
        return kept, gone

    def _as_of(self, series: BookedSeries, rule: Series, now: datetime) -> BookedSeries:
        return replace(series, rule=rule, sequence=self.next_sequence, changed_at=now)


def _to(span: Timespan | None) -> Move | Cancel:
    if span is None:
        return Cancel()
    return Move(span.start_at, round(span.duration.total_seconds() / 60))
