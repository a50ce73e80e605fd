"""Free slots the way one would first write them: aware datetimes, asked one by one.

Slow and plain on purpose: the tests and the benchmark hold `availability` to its answers.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from videocall.scheduling.hours import DAY_MIN, Plan, Spans, tidy
from videocall.scheduling.timespan import Timespan

MINUTE = timedelta(minutes=1)
DAY = timedelta(days=1)


def plain_slots(
    plan: Plan,
    sessions: Sequence[Timespan],
    others: Sequence[Timespan],
    minutes: int,
    now: datetime,
    horizon: Timespan | None = None,
    *,
    first_only: bool = False,
) -> list[Timespan]:
    """Return what `availability.slots` promises."""
    where, rules = ZoneInfo(plan.hours.zone), plan.rules
    from_at = now + timedelta(minutes=rules.notice_min)
    until_at = now + timedelta(days=rules.ahead_days)
    if horizon is not None:
        from_at, until_at = max(from_at, horizon.start_at), min(until_at, horizon.end_at)
    before = timedelta(minutes=rules.buffer_before_min)
    after = timedelta(minutes=rules.buffer_after_min)
    kept = [(span.start_at - before, span.end_at + after) for span in sessions]
    kept += [(span.start_at, span.end_at) for span in others]
    found = []
    on = from_at.astimezone(where).date() - DAY
    while on <= until_at.astimezone(where).date() + DAY:
        held = sum(span.start_at.astimezone(where).date() == on for span in sessions)
        spans = hours_on(plan, on)
        if rules.most_per_day is not None and held >= rules.most_per_day:
            spans = ()
        for span in spans:
            for minute in range(span.start_min, span.end_min, rules.step_min):
                wall = datetime.combine(on, time()) + timedelta(minutes=minute)
                start_at = wall.replace(tzinfo=where).astimezone(UTC)
                if start_at.astimezone(where).replace(tzinfo=None) != wall:
                    continue
                end_at = start_at + timedelta(minutes=minutes)
                if (
                    from_at <= start_at < until_at
                    and stays_open(plan, where, start_at, end_at)
                    and not any(start_at - before < e and s < end_at + after for s, e in kept)
                ):
                    found.append(Timespan(start_at, end_at))
                    if first_only:
                        return found
        on += DAY
    return found


def hours_on(plan: Plan, on: date) -> Spans:
    spans = plan.hours.week[on.weekday()]
    for each in plan.exceptions:
        if each.on == on:
            spans = tidy((*spans, *each.spans)) if each.extra else each.spans
    return spans


def is_open(plan: Plan, wall: datetime) -> bool:
    minute = wall.hour * 60 + wall.minute
    return any(s.start_min <= minute < s.end_min for s in hours_on(plan, wall.date()))


def stays_open(plan: Plan, where: ZoneInfo, start_at: datetime, end_at: datetime) -> bool:
    """Tell whether the hours last from one instant to another, by the wall clock."""
    first, last = start_at.astimezone(where), end_at.astimezone(where)
    if first.utcoffset() != last.utcoffset():
        return open_each_minute(plan, where, start_at, end_at)
    wall, until = first.replace(tzinfo=None), last.replace(tzinfo=None)
    while wall < until:
        minute = wall.hour * 60 + wall.minute
        ends = [s.end_min for s in hours_on(plan, wall.date()) if s.start_min <= minute < s.end_min]
        if not ends:
            return False
        midnight = datetime.combine(wall.date(), time())
        wall = midnight + (DAY if max(ends) == DAY_MIN else max(ends) * MINUTE)
    return True


def open_each_minute(plan: Plan, where: ZoneInfo, start_at: datetime, end_at: datetime) -> bool:
    at = start_at
    while at < end_at:
        if not is_open(plan, at.astimezone(where).replace(tzinfo=None)):
            return False
        at += MINUTE
    return True
