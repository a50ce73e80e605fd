"""Free slots: ours against the straightforward way, dateutil's rrule and recurring-ical-events.

    python -m benchmarks.slots [--turns 5]

Everyone answers the same questions by turns, in one process, and every answer is compared with
ours before its time counts. Times and ratios are medians of the turns. The busy spans of "ours"
are merged beforehand, as they change less often than they are asked; the line "busy merged anew"
says what that costs.
"""

import argparse
import gc
import random
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from statistics import median
from time import perf_counter
from typing import Final
from zoneinfo import ZoneInfo

import recurring_ical_events
from dateutil.rrule import WEEKLY, rrule
from icalendar import Calendar, Event

from tests.scheduling.straightforward import plain_slots
from videocall.scheduling.availability import Busy, first_slot, free_starts, slots
from videocall.scheduling.hours import Hours, Plan, Rules, WallSpan
from videocall.scheduling.timespan import Timespan

ZONE: Final = "Europe/Berlin"
NOW: Final = datetime(2026, 10, 1, 8, tzinfo=UTC)  # the clocks change within the sixty days
MINUTES: Final = 50
DAYS: Final = 60
LASTS: Final = timedelta(minutes=MINUTES)
OFFICE: Final = ((WallSpan(540, 720), WallSpan(840, 1080)),) * 5 + ((), ())
RULES: Final = Rules(notice_min=0, buffer_after_min=10, step_min=30, ahead_days=DAYS)
PLAN: Final = Plan(Hours(ZONE, OFFICE), (), RULES)
UNTIL: Final = NOW + timedelta(days=DAYS)
AFTER: Final = timedelta(minutes=RULES.buffer_after_min)
_NAME_WIDTH: Final = 46

Way = Callable[[], object]


@dataclass(frozen=True, slots=True)
class Therapist:
    """Busy spans, as each way wants them."""

    spans: list[Timespan]
    busy: Busy
    calendar: Calendar


def busy_spans(seed: int, count: int, days: int) -> list[Timespan]:
    chance = random.Random(seed)
    starts = [NOW + timedelta(minutes=5 * chance.randrange(days * 288)) for _ in range(count)]
    return [Timespan(at, at + timedelta(minutes=chance.choice((30, 50, 60, 90)))) for at in starts]


def therapist(spans: list[Timespan]) -> Therapist:
    return Therapist(spans, Busy(RULES, (), spans), calendar(spans))


def calendar(spans: Sequence[Timespan]) -> Calendar:
    """Return hours as weekly events and busy spans as single ones."""
    made = Calendar()
    where = ZoneInfo(ZONE)
    for weekday, of_day in enumerate(OFFICE):
        on = NOW.date() - timedelta(days=7)
        on += timedelta(days=(weekday - on.weekday()) % 7)
        for span in of_day:
            add(made, "open", wall(on, span.start_min, where), wall(on, span.end_min, where))
            made.walk("VEVENT")[-1].add("rrule", {"freq": "weekly"})
    for each in spans:
        add(made, "busy", each.start_at, each.end_at)
    return made


def add(to: Calendar, what: str, start_at: datetime, end_at: datetime) -> None:
    event = Event()
    event.add("uid", f"{what}-{start_at.isoformat()}-{end_at.isoformat()}-{len(to.subcomponents)}")
    event.add("summary", what)
    event.add("dtstart", start_at)
    event.add("dtend", end_at)
    to.add_component(event)


def wall(on: date, minute: int, where: ZoneInfo) -> datetime:
    return datetime.combine(on, time(minute // 60, minute % 60), where)


def by_rrule(who: Therapist, *, first_only: bool = False) -> list[Timespan]:
    """The grid by dateutil, what is busy by asking each span."""
    where, found = ZoneInfo(ZONE), []
    for weekday, of_day in enumerate(OFFICE):
        for span in of_day:
            for minute in range(span.start_min, span.end_min - MINUTES + 1, RULES.step_min):
                first = wall(NOW.astimezone(where).date(), minute, where)
                for start in rrule(WEEKLY, dtstart=first, until=UNTIL, byweekday=weekday):
                    start_at = start.astimezone(UTC)
                    if NOW <= start_at < UNTIL and free(start_at, who.spans):
                        found.append(Timespan(start_at, start_at + LASTS))
    found.sort(key=lambda slot: slot.start_at)
    return found[:1] if first_only else found


def by_recurring(who: Therapist, *, first_only: bool = False) -> list[Timespan]:
    """Hours and what is busy as events of one calendar."""
    events = recurring_ical_events.of(who.calendar).between(NOW, UNTIL)
    busy = [Timespan(e.start, e.end) for e in events if e["summary"] == "busy"]
    found = []
    for event in events:
        if event["summary"] != "open":
            continue
        start_at, end_at = event.start.astimezone(UTC), event.end.astimezone(UTC)
        while start_at + LASTS <= end_at:
            if NOW <= start_at < UNTIL and free(start_at, busy):
                found.append(Timespan(start_at, start_at + LASTS))
            start_at += timedelta(minutes=RULES.step_min)
    found.sort(key=lambda slot: slot.start_at)
    return found[:1] if first_only else found


def free(start_at: datetime, spans: Sequence[Timespan]) -> bool:
    until = start_at + LASTS + AFTER
    return not any(start_at < span.end_at and span.start_at < until for span in spans)


def how_often(way: Way) -> int:
    """Return how often to ask in one turn, so that a turn can be measured."""
    begun = perf_counter()
    way()
    return max(1, min(300, int(0.05 / (perf_counter() - begun))))


def taken_ms(way: Way, often: int) -> float:
    begun = perf_counter()
    for _ in range(often):
        way()
    return (perf_counter() - begun) / often * 1000


def compare(question: str, ours: Way, expected: object, others: dict[str, Way], turns: int) -> None:
    """Print how long each way takes. Ends the run where an answer differs."""
    for name, way in others.items():
        if way() != expected:
            sys.exit(f"{name}: another answer")
    ways = {"ours": ours} | others
    often = {name: how_often(way) for name, way in ways.items()}
    seen: dict[str, list[float]] = {name: [] for name in ways}
    gc.collect()
    gc.disable()
    for _ in range(turns):
        for name, way in ways.items():
            seen[name].append(taken_ms(way, often[name]))
    gc.enable()
    print(f"\n{question}")
    for name, mine in seen.items():
        # Each ratio is of one turn, so that a busy machine slows both of its halves.
        ratio = median(one / own for one, own in zip(mine, seen["ours"], strict=True))
        line = f"{name.ljust(_NAME_WIDTH)}{median(mine):12.3f} ms"
        print(line if name == "ours" else f"{line}{ratio:12.1f} x ours")


def sixty_days(turns: int) -> None:
    who = therapist(busy_spans(1, 500, DAYS))
    from_s, until_s = int(NOW.timestamp()), int(UNTIL.timestamp())
    expected = slots(PLAN, who.busy, MINUTES, NOW)
    found = free_starts(PLAN, who.busy, MINUTES, from_s, until_s)
    if [slot.start_at.timestamp() for slot in expected] != found:
        sys.exit("ours: two answers")
    question = f"{DAYS} days, 500 busy spans ({len(who.busy.starts)} merged): {len(found)} free"
    ways: dict[str, Way] = {
        "ours, as spans of aware datetimes": lambda: slots(PLAN, who.busy, MINUTES, NOW),
        "ours, so, and busy merged anew": lambda: slots(
            PLAN, Busy(RULES, (), who.spans), MINUTES, NOW
        ),
        "straightforward aware datetimes": lambda: plain_slots(PLAN, [], who.spans, MINUTES, NOW),
        "dateutil.rrule": lambda: by_rrule(who),
        "recurring-ical-events": lambda: by_recurring(who),
    }
    compare(
        question,
        lambda: free_starts(PLAN, who.busy, MINUTES, from_s, until_s),
        expected,
        ways,
        turns,
    )


def fifty_therapists(turns: int) -> None:
    practice = [therapist(booked_up(seed)) for seed in range(50)]
    expected = [first_slot(PLAN, who.busy, MINUTES, NOW) for who in practice]
    ways: dict[str, Way] = {
        "straightforward aware datetimes": lambda: [
            next(iter(plain_slots(PLAN, [], who.spans, MINUTES, NOW, first_only=True)), None)
            for who in practice
        ],
        "dateutil.rrule": lambda: [
            next(iter(by_rrule(who, first_only=True)), None) for who in practice
        ],
        "recurring-ical-events": lambda: [
            next(iter(by_recurring(who, first_only=True)), None) for who in practice
        ],
    }
    compare(
        f"first free slot across {len(practice)} therapists, 500 busy spans each",
        lambda: [first_slot(PLAN, who.busy, MINUTES, NOW) for who in practice],
        expected,
        ways,
        max(1, turns // 2),
    )


def booked_up(seed: int) -> list[Timespan]:
    """Return a fortnight that is full, or nearly so, and less thereafter."""
    return busy_spans(seed, 350, 14) + busy_spans(seed + 1000, 150, DAYS)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=5)
    turns = parser.parse_args().turns
    sixty_days(turns)
    fifty_therapists(turns)


if __name__ == "__main__":
    main()
