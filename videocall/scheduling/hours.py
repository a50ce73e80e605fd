"""A therapist's plan: weekly hours, exceptions to them, and the rules of booking.

Hours are minutes of the wall clock in the therapist's zone; what they mean on the days the clock
changes is said in `availability`.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from videocall.errors import Invalid
from videocall.scheduling.appointment import MINUTES_MAX, MINUTES_MIN, Kind
from videocall.scheduling.zones import zone

DAY_MIN: Final = 24 * 60
WEEK: Final = 7
SPANS_MAX: Final = 12
EXCEPTIONS_MAX: Final = 1000
LENGTHS_MAX: Final = 6
NOTICE_MAX_MIN: Final = 60 * DAY_MIN
BUFFER_MAX_MIN: Final = 240
AHEAD_MAX_DAYS: Final = 366
MOST_MAX: Final = 50
_EPOCH: Final = date(1970, 1, 1).toordinal()
_YEARS: Final = range(2000, 2200)


@dataclass(frozen=True, slots=True, order=True)
class WallSpan:
    """Half-open minutes of one day's wall clock, up to 24:00. Raises Invalid unless it lasts."""

    start_min: int
    end_min: int

    def __post_init__(self) -> None:
        if not 0 <= self.start_min < self.end_min <= DAY_MIN:
            text = "Hours end after they start, by 24:00 of the same day."
            raise Invalid(text, code="hours")


Spans = tuple[WallSpan, ...]


def tidy(spans: Iterable[WallSpan]) -> Spans:
    """Return the spans in order, those that touch as one. Raises Invalid where they are many."""
    merged: list[WallSpan] = []
    for count, span in enumerate(sorted(spans), start=1):
        if count > SPANS_MAX:
            text = "A day has at most %(most)s spans of hours."
            raise Invalid(text, code="hours", most=SPANS_MAX)
        if merged and span.start_min <= merged[-1].end_min:
            end_min = max(merged[-1].end_min, span.end_min)
            merged[-1] = WallSpan(merged[-1].start_min, end_min)
        else:
            merged.append(span)
    return tuple(merged)


@dataclass(frozen=True, slots=True)
class Hours:
    """Weekly hours, Monday first, in an IANA zone. Raises Invalid."""

    zone: str
    week: tuple[Spans, ...] = ((),) * WEEK

    def __post_init__(self) -> None:
        zone(self.zone)
        if len(self.week) != WEEK:
            raise Invalid("A week has seven days.", code="hours")
        object.__setattr__(self, "week", tuple(map(tidy, self.week)))


@dataclass(frozen=True, slots=True)
class DayException:
    """Other hours on one date: in place of the weekly ones (none: a day off), or beside them."""

    on: date
    spans: Spans = ()
    extra: bool = False

    def __post_init__(self) -> None:
        if self.on.year not in _YEARS:
            raise Invalid("This date is out of reach.", code="on")
        object.__setattr__(self, "spans", tidy(self.spans))


@dataclass(frozen=True, slots=True)
class Rules:
    """What clients may book and change; minutes and days. Raises Invalid, its code the field.

    A session keeps its buffers free around it: between two of them lie both. With `confirm` what
    a client books is tentative. `change_notice_min` is how long before the start a client may
    still move it, or cancel without being late.
    """

    notice_min: int = DAY_MIN
    buffer_before_min: int = 0
    buffer_after_min: int = 10
    lengths_min: tuple[int, ...] = (50,)
    step_min: int = 30
    ahead_days: int = 60
    most_per_day: int | None = None
    kinds: tuple[Kind, ...] = tuple(Kind)
    confirm: bool = False
    change_notice_min: int = DAY_MIN

    def __post_init__(self) -> None:
        _within("notice", self.notice_min, 0, NOTICE_MAX_MIN)
        _within("before", self.buffer_before_min, 0, BUFFER_MAX_MIN)
        _within("after", self.buffer_after_min, 0, BUFFER_MAX_MIN)
        _within("step", self.step_min, 5, DAY_MIN)
        _within("ahead", self.ahead_days, 1, AHEAD_MAX_DAYS)
        _within("change", self.change_notice_min, 0, NOTICE_MAX_MIN)
        if not self.kinds:
            raise Invalid("Please choose at least one way to meet.", code="kinds")
        if self.most_per_day is not None:
            _within("most", self.most_per_day, 1, MOST_MAX)
        object.__setattr__(self, "kinds", tuple(kind for kind in Kind if kind in self.kinds))
        _within("lengths", len(self.lengths_min), 1, LENGTHS_MAX)
        for length in self.lengths_min:
            _within("lengths", length, MINUTES_MIN, MINUTES_MAX)
        object.__setattr__(self, "lengths_min", tuple(sorted(set(self.lengths_min))))


@dataclass(frozen=True, slots=True)
class Plan:
    """Hours, exceptions and rules of one therapist. Raises Invalid where exceptions are too many.

    Several exceptions on one date: an extra one adds to those before it, any other replaces them.
    """

    hours: Hours
    exceptions: tuple[DayException, ...] = ()
    rules: Rules = field(default_factory=Rules)
    week_s: tuple[tuple[tuple[int, int], ...], ...] = field(init=False, repr=False, compare=False)
    """The weekly hours in seconds from midnight, Monday first."""
    changed_s: dict[int, tuple[tuple[int, int], ...]] = field(init=False, repr=False, compare=False)
    """The hours of each day (since 1970) that has an exception."""

    def __post_init__(self) -> None:
        if len(self.exceptions) > EXCEPTIONS_MAX:
            text = "There can be at most %(most)s exceptions."
            raise Invalid(text, code="on", most=EXCEPTIONS_MAX)
        days: dict[date, Spans] = {}
        for each in self.exceptions:
            usual = days.get(each.on, self.hours.week[each.on.weekday()])
            days[each.on] = tidy((*usual, *each.spans)) if each.extra else each.spans
        changed = {on.toordinal() - _EPOCH: _in_seconds(spans) for on, spans in days.items()}
        object.__setattr__(self, "week_s", tuple(map(_in_seconds, self.hours.week)))
        object.__setattr__(self, "changed_s", changed)


def _in_seconds(spans: Spans) -> tuple[tuple[int, int], ...]:
    return tuple((span.start_min * 60, span.end_min * 60) for span in spans)


def _within(name: str, value: int, least: int, most: int) -> None:
    if not least <= value <= most:
        text = "Please choose from %(least)s to %(most)s."
        raise Invalid(text, code=name, least=least, most=most)
