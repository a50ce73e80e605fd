"""Half-open spans of time, in aware UTC."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from videocall.errors import Invalid


def utc(at: datetime) -> datetime:
    """Return `at` in UTC. Raises Invalid for a naive datetime: two of them can mean anything."""
    if at.tzinfo is None or at.utcoffset() is None:
        raise Invalid("A time needs its zone.")
    return at.astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Timespan:
    """From `start_at` (included) to `end_at` (excluded). Raises Invalid unless it lasts."""

    start_at: datetime
    end_at: datetime

    def __post_init__(self) -> None:
        object.__setattr__(self, "start_at", utc(self.start_at))
        object.__setattr__(self, "end_at", utc(self.end_at))
        if self.end_at <= self.start_at:
            raise Invalid("A span of time must end after it starts.")

    @property
    def duration(self) -> timedelta:
        return self.end_at - self.start_at

    def overlaps(self, other: "Timespan") -> bool:
        return self.start_at < other.end_at and other.start_at < self.end_at

    def __contains__(self, at: datetime) -> bool:
        return self.start_at <= at < self.end_at


def merged(spans: Iterable[Timespan], within: timedelta = timedelta()) -> list[Timespan]:
    """Return the spans in order; those that overlap, or are `within` of each other, as one."""
    found: list[Timespan] = []
    for span in sorted(spans, key=lambda span: span.start_at):
        if found and span.start_at <= found[-1].end_at + within:
            end_at = max(found[-1].end_at, span.end_at)
            found[-1] = Timespan(found[-1].start_at, end_at)
        else:
            found.append(span)
    return found


def without(spans: Iterable[Timespan], taken: Iterable[Timespan]) -> list[Timespan]:
    """Return what is left of each of `spans` when `taken` is gone."""
    gone = merged(taken)
    found: list[Timespan] = []
    for span in spans:
        start_at = span.start_at
        for each in gone:
            if each.overlaps(span):
                if start_at < each.start_at:
                    found.append(Timespan(start_at, each.start_at))
                start_at = max(start_at, each.end_at)
        if start_at < span.end_at:
            found.append(Timespan(start_at, span.end_at))
    return found
