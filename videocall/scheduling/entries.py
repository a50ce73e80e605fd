"""What one entry of a foreign calendar says: when, how long, how often, and whether it blocks.

Whatever is read here raises ValueError where it cannot be understood.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final

from icalendar.prop import vDDDTypes, vDuration

from videocall.scheduling.clocks import LAST, Clock, Clocks, instant, utc_clock
from videocall.scheduling.contents import Line, Part
from videocall.scheduling.recurrence import Rule, rule

_SEQUENCE_DIGITS: Final = 9

Mark = date | datetime
"""What names one of a series: an instant, a naive wall time, or a date."""


@dataclass(frozen=True, slots=True)
class When:
    """A wall time on a clock: `floating` where no zone is named, as on a `whole_day`."""

    wall: datetime
    clock: Clock
    floating: bool = False
    whole_day: bool = False

    @property
    def at(self) -> datetime:
        return instant(self.wall, self.clock)


@dataclass(frozen=True, slots=True)
class Length:
    """Days on the wall clock, and true time after them (RFC 5545 section 3.8.5.3)."""

    days: int = 0
    rest: timedelta = timedelta()

    def __post_init__(self) -> None:
        if self.most < timedelta():
            raise ValueError("an entry ends after it starts")

    @property
    def most(self) -> timedelta:
        return timedelta(days=self.days) + self.rest

    def after(self, start: When) -> datetime:
        """Return the instant at which what begins at `start` ends."""
        try:
            return instant(start.wall + timedelta(days=self.days), start.clock) + self.rest
        except OverflowError:
            return instant(LAST, utc_clock)


@dataclass(frozen=True, slots=True)
class Change:
    """Which one of a series an event is in place of (RECURRENCE-ID); `and_later`: and the rest."""

    of: Mark
    start: When
    and_later: bool

    def shift(self, to: When) -> timedelta:
        """Return how far it was moved: on the wall, where both are read on one clock."""
        if to.clock is self.start.clock:
            return to.wall - self.start.wall
        return to.at - self.start.at


@dataclass(frozen=True, slots=True)
class Event:
    """What one VEVENT says. `more`: others of its series, each with its length (RDATE)."""

    uid: object
    sequence: int
    blocks: bool
    start: When
    length: Length
    rules: Sequence[Rule]
    more: Sequence[tuple[When, Length]]
    left_out: frozenset[Mark]
    change: Change | None


def event(part: Part, clocks: Clocks) -> Event:
    """Read a VEVENT. Raises Invalid where it repeats at an absurd frequency."""
    line = part.one("DTSTART")
    if part.broken or line is None:
        raise ValueError("an event has a start")
    start = _when(line, line.value, clocks)
    length = _length(part, start, clocks)
    uid = part.one("UID")
    return Event(
        uid=object() if uid is None else uid.value,
        sequence=_sequence(part.word("SEQUENCE")),
        blocks=_blocks(part),
        start=start,
        length=length,
        rules=[rule(each.value, whole_day=start.whole_day) for each in part.all("RRULE")],
        more=[_more(each, value, length, clocks) for each, value in _values(part, "RDATE")],
        left_out=frozenset(_mark(each, value, clocks) for each, value in _values(part, "EXDATE")),
        change=_change(part.one("RECURRENCE-ID"), clocks),
    )


def busy_periods(part: Part, clocks: Clocks) -> Iterator[tuple[datetime, datetime]]:
    """Yield the times of a VFREEBUSY that are taken: of any type but FREE (section 3.2.9)."""
    if part.broken:
        raise ValueError("busy times are periods")
    for line, value in _values(part, "FREEBUSY"):
        if line.option != "FREE":
            start, length = _period(line, value, clocks)
            yield start.at, length.after(start)


def _blocks(part: Part) -> bool:
    return (
        part.word("TRANSP") != "TRANSPARENT"
        and part.word("STATUS") != "CANCELLED"
        and part.word("X-MICROSOFT-CDO-BUSYSTATUS") != "FREE"
    )


def _length(part: Part, start: When, clocks: Clocks) -> Length:
    """Return how long each of a series lasts: a DTEND gives its true time (section 3.8.5.3)."""
    end, duration = part.one("DTEND"), part.one("DURATION")
    if end is not None:
        return _between(start, _when(end, end.value, clocks))
    if duration is not None:
        return _nominal(duration.value)
    return Length(days=1) if start.whole_day else Length()


def _between(start: When, end: When) -> Length:
    if start.whole_day and end.whole_day:
        return Length(days=(end.wall - start.wall).days)
    return Length(rest=end.at - start.at)


def _nominal(value: str) -> Length:
    lasts = vDuration.from_ical(value.strip())
    return Length(lasts.days, timedelta(seconds=lasts.seconds))


def _more(line: Line, value: str, usual: Length, clocks: Clocks) -> tuple[When, Length]:
    if "/" in value:
        return _period(line, value, clocks)
    return _when(line, value, clocks), usual


def _period(line: Line, value: str, clocks: Clocks) -> tuple[When, Length]:
    """Read a start with an end or a duration (section 3.3.9)."""
    first, _, second = value.partition("/")
    start = _when(line, first, clocks)
    if second.strip().upper().startswith(("P", "+P")):
        return start, _nominal(second)
    return start, _between(start, _when(line, second, clocks))


def _change(line: Line | None, clocks: Clocks) -> Change | None:
    if line is None:
        return None
    start = _when(line, line.value, clocks)
    return Change(_mark(line, line.value, clocks), start, line.option == "THISANDFUTURE")


def _mark(line: Line, value: str, clocks: Clocks) -> Mark:
    when = _when(line, value, clocks)
    if when.whole_day:
        return when.wall.date()
    return when.wall if when.floating else when.at


def _when(line: Line, value: str, clocks: Clocks) -> When:
    """Read a date or a time; of a time that is in UTC, any zone it names as well says nothing."""
    match vDDDTypes.from_ical(value.strip()):
        case datetime(tzinfo=None) as wall:
            return When(wall, clocks.named(line.tzid), floating=not line.tzid)
        case datetime() as at:
            return When(at.astimezone(UTC).replace(tzinfo=None), utc_clock)
        case date() as on:
            midnight = datetime.combine(on, time())
            return When(midnight, clocks.own, floating=True, whole_day=True)
        case _:
            raise ValueError("neither a date nor a time")


def _values(part: Part, name: str) -> Iterator[tuple[Line, str]]:
    for line in part.all(name):
        for value in line.value.split(","):
            if value.strip():
                yield line, value


def _sequence(word: str) -> int:
    return int(word) if word.isdecimal() and len(word) <= _SEQUENCE_DIGITS else 0
