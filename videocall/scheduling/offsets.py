"""A zone's clock as whole seconds: since when it reads how far from UTC.

`zoneinfo` answers one instant at a time and tells of no changes. They are looked for once a year
of a zone and remembered; from then on a wall clock is an addition.
"""

from bisect import bisect_right
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Final

from videocall.errors import Invalid
from videocall.scheduling.zones import zone

_PROBE_S: Final = 12 * 3600
"""No zone has changed its clock twice within half a day since 1970."""
_YEARS: Final = range(1999, 2201)
_KEPT_MAX: Final = 4096

Offsets = tuple[tuple[int, ...], tuple[int, ...]]
"""Unix seconds of each change, rising, and the seconds east of UTC from then on."""


def offsets(zone_name: str, from_s: int, until_s: int) -> Offsets:
    """Return the changes of a zone's clock over whole years around a span.

    The first one is the beginning of the first year. Raises Invalid for an unknown zone and for
    years nobody plans in.
    """
    first, last = _year(from_s), _year(until_s)
    if first not in _YEARS or last not in _YEARS or until_s < from_s:
        raise Invalid("This date is out of reach.", code="start")
    return _of_years(zone_name, first, last)


def offset_at(changes: Offsets, at_s: int) -> int:
    """Return the seconds east of UTC at an instant within `changes`."""
    since, east = changes
    return east[max(bisect_right(since, at_s) - 1, 0)]


def _year(at_s: int) -> int:
    try:
        return datetime.fromtimestamp(at_s, UTC).year
    except (OverflowError, ValueError, OSError) as error:
        raise Invalid("This date is out of reach.", code="start") from error


@lru_cache(maxsize=_KEPT_MAX)
def _of_years(zone_name: str, first: int, last: int) -> Offsets:
    since: list[int] = []
    east: list[int] = []
    for year in range(first, last + 1):
        for at_s, offset_s in _changes(zone_name, year):
            if not east or east[-1] != offset_s:
                since.append(at_s)
                east.append(offset_s)
    return tuple(since), tuple(east)


@lru_cache(maxsize=_KEPT_MAX)
def _changes(zone_name: str, year: int) -> tuple[tuple[int, int], ...]:
    where = zone(zone_name)

    def offset(at_s: int) -> int:
        at = datetime.fromtimestamp(at_s, UTC).astimezone(where)
        return round((at.utcoffset() or timedelta()).total_seconds())

    first, end = (round(datetime(each, 1, 1, tzinfo=UTC).timestamp()) for each in (year, year + 1))
    found = [(first, offset(first))]
    for probe in range(first + _PROBE_S, end + 1, _PROBE_S):
        before, after = found[-1][1], offset(probe)
        if after != before:
            low, high = probe - _PROBE_S, probe
            while high - low > 1:
                middle = (low + high) // 2
                low, high = (middle, high) if offset(middle) == before else (low, middle)
            found.append((high, after))
    return tuple(found)
