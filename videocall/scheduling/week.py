"""Days side by side, as a therapist sees her week or her day.

Daylight saving, first of all. Heights are readings of the wall clock, so that ten o'clock lies at
one height on every day; and the grid is true time: each minute drawn is a minute that passes. Where
a day skips an hour its column has a hole. Where an hour comes twice on one of the days, the grid
has it twice, and the other days have a hole beside its second coming. What lies across a hole or
over midnight is drawn in pieces, and the minutes of its pieces are the minutes it lasts.

Tops and heights are minutes from the upper edge of what is shown.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from math import ceil, floor
from operator import attrgetter
from typing import Final

from videocall.scheduling.availability import DAY_S
from videocall.scheduling.hours import DAY_MIN, Plan
from videocall.scheduling.offsets import offsets
from videocall.scheduling.timespan import Timespan

LEAST_MIN: Final = 20
"""As high as the lowest block is drawn: what is shorter keeps others from so many minutes."""
_HOUR_MIN: Final = 60
_EPOCH: Final = date(1970, 1, 1).toordinal()
_Range = tuple[int, int]
_Stretch = tuple[int, int, int]
"""A steady clock: what it reads first and last, in minutes from midnight, and its first second."""


@dataclass(frozen=True, slots=True)
class Strip:
    """A stretch of one day without a hole: where it is drawn, and the instant of its top."""

    top_min: int
    minutes: int
    start_at: datetime
    wall_min: int
    """What the clock reads at its top, in minutes from midnight."""

    @property
    def span(self) -> Timespan:
        return self.part(0, self.minutes)

    def part(self, from_min: int, until_min: int) -> Timespan:
        """Return the time from one minute of it to another."""
        minutes = (timedelta(minutes=each) for each in (from_min, until_min))
        return Timespan(*(self.start_at + each for each in minutes))


@dataclass(frozen=True, slots=True)
class Piece:
    """What is drawn of a span of time in one column."""

    column: int
    top_min: int
    minutes: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A line across all days, and what the clock reads there in minutes from midnight."""

    top_min: int
    wall_min: int


@dataclass(frozen=True, slots=True)
class Change:
    """Readings of the clock, in minutes from midnight, that a day skips or has twice."""

    on: date
    from_min: int
    until_min: int
    twice: bool


@dataclass(frozen=True, slots=True)
class Grid:
    """Days as columns of strips, earliest first; a day that its zone skipped has none."""

    days: tuple[date, ...]
    columns: tuple[tuple[Strip, ...], ...]
    marks: tuple[Mark, ...]
    minutes: int

    def pieces(self, span: Timespan) -> list[Piece]:
        """Return where `span` is drawn, the earliest piece first; none where it is not shown."""
        found: list[Piece] = []
        for column, strips in enumerate(self.columns):
            for strip in strips:
                from_min = (span.start_at - strip.start_at).total_seconds() / 60
                until_min = (span.end_at - strip.start_at).total_seconds() / 60
                top, bottom = floor(max(from_min, 0)), ceil(min(until_min, strip.minutes))
                if top < bottom:
                    _append(found, Piece(column, strip.top_min + top, bottom - top))
        return found

    def opening(self, plan: Plan) -> list[Timespan]:
        """Return when she is open: while the clock reads a time of her hours, strip by strip."""
        found = []
        for on, strips in zip(self.days, self.columns, strict=True):
            day = on.toordinal() - _EPOCH
            for start_s, end_s in plan.changed_s.get(day, plan.week_s[on.weekday()]):
                for strip in strips:
                    from_min = max(start_s // 60 - strip.wall_min, 0)
                    until_min = min(end_s // 60 - strip.wall_min, strip.minutes)
                    if from_min < until_min:
                        found.append(strip.part(from_min, until_min))
        return found

    def shown(self, first_h: int, until_h: int, spans: Iterable[Timespan]) -> "Grid":
        """Return the same from hour to hour only, and further where `spans` lie outside."""
        tops = [mark.top_min for mark in self.marks]
        first_top = {mark.wall_min: mark.top_min for mark in reversed(self.marks)}
        drawn = [piece for span in spans for piece in self.pieces(span)]
        top = min([first_top[first_h * _HOUR_MIN], *(piece.top_min for piece in drawn)])
        ends = (piece.top_min + piece.minutes for piece in drawn)
        first = bisect_right(tops, top) - 1
        last = bisect_left(tops, max([first_top[until_h * _HOUR_MIN], *ends]))
        top, bottom = tops[first], tops[last]
        columns = tuple(
            tuple(part for strip in strips if (part := _part(strip, top, bottom)))
            for strips in self.columns
        )
        marks = [Mark(each.top_min - top, each.wall_min) for each in self.marks[first : last + 1]]
        return Grid(self.days, columns, tuple(marks), bottom - top)


def grid(first: date, days: int, zone: str) -> Grid:
    """Return whole days from `first` on, in a zone. Raises Invalid for dates out of reach."""
    dates = tuple(first + timedelta(days=number) for number in range(days))
    clocks = [list(_stretches(on.toordinal() - _EPOCH, zone)) for on in dates]
    twice = sorted({each for stretches in clocks for each in _twice(stretches)})
    marks = {
        Mark(wall + _added(wall, twice), wall) for wall in range(0, DAY_MIN + 1, _HOUR_MIN)
    } | {
        Mark(wall + _added(wall, twice) + until - from_, wall)
        for from_, until in twice
        for wall in (from_, *range(-(-from_ // _HOUR_MIN) * _HOUR_MIN, until, _HOUR_MIN))
    }
    return Grid(
        dates,
        tuple(tuple(_strips(stretches, twice)) for stretches in clocks),
        tuple(sorted(marks, key=attrgetter("top_min"))),
        DAY_MIN + _added(DAY_MIN, twice),
    )


def changes(days: Iterable[date], zone: str) -> list[Change]:
    """Return what the clock skips or repeats on these days. Raises Invalid."""
    found = []
    for on in days:
        stretches = list(_stretches(on.toordinal() - _EPOCH, zone))
        reached = 0
        for from_, until, _ in (*stretches, (DAY_MIN, DAY_MIN, 0)):
            if from_ > reached:
                found.append(Change(on, reached, from_, twice=False))
            reached = max(reached, until)
        found += [Change(on, *each, twice=True) for each in _twice(stretches)]
    return found


def lanes(pieces: Sequence[Piece]) -> list[tuple[int, int]]:
    """Return for each piece its lane and how many there are, so that none covers another.

    Pieces come in the order of columns and tops, and are no lower than LEAST_MIN.
    """
    found: list[tuple[int, int]] = []
    ends: list[int] = []
    group = 0
    for number, piece in enumerate(pieces):
        fresh = number == 0 or piece.column != pieces[number - 1].column
        if fresh or piece.top_min >= max(ends):
            group, ends = number, []
        lane = next((at for at, end in enumerate(ends) if end <= piece.top_min), len(ends))
        ends[lane : lane + 1] = [piece.top_min + max(piece.minutes, LEAST_MIN)]
        found.append((lane, 0))
        found[group:] = [(each, len(ends)) for each, _ in found[group:]]
    return found


def _append(pieces: list[Piece], piece: Piece) -> None:
    """Add a piece, as one with the last where it goes on there."""
    last = pieces[-1] if pieces else None
    if last and last.column == piece.column and last.top_min + last.minutes == piece.top_min:
        pieces[-1] = Piece(last.column, last.top_min, last.minutes + piece.minutes)
    else:
        pieces.append(piece)


def _stretches(day: int, zone: str) -> Iterator[_Stretch]:
    midnight = day * DAY_S
    since, east = offsets(zone, midnight - DAY_S, midnight + 2 * DAY_S)
    for (begins, ends), offset in zip(pairwise((*since, 1 << 62)), east, strict=True):
        from_s, until_s = max(begins + offset, midnight), min(ends + offset, midnight + DAY_S)
        if from_s < until_s:
            yield (from_s - midnight) // 60, (until_s - midnight) // 60, from_s - offset


def _twice(stretches: Sequence[_Stretch]) -> Iterator[_Range]:
    """Yield the readings that come twice in a day."""
    for number, (from_, until, _) in enumerate(stretches):
        for earlier_from, earlier_until, _ in stretches[:number]:
            if max(from_, earlier_from) < min(until, earlier_until):
                yield max(from_, earlier_from), min(until, earlier_until)


def _added(wall: int, twice: Sequence[_Range]) -> int:
    """Return by how much what comes twice pushes a reading down, when it comes first."""
    return sum(until - from_ for from_, until in twice if until <= wall)


def _strips(stretches: Sequence[_Stretch], twice: Sequence[_Range]) -> list[Strip]:
    found: list[Strip] = []
    for number, (from_, until, start_s) in enumerate(stretches):
        cuts = {cut for each in twice for cut in each if from_ < cut < until}
        for wall, upto in pairwise(sorted({from_, until} | cuts)):
            top = wall + _added(wall, twice)
            if any(earlier[0] <= wall < earlier[1] for earlier in stretches[:number]):
                top += next(end - start for start, end in twice if start <= wall < end)
            start_at = datetime.fromtimestamp(start_s + (wall - from_) * 60, UTC)
            last = found[-1] if found else None
            if last and wall > from_ and last.top_min + last.minutes == top:
                joined = last.minutes + upto - wall
                found[-1] = Strip(last.top_min, joined, last.start_at, last.wall_min)
            else:
                found.append(Strip(top, upto - wall, start_at, wall))
    return found


def _part(strip: Strip, top: int, bottom: int) -> Strip | None:
    """Return what of a strip lies from `top` to `bottom`, moved to the new upper edge."""
    skipped = max(top - strip.top_min, 0)
    minutes = min(strip.top_min + strip.minutes, bottom) - strip.top_min - skipped
    if minutes <= 0:
        return None
    start_at = strip.start_at + timedelta(minutes=skipped)
    return Strip(strip.top_min + skipped - top, minutes, start_at, strip.wall_min + skipped)
