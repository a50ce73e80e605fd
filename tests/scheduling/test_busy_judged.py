"""Foreign calendars, against an independent reader: the same rules give the same busy times."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import icalendar
import recurring_ical_events
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.scheduling.clock_changes import ZONES, every_change
from tests.scheduling.foreign import calendar, event
from videocall.scheduling.busy import busy_times
from videocall.scheduling.timespan import Timespan, merged

DAY: Final = timedelta(days=1)
MINUTE: Final = timedelta(minutes=1)
WINDOWS: Final = {
    "Europe/Berlin": "W. Europe Standard Time",
    "America/New_York": "Eastern Standard Time",
    "Australia/Sydney": "AUS Eastern Standard Time",
}
PARTS: Final = {
    "DAILY": ["BYDAY=MO,TU,WE,TH,FR", "BYMONTH=3,4,10,11"],
    "WEEKLY": ["BYDAY=SU", "BYDAY=MO,WE,SA", "BYDAY=TU;WKST=SU"],
    "MONTHLY": ["BYMONTHDAY=-1", "BYMONTHDAY=31", "BYDAY=-1SU,1MO", "BYDAY=MO,FR;BYSETPOS=-1"],
    "YEARLY": ["BYMONTH=3;BYDAY=-1SU", "BYMONTH=10;BYDAY=-1SU", "BYYEARDAY=1,100,-1"],
}
Written = datetime | date


def judged(ics: bytes, horizon: Timespan, own: str) -> list[Timespan]:
    """Return busy times as `recurring-ical-events` has them.

    Of each occurrence it is asked for the start alone: it lets an event that is exactly an hour
    long last an hour of the wall clock. With several a day (BYHOUR) it takes one for another whose
    time in UTC reads like the first one's on the wall; they are in none of these worlds.
    """
    spans = []
    read = icalendar.Calendar.from_ical(ics)
    for each in recurring_ical_events.of(read).between(
        horizon.start_at - 40 * DAY, horizon.end_at + 3 * DAY
    ):
        if each.get("STATUS") == "CANCELLED" or each.get("TRANSP") == "TRANSPARENT":
            continue
        start, lasts = each.start, each.end - each.start
        if isinstance(start, datetime):
            begins = start if start.tzinfo is not None else start.replace(tzinfo=ZoneInfo(own))
            ends = begins.astimezone(UTC) + lasts
        else:
            begins = midnight(start, own)
            ends = midnight(start + lasts, own)
        if horizon.start_at < ends and begins < horizon.end_at:
            spans.append(Timespan(max(begins, horizon.start_at), min(ends, horizon.end_at)))
    return merged(spans)


def midnight(on: date, zone: str) -> datetime:
    return datetime.combine(on, time(), ZoneInfo(zone))


@st.composite
def rules(draw: st.DrawFn, first: Written, zone: str) -> str:
    frequency = draw(st.sampled_from(list(PARTS)))
    said = [f"FREQ={frequency}", *draw(st.lists(st.sampled_from(PARTS[frequency]), max_size=1))]
    if draw(st.booleans()):
        said.append(f"INTERVAL={draw(st.integers(1, 4))}")
    end = draw(st.sampled_from(["none", "count", "until"]))
    if end == "count":
        said.append(f"COUNT={draw(st.integers(1, 60))}")
    elif end == "until":
        said.append("UNTIL=" + last_one(first + draw(st.integers(0, 400)) * DAY, zone))
    return ";".join(said)


def last_one(on: Written, zone: str) -> str:
    """Write an UNTIL of the kind that its DTSTART wants (RFC 5545 section 3.3.10)."""
    if not isinstance(on, datetime):
        return f"{on:%Y%m%d}"
    if not zone:
        return f"{on:%Y%m%dT%H%M%S}"
    return f"{on.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC):%Y%m%dT%H%M%SZ}"


@dataclass(frozen=True)
class Hand:
    """How one program writes times: in a zone by either of its names, in UTC, or in none."""

    zone: str
    named: str
    lasts: timedelta

    def at(self, name: str, wall: Written) -> str:
        if not isinstance(wall, datetime):
            return f"{name};VALUE=DATE:{wall:%Y%m%d}"
        if self.zone == "UTC":
            return f"{name}:{wall:%Y%m%dT%H%M%SZ}"
        return f"{name}{self.named and ';TZID='}{self.named}:{wall:%Y%m%dT%H%M%S}"

    def times(self, wall: Written) -> tuple[str, str]:
        if not isinstance(wall, datetime):
            return self.at("DTSTART", wall), self.at("DTEND", wall + self.lasts)
        return self.at("DTSTART", wall), f"DURATION:PT{self.lasts // MINUTE}M"


@st.composite
def calendars(draw: st.DrawFn) -> tuple[bytes, Timespan, str]:
    """A series around a change of some clock, with some left out, moved or added."""
    changing, at = draw(st.sampled_from(every_change()))
    zone = draw(st.sampled_from([changing, changing, "UTC", ""]))
    at = at.replace(second=0, microsecond=0)
    near = at.astimezone(ZoneInfo(changing)).replace(tzinfo=None)
    first: Written = near + 15 * MINUTE * draw(st.integers(-96 * 60, 96))
    lasts = 15 * MINUTE * draw(st.integers(1, 8))
    if draw(st.integers(0, 4)) == 0:
        zone, lasts = "", DAY * draw(st.integers(1, 3))
        first = near.date() - DAY * draw(st.integers(0, 60))
    hand = Hand(zone, draw(st.sampled_from([zone, WINDOWS.get(zone, zone)])), lasts)
    some = st.lists(st.sampled_from([first + n * DAY for n in range(120)]), max_size=3, unique=True)
    left_out, added, changed = draw(some), draw(some), draw(some)
    lines = [*hand.times(first)]
    if draw(st.integers(0, 9)):
        lines.append("RRULE:" + draw(rules(first, zone)))
    lines += [hand.at("EXDATE", wall) for wall in left_out]
    lines += [hand.at("RDATE", wall) for wall in added]
    events = [event("one", *lines)]
    for wall in changed:
        to = hand.times(wall + draw(st.integers(-3, 3)) * DAY)
        reach = draw(st.sampled_from(["", "" if left_out else ";RANGE=THISANDFUTURE"]))
        which = hand.at("RECURRENCE-ID" + reach, wall)
        events.append(event("one", *to, which, "SEQUENCE:1"))
    begins = at - draw(st.integers(0, 50)) * DAY
    horizon = Timespan(begins, begins + draw(st.integers(1, 400)) * DAY)
    return calendar(*draw(st.permutations(events))), horizon, draw(st.sampled_from(ZONES))


@settings(deadline=None, max_examples=400)
@given(calendars())
def test_what_repeats_is_busy_when_an_independent_reader_says_so(
    drawn: tuple[bytes, Timespan, str],
) -> None:
    ics, horizon, own = drawn
    found = busy_times(ics, horizon, own)
    assert found.unread == 0
    assert list(found.spans) == judged(ics, horizon, own)
