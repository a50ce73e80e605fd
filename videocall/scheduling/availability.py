"""When a therapist is free: her hours, less what is busy, by her rules.

Daylight saving, first of all. A therapist is open at an instant when her own wall clock then reads
a time inside her hours. Hours over the night that skips an hour are an hour shorter, over the night
that repeats one an hour longer, and a day that a zone skipped has none. A slot starts when the
clock reads a time of its grid (the start of the hours, and every step from there): a reading that
is skipped is dropped, one that comes twice is the earlier. A slot lasts its true minutes, and she
is open through all of them.

Inside, all of this is whole seconds: one addition turns a wall clock into an instant, busy spans
are sorted and merged once, and a bisection finds those that matter.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from math import ceil, floor
from typing import Final

from videocall.errors import Invalid
from videocall.scheduling.hours import Plan, Rules
from videocall.scheduling.offsets import Offsets, offset_at, offsets
from videocall.scheduling.timespan import Timespan

DAY_S: Final = 86_400
HORIZON_MAX_S: Final = 2 * 366 * DAY_S
_THURSDAY: Final = 3
"""The weekday of 1 January 1970."""

_Opening = tuple[int, int, int]
"""The first start of a grid, the instant it stops before, and until when she is open from there."""


class Busy:
    """What blocks a therapist's time, sorted and merged: half-open, in whole Unix seconds.

    Rounded outwards, which changes no answer: slots start and end at whole seconds.
    """

    __slots__ = ("ends", "sessions", "starts")

    def __init__(
        self, rules: Rules, sessions: Iterable[Timespan] = (), others: Iterable[Timespan] = ()
    ) -> None:
        """Merge `sessions`, each with its buffers around it, and `others` as they are."""
        before_s, after_s = rules.buffer_before_min * 60, rules.buffer_after_min * 60
        own = [_seconds(span) for span in sessions]
        spans = [(start - before_s, end + after_s) for start, end in own]
        spans += [_seconds(span) for span in others]
        spans.sort()
        self.sessions: Final = [start for start, _ in own]
        self.starts: Final[list[int]] = []
        self.ends: Final[list[int]] = []
        until = -1 << 62
        for start, end in spans:
            if start > until:
                self.starts.append(start)
                self.ends.append(end)
                until = end
            elif end > until:
                self.ends[-1] = until = end


def slots(
    plan: Plan, busy: Busy, minutes: int, now: datetime, horizon: Timespan | None = None
) -> list[Timespan]:
    """Return the free slots of `minutes` that can be booked now, the earliest first.

    They start within `horizon`, where one is given. Raises Invalid for a length or a horizon out
    of reach.
    """
    from_s, until_s = _bookable(plan.rules, now, horizon)
    lasts = timedelta(minutes=minutes)
    return [
        Timespan(start_at, start_at + lasts)
        for start_at in (
            datetime.fromtimestamp(start, UTC)
            for start in free_starts(plan, busy, minutes, from_s, until_s)
        )
    ]


def first_slot(
    plan: Plan, busy: Busy, minutes: int, now: datetime, horizon: Timespan | None = None
) -> Timespan | None:
    """Return the first of `slots`: looks at one day, then at twice as many at a time."""
    from_s, until_s = _bookable(plan.rules, now, horizon)
    look_s = DAY_S
    while from_s < until_s:
        found = free_starts(plan, busy, minutes, from_s, min(from_s + look_s, until_s))
        if found:
            start_at = datetime.fromtimestamp(found[0], UTC)
            return Timespan(start_at, start_at + timedelta(minutes=minutes))
        from_s += look_s
        look_s *= 2
    return None


def free_starts(plan: Plan, busy: Busy, minutes: int, from_s: int, until_s: int) -> list[int]:
    """Return when free slots of `minutes` start, from `from_s` to before `until_s`; Unix seconds.

    Raises Invalid for a length or a span out of reach.
    """
    if not 0 < minutes <= DAY_S // 60 or until_s - from_s > HORIZON_MAX_S:
        raise Invalid("This is out of reach.", code="minutes")
    if until_s <= from_s:
        return []
    changes = offsets(plan.hours.zone, from_s - 2 * DAY_S, until_s + 2 * DAY_S)
    length, step = minutes * 60, plan.rules.step_min * 60
    before, after = plan.rules.buffer_before_min * 60, plan.rules.buffer_after_min * 60
    starts, ends = busy.starts, busy.ends
    count = len(starts)
    free: list[int] = []
    full = _full(plan.rules, busy, changes)
    for first, stop, reach in _openings(plan, changes, from_s, until_s, length, full):
        if first < from_s:
            first -= (first - from_s) // step * step
        last = min(stop - 1, reach - length, until_s - 1)
        nearest = bisect_right(ends, first - before)
        while first <= last:
            if nearest == count:
                free.extend(range(first, last + 1, step))
                break
            latest = starts[nearest] - after - length
            if first <= latest:
                free.extend(range(first, min(last, latest) + 1, step))
            again = ends[nearest] + before
            if again > first:
                first -= (first - again) // step * step
            nearest += 1
    free.sort()
    return free


def _bookable(rules: Rules, now: datetime, horizon: Timespan | None) -> tuple[int, int]:
    """Return from when and until before when a slot may start, in Unix seconds."""
    now_s = now.timestamp()
    from_s = ceil(now_s + rules.notice_min * 60)
    until_s = ceil(now_s + rules.ahead_days * DAY_S)
    if horizon is not None:
        start, end = ceil(horizon.start_at.timestamp()), ceil(horizon.end_at.timestamp())
        from_s, until_s = max(from_s, start), min(until_s, end)
    return from_s, until_s


def _full(rules: Rules, busy: Busy, changes: Offsets) -> frozenset[int]:
    """Return the days that have as many sessions as they may."""
    if rules.most_per_day is None:
        return frozenset()
    held = Counter((start + offset_at(changes, start)) // DAY_S for start in busy.sessions)
    return frozenset(day for day, count in held.items() if count >= rules.most_per_day)


def _openings(
    plan: Plan, changes: Offsets, from_s: int, until_s: int, length: int, full: frozenset[int]
) -> list[_Opening]:
    """Return the grids of every day that touches the span, and until when each stays open."""
    step = plan.rules.step_min * 60
    week, changed = plan.week_s, plan.changed_s
    found: list[_Opening] = []
    opens: dict[int, int] = {}
    for day, east in _days(changes, from_s, until_s):
        spans = changed.get(day) if day in changed else week[(day + _THURSDAY) % 7]
        if not spans:
            continue
        if east is None:
            _across_change(day, spans, step, changes, found, opens, closed=day in full)
            continue
        midnight = day * DAY_S - east
        for start, end in spans:
            opens[midnight + start] = midnight + end
            if day not in full:
                found.append((midnight + start, midnight + end, midnight + end))
    return [_joined(opening, opens, length) for opening in found]


def _days(changes: Offsets, from_s: int, until_s: int) -> Iterator[tuple[int, int | None]]:
    """Yield each day (since 1970) of the span and one on either side.

    With it comes its offset, or None where the clock changes that day: where some reading of it
    is skipped, or comes twice.
    """
    since, east = changes
    day = (from_s + offset_at(changes, from_s)) // DAY_S - 1
    last = (until_s + offset_at(changes, until_s)) // DAY_S + 1
    for at, (offset, (_, upto)) in enumerate(
        zip(east, pairwise((*since, 1 << 62)), strict=True),
    ):
        following = east[at + 1] if at + 1 < len(east) else offset
        even_from = -(-(since[at] + max(offset, east[at - 1] if at else offset)) // DAY_S)
        even_until = (upto + min(offset, following)) // DAY_S
        while day <= last and day < even_until:
            yield day, offset if day >= even_from else None
            day += 1


def _across_change(
    day: int,
    spans: tuple[tuple[int, int], ...],
    step: int,
    changes: Offsets,
    found: list[_Opening],
    opens: dict[int, int],
    *,
    closed: bool,
) -> None:
    """Add a day on which the clock changes, piece by piece of steady clock."""
    since, east = changes
    pieces = list(zip(pairwise((*since, 1 << 62)), east, strict=True))
    for start, end in spans:
        wall_from, wall_until = day * DAY_S + start, day * DAY_S + end
        open_here = [
            (max(wall_from - offset, begins), min(wall_until - offset, ends))
            for (begins, ends), offset in pieces
        ]
        opens.update((begins, ends) for begins, ends in open_here if begins < ends)
        for wall in () if closed else range(wall_from, wall_until, step):
            for ((begins, ends), offset), (_, reach) in zip(pieces, open_here, strict=True):
                if begins <= wall - offset < ends:
                    found.append((wall - offset, wall - offset + 1, reach))
                    break


def _joined(opening: _Opening, opens: dict[int, int], length: int) -> _Opening:
    """Return the opening with what follows it without a break, as far as a slot can reach."""
    first, stop, reach = opening
    while reach in opens and reach < stop + length:
        reach = opens[reach]
    return first, stop, reach


def _seconds(span: Timespan) -> tuple[int, int]:
    return floor(span.start_at.timestamp()), ceil(span.end_at.timestamp())
