"""The time zones a form offers, grouped by region."""

from functools import cache
from itertools import groupby
from typing import Final
from zoneinfo import available_timezones

_REGIONS: Final = frozenset(
    {
        "Africa",
        "America",
        "Antarctica",
        "Arctic",
        "Asia",
        "Atlantic",
        "Australia",
        "Europe",
        "Indian",
        "Pacific",
    }
)


@cache
def regions() -> tuple[tuple[str, tuple[str, ...]], ...]:
    """Return each region with its zones, and UTC by itself."""
    zones = sorted(zone for zone in available_timezones() if _region(zone) in _REGIONS)
    grouped = tuple((region, tuple(of_region)) for region, of_region in groupby(zones, _region))
    return (*grouped, ("UTC", ("UTC",)))


def _region(zone: str) -> str:
    return zone.partition("/")[0] if "/" in zone else ""
