"""Every change of the clock in zones of all kinds, found without the code under test."""

from datetime import UTC, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

ZONES = [
    "Europe/Berlin", "Europe/London", "America/New_York", "America/St_Johns", "America/Santiago",
    "Australia/Sydney", "Australia/Lord_Howe", "Pacific/Auckland", "Pacific/Chatham",
    "Africa/Casablanca", "Africa/Cairo", "Asia/Beirut", "America/Havana", "Pacific/Apia",
    "Antarctica/Troll",
]  # fmt: skip
"""Half-hour steps, half-hour zones, two hours at once, the south, midnight, Ramadan."""
HOUR = timedelta(hours=1)
FIRST, LAST = datetime(2026, 1, 1, tzinfo=UTC), datetime(2031, 1, 1, tzinfo=UTC)
SKIPPED_DAY = ("Pacific/Apia", datetime(2011, 12, 30, 10, tzinfo=UTC))


@cache
def changes(zone: str, first: datetime = FIRST, last: datetime = LAST) -> tuple[datetime, ...]:
    """Return the instants from which the clock of `zone` reads another offset, to the minute."""
    where, found, at = ZoneInfo(zone), [], first
    while at < last:
        if at.astimezone(where).utcoffset() != (at + 6 * HOUR).astimezone(where).utcoffset():
            exact = at
            while exact.astimezone(where).utcoffset() == at.astimezone(where).utcoffset():
                exact += timedelta(minutes=1)
            found.append(exact)
        at += 6 * HOUR
    return tuple(found)


@cache
def every_change() -> tuple[tuple[str, datetime], ...]:
    return (*((zone, at) for zone in ZONES for at in changes(zone)), SKIPPED_DAY)
