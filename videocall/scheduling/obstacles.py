"""What takes a therapist's time already, and what of a series it stands in the way of."""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum

from videocall.scheduling.appointment import Appointment
from videocall.scheduling.series import Occurrence, Series
from videocall.scheduling.timespan import Timespan


class InTheWay(StrEnum):
    """HOLD: a client is booking it. BUSY: her own calendar says so. ITSELF: the same series."""

    APPOINTMENT = "appointment"
    HOLD = "hold"
    BUSY = "busy"
    ITSELF = "itself"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """A span that is taken, and by which appointment where it is one."""

    kind: InTheWay
    span: Timespan
    appointment: Appointment | None = None

    @property
    def firm(self) -> bool:
        """Whether nothing can be booked over it; else it is worth a warning."""
        return self.kind is not InTheWay.BUSY


@dataclass(frozen=True, slots=True)
class Clash:
    """One of a series, and what is in its way."""

    occurrence: Occurrence
    other: Obstacle


class Obstacles:
    """All that is taken in a stretch of time, the earliest first."""

    def __init__(self, obstacles: Iterable[Obstacle] = ()) -> None:
        self._all = sorted(obstacles, key=lambda each: each.span.start_at)
        self._starts = [each.span.start_at for each in self._all]
        self._longest = max((each.span.duration for each in self._all), default=timedelta())

    def __iter__(self) -> Iterator[Obstacle]:
        return iter(self._all)

    def across(self, span: Timespan) -> list[Obstacle]:
        """Return what overlaps `span`."""
        first = bisect_left(self._starts, span.start_at - self._longest)
        last = bisect_left(self._starts, span.end_at)
        return [each for each in self._all[first:last] if each.span.overlaps(span)]


def clashes(series: Series, obstacles: Obstacles) -> list[Clash]:
    """Return what stands in the way of each occurrence.

    That can be another of the series itself, where one was moved: by the rule they are apart.
    """
    occurrences = series.occurrences
    own = Obstacles(Obstacle(InTheWay.ITSELF, each.span) for each in occurrences)
    found = []
    for each in occurrences:
        others = obstacles.across(each.span)
        if each.original in series.moved:
            others += [other for other in own.across(each.span) if other.span is not each.span]
        found += [Clash(each, other) for other in others]
    return found
