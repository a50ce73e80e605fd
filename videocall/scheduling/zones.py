"""Wall clocks: what a person types, in their own zone, and the instant it is.

A wall time that does not exist (the hour that spring skips) is refused, with the next one that
does; one that comes twice (the hour that autumn repeats) is the earlier.
"""

import re
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo, available_timezones

from videocall.errors import Invalid

_YEARS: Final = range(2000, 2200)
_WALL: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?")
# The machine's own zone and a placeholder: no browser knows them.
_NOWHERE: Final = frozenset({"localtime", "Factory"})


def zone(name: str) -> ZoneInfo:
    """Return the zone of an IANA name. Raises Invalid where there is none."""
    if name not in _names():
        text = "This time zone is not known. Use a name such as Europe/Berlin."
        raise Invalid(text, code="zone")
    return ZoneInfo(name)


def instant(text: str, zone_name: str) -> datetime:
    """Return the UTC instant of a wall time such as 2026-11-21T14:30 in a zone.

    Raises Invalid for an unknown zone, for what is no time and for a time that does not exist.
    """
    where, wall = zone(zone_name), _wall(text.strip())
    if not _exists(wall, where):
        real = _next_real(wall, where)
        same_day = real.date() == wall.date()
        raise Invalid(
            "The clocks change and %(skipped)s is skipped that day. The next time is %(next)s.",
            code="start",
            skipped=f"{wall:%H:%M}",
            next=f"{real:%H:%M}" if same_day else f"{real:%H:%M, %Y-%m-%d}",
        )
    return wall.replace(tzinfo=where).astimezone(UTC)


@cache
def _names() -> frozenset[str]:
    return frozenset(available_timezones()) - _NOWHERE


def _wall(text: str) -> datetime:
    try:
        # `fromisoformat` alone also takes weeks, bare dates and a very long row of digits.
        wall = datetime.fromisoformat(text if _WALL.fullmatch(text) else "")
    except ValueError as error:
        raise Invalid("Please give a date and a time.", code="start") from error
    if wall.year not in _YEARS:
        raise Invalid("This date is out of reach.", code="start")
    return wall


def _next_real(wall: datetime, where: ZoneInfo) -> datetime:
    """Return the first whole minute of the wall clock after a gap (which lasts a day at most)."""
    wall = wall.replace(second=0)
    while not _exists(wall, where):
        wall += timedelta(minutes=1)
    return wall


def _exists(wall: datetime, where: ZoneInfo) -> bool:
    at = wall.replace(tzinfo=where).astimezone(UTC)
    return at.astimezone(where).replace(tzinfo=None) == wall
