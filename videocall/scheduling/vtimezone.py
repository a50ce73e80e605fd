"""A time zone as calendars exchange it (VTIMEZONE, RFC 5545 section 3.6.5).

Each change of the clock is one part by itself, without a rule: zones keep to none for long, and
some programs read only the first date of a list. icalendar's own `Timezone.from_tzid` looks 64 days
ahead at a time, so that it misses Morocco's Ramadan, and has the clock go forward too late.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from icalendar import Timezone, TimezoneDaylight, TimezoneStandard

from videocall.scheduling.offsets import offset_at, offsets


def vtimezone(name: str, walls: Sequence[datetime]) -> Timezone:
    """Return what a calendar must know of a zone to read `walls`, and a month around them.

    Raises Invalid for an unknown zone.
    """
    month = timedelta(days=31)
    first, last = (
        round(at.replace(tzinfo=UTC).timestamp()) for at in (min(walls) - month, max(walls) + month)
    )
    changes = offsets(name, first, last)
    written = Timezone()
    written.add("tzid", name)
    before = offset_at(changes, first)
    written.add_component(_part(first, before, before))
    for at_s, east_s in zip(*changes, strict=True):
        if first < at_s <= last:
            written.add_component(_part(at_s, before, east_s))
            before = east_s
    return written


def _part(at_s: int, before_s: int, after_s: int) -> TimezoneStandard | TimezoneDaylight:
    """Return a change of the clock; its date is what the clock would have read without it."""
    part = TimezoneDaylight() if after_s > before_s else TimezoneStandard()
    part.add("dtstart", datetime.fromtimestamp(at_s + before_s, UTC).replace(tzinfo=None))
    part.add("tzoffsetfrom", timedelta(seconds=before_s))
    part.add("tzoffsetto", timedelta(seconds=after_s))
    return part
