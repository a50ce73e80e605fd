"""When a calendar that somebody else keeps says its owner is busy: spans, and nothing about them.

What repeats is the wall clock of the zone that an entry names, so that a weekly ten is ten all
year (RFC 5545 section 3.3.10); a whole day, and a time without a zone, are read on the owner's own
clock. An entry blocks unless it is transparent, cancelled, or free as Outlook says it. One of a
series that was changed by itself (RECURRENCE-ID) takes the place of the one it changes.

Foreign files are long-lived and full of old mistakes: an entry that means nothing is counted and
left out, and all others hold. A file that is no calendar, or would never come to an end, is refused
whole.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence, Set
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from videocall.errors import Invalid
from videocall.scheduling.clocks import FIRST, LAST, Clocks
from videocall.scheduling.contents import parts
from videocall.scheduling.entries import Change, Event, Length, Mark, When, busy_periods, event
from videocall.scheduling.recurrence import Work
from videocall.scheduling.timespan import Timespan, merged

SPANS_MAX: Final = 10_000
_AROUND: Final = timedelta(days=2)
"""More than any two clocks lie apart."""
_SHIFT_MAX: Final = timedelta(days=366)
_TOO_MANY: Final = "This calendar has more busy times than can be kept."

_Taken = tuple[datetime, datetime]
_Changed = tuple[Change, Event]


@dataclass(frozen=True, slots=True)
class BusyTimes:
    """Spans in order, none touching another. `unread`: entries that could not be understood."""

    spans: tuple[Timespan, ...]
    unread: int = 0


def busy_times(ics: bytes, horizon: Timespan, zone_name: str) -> BusyTimes:
    """Return when the owner of a calendar is busy within `horizon`; her own zone is `zone_name`.

    Raises Invalid for what is no calendar, is too large, or repeats without end.
    """
    found = parts(ics)
    work = Work()
    last = horizon.end_at.replace(tzinfo=None) + _AROUND
    clocks = Clocks(zone_name, (each for each in found if each.kind == "VTIMEZONE"), last, work)
    taken: list[_Taken] = []
    by_uid: dict[object, list[Event]] = defaultdict(list)
    unread = 0
    for part in found:
        try:
            if part.kind == "VEVENT":
                read = event(part, clocks)
                by_uid[read.uid].append(read)
            elif part.kind == "VFREEBUSY":
                taken += busy_periods(part, clocks)
        except (ValueError, OverflowError):
            unread += 1
    for events in by_uid.values():
        masters = _newest([each for each in events if each.change is None])
        changed = _changed(events, frozenset().union(*(each.left_out for each in masters)))
        taken += [_span(each.start, each.length) for _, each in changed if each.blocks]
        for each in masters:
            try:
                taken += _series(each, changed, horizon, work)
            except (ValueError, OverflowError):
                unread += 1
    return BusyTimes(_within(taken, horizon), unread)


def _newest(events: Sequence[Event]) -> list[Event]:
    """Return the events of the highest SEQUENCE: those before it are no longer true."""
    newest = max((each.sequence for each in events), default=0)
    return [each for each in events if each.sequence == newest]


def _changed(events: Sequence[Event], left_out: Set[Mark]) -> list[_Changed]:
    """Return what changes one of the series, the newest for each; what is left out stays so."""
    by_mark: dict[Mark, list[Event]] = defaultdict(list)
    for each in events:
        if each.change is not None and left_out.isdisjoint((each.change.of, each.change.start.at)):
            by_mark[each.change.of].append(each)
    newest = (each for same in by_mark.values() for each in _newest(same))
    return [(each.change, each) for each in newest if each.change is not None]


def _series(
    master: Event, changed: Sequence[_Changed], horizon: Timespan, work: Work
) -> list[_Taken]:
    """Return what blocks of a series, but for those that were changed by themselves.

    A change of one and all later moves these as far, and gives them its length (RFC 5545 section
    3.2.13).
    """
    later = [pair for pair in changed if pair[0].and_later]
    later.sort(key=lambda pair: pair[0].start.at)
    since = [change.start.at for change, _ in later]
    shifts = [change.shift(each.start) for change, each in later]
    if not master.blocks and not any(each.blocks for _, each in later):
        return []
    gone = master.left_out | {change.of for change, _ in changed}
    reach = _AROUND + min(max(map(abs, shifts), default=timedelta()), _SHIFT_MAX)
    longest = max([master.length.most, *(each.length.most for _, each in later)])
    first = _clamped(horizon.start_at, -reach - longest)
    last = _clamped(horizon.end_at, reach)
    taken = []
    for start, length in _occurrences(master, first, last, work):
        at = start.at
        if gone and not gone.isdisjoint((at, start.wall, start.wall.date())):
            continue
        number = bisect_right(since, at) - 1
        if number < 0:
            if master.blocks:
                taken.append(_span(start, length))
        elif later[number][1].blocks:
            moved = When(start.wall + shifts[number], start.clock)
            taken.append(_span(moved, later[number][1].length))
    return taken


def _occurrences(
    master: Event, first: datetime, last: datetime, work: Work
) -> Iterator[tuple[When, Length]]:
    """Yield every start of a series from the wall time `first` to `last`, and how long it lasts.

    DTSTART is one of them, whatever the rules say, unless they were over before it.
    """
    start = master.start
    if not any(rule.over(start.wall, start.at, floating=start.floating) for rule in master.rules):
        yield start, master.length
    for rule in master.rules:
        for wall in rule.walls(start.wall, last, work):
            if wall < first:
                continue
            when = When(wall, start.clock, start.floating, start.whole_day)
            if rule.over(wall, when.at, floating=start.floating):
                break
            yield when, master.length
    yield from master.more


def _span(start: When, length: Length) -> _Taken:
    return start.at, length.after(start)


def _clamped(at: datetime, by: timedelta) -> datetime:
    """Return a wall time so far from an instant, or the end of the calendar."""
    wall = at.replace(tzinfo=None)
    try:
        return min(max(wall + by, FIRST), LAST)
    except OverflowError:
        return FIRST if by < timedelta() else LAST


def _within(taken: Sequence[_Taken], horizon: Timespan) -> tuple[Timespan, ...]:
    """Return what lies within the horizon, as few spans as say it. Raises Invalid for too many."""
    inside = (
        (max(start_at, horizon.start_at), min(end_at, horizon.end_at)) for start_at, end_at in taken
    )
    found = merged(Timespan(*span) for span in inside if span[0] < span[1])
    if len(found) > SPANS_MAX:
        raise Invalid(_TOO_MANY, code="calendar")
    return tuple(found)
