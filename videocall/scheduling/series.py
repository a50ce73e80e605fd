"""A series: the same wall clock every week, or every few, until a date or a count.

It is kept as RFC 5545 means it (sections 3.3.10 and 3.8.5): what repeats is the wall clock in an
IANA zone, so that ten stays ten all year. A reading that the clocks skip is taken with the offset
from before (section 3.3.5), later that day by what was skipped; one that comes twice is the
earlier. One of the series is known by its original wall time, whatever becomes of it; a skipped
one still counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from videocall.errors import Conflict, Invalid
from videocall.scheduling.appointment import MINUTES_MAX, MINUTES_MIN
from videocall.scheduling.timespan import Timespan
from videocall.scheduling.zones import zone

WEEKS_MAX: Final = 26
OCCURRENCES_MAX: Final = 106
"""Two years of weeks."""
_WEEK_DAYS: Final = 7
_YEARS: Final = range(2000, 2200)


@dataclass(frozen=True, slots=True)
class Moved:
    """Where one of a series went: another wall time, or another length."""

    wall: datetime
    minutes: int


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One of a series; `original` is the wall time the rule gives it (RECURRENCE-ID)."""

    original: datetime
    span: Timespan

    @property
    def minutes(self) -> int:
        return round(self.span.duration.total_seconds() / 60)


@dataclass(frozen=True, slots=True)
class Series:
    """`first` is a naive wall time in `zone`; either `count` or `until` (a date, included) is set.

    Raises Invalid for a rule without an end, one without any occurrence, or one out of reach.
    """

    first: datetime
    zone: str
    minutes: int
    every_weeks: int = 1
    count: int | None = None
    until: date | None = None
    skipped: frozenset[datetime] = frozenset()
    moved: Mapping[datetime, Moved] = field(default_factory=dict)

    def __post_init__(self) -> None:
        zone(self.zone)
        _check_wall(self.first, self.minutes)
        if not 1 <= self.every_weeks <= WEEKS_MAX:
            raise Invalid("Please choose from 1 to %(most)s weeks.", code="every", most=WEEKS_MAX)
        if (self.count is None) == (self.until is None):
            raise Invalid("A series needs an end: a date, or how many.", code="end")
        if self.until is not None and self.until < self.first.date():
            raise Invalid("A series must end after it begins.", code="end")
        if not 1 <= self._length() <= OCCURRENCES_MAX:
            text = "A series has from 1 to %(most)s appointments."
            raise Invalid(text, code="end", most=OCCURRENCES_MAX)

    @property
    def originals(self) -> list[datetime]:
        """Every wall time of the rule, the skipped ones too."""
        step = timedelta(weeks=self.every_weeks)
        return [self.first + number * step for number in range(self._length())]

    @property
    def occurrences(self) -> list[Occurrence]:
        """What takes place, in the order of the rule."""
        found = []
        for original in self.originals:
            if original not in self.skipped:
                where = self.moved.get(original)
                span = self.usual(original) if where is None else self._span(where)
                found.append(Occurrence(original, span))
        return found

    def usual(self, original: datetime) -> Timespan:
        """Return where the rule alone has one of the series."""
        return self._span(Moved(original, self.minutes))

    @property
    def rrule(self) -> str:
        """The rule as RFC 5545 writes it; UNTIL is in UTC, as DTSTART has a zone."""
        parts = ["FREQ=WEEKLY"]
        if self.every_weeks > 1:
            parts.append(f"INTERVAL={self.every_weeks}")
        if self.count is not None:
            parts.append(f"COUNT={self.count}")
        if self.until is not None:
            # The last second of that day; also where the day is skipped or has it twice, and some
            # programs take the later of the two.
            end = datetime.combine(self.until, time(23, 59, 59))
            ends = (end, end.replace(fold=1), self.originals[-1])
            last = max(self._instant(wall) for wall in ends)
            parts.append(f"UNTIL={last:%Y%m%dT%H%M%SZ}")
        return ";".join(parts)

    def skip(self, original: datetime) -> "Series":
        """Leave one out. Raises Conflict where it does not take place."""
        self._taking_place(original)
        moved = {at: where for at, where in self.moved.items() if at != original}
        return replace(self, skipped=self.skipped | {original}, moved=moved)

    def move(self, original: datetime, to: datetime, minutes: int) -> "Series":
        """Move one alone. Raises Conflict where it does not take place, and Invalid."""
        self._taking_place(original)
        _check_wall(to, minutes)
        return replace(self, moved={**self.moved, original: Moved(to, minutes)})

    def end(self, original: datetime) -> "Series | None":
        """End before `original`; None where nothing of the series is left. Raises Conflict."""
        number = self._number(original)
        if number == 0:
            return None
        return replace(
            self,
            count=number,
            until=None,
            skipped=frozenset(at for at in self.skipped if at < original),
            moved={at: where for at, where in self.moved.items() if at < original},
        )

    def _length(self) -> int:
        if self.until is None:
            return self.count or 0
        return (self.until - self.first.date()).days // (_WEEK_DAYS * self.every_weeks) + 1

    def _number(self, original: datetime) -> int:
        try:
            return self.originals.index(original)
        except ValueError as error:
            raise Conflict("This is not one of the series.") from error

    def _taking_place(self, original: datetime) -> None:
        self._number(original)
        if original in self.skipped:
            raise Conflict("This one of the series is left out already.")

    def _span(self, where: Moved) -> Timespan:
        start_at = self._instant(where.wall)
        return Timespan(start_at, start_at + timedelta(minutes=where.minutes))

    def _instant(self, wall: datetime) -> datetime:
        return wall.replace(tzinfo=zone(self.zone)).astimezone(UTC)


def _check_wall(wall: datetime, minutes: int) -> None:
    if wall.tzinfo is not None or wall.year not in _YEARS:
        raise Invalid("This date is out of reach.", code="start")
    if not MINUTES_MIN <= minutes <= MINUTES_MAX:
        text = "An appointment lasts from %(least)s to %(most)s minutes."
        raise Invalid(text, code="minutes", least=MINUTES_MIN, most=MINUTES_MAX)
