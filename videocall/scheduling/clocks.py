"""The clocks that a foreign calendar names: how far east of UTC a wall time is.

A TZID means, in this order: an IANA zone; a zone as Windows calls it; an IANA zone behind a maker's
prefix (RFC 5545 section 3.2.19); what the file itself describes (section 3.6.5). What means nothing
is the owner's own clock, as is a time that names none.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from icalendar.prop import vDDDTypes, vUTCOffset
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from videocall.errors import Invalid
from videocall.scheduling.contents import Part
from videocall.scheduling.recurrence import Work, rule
from videocall.scheduling.zones import zone

Clock = Callable[[datetime], timedelta]
"""From a naive wall time to its offset: one that is skipped has the offset from before, one that
comes twice is the earlier (RFC 5545 section 3.3.5)."""

FIRST: Final = datetime.fromisoformat("0001-01-03")
LAST: Final = datetime.fromisoformat("9999-12-29")
"""The wall times that are an instant on every clock."""


def instant(wall: datetime, clock: Clock) -> datetime:
    """Return the UTC instant of a wall time; the ends of the calendar stand for what is beyond."""
    wall = min(max(wall, FIRST), LAST)
    return (wall - clock(wall)).replace(tzinfo=UTC)


def utc_clock(_wall: datetime) -> timedelta:
    """Read a wall time that is in UTC."""
    return timedelta()


class Clocks:
    """The clocks of one calendar; `own` is its owner's."""

    def __init__(
        self, zone_name: str, described: Iterable[Part], last: datetime, work: Work
    ) -> None:
        """Take the VTIMEZONEs of a file, to be read up to `last` when they are asked for."""
        self.own: Final = _iana(zone(zone_name))
        self._described = {
            line.value: part for part in described if (line := part.one("TZID")) is not None
        }
        self._last = last
        self._work = work
        self._known: dict[str, Clock] = {"": self.own}

    def named(self, tzid: str) -> Clock:
        """Return the clock of a TZID. Raises Invalid where one is described without an end."""
        if tzid not in self._known:
            self._known[tzid] = self._find(tzid)
        return self._known[tzid]

    def _find(self, tzid: str) -> Clock:
        cleaned = tzid.strip().strip("/")
        names = [cleaned, WINDOWS_TO_OLSON.get(cleaned, "")]
        if tzid.startswith("/"):
            pieces = cleaned.split("/")
            names += ["/".join(pieces[-count:]) for count in (3, 2, 1)]
        for name in names:
            with suppress(Invalid):
                return _iana(zone(name))
        if tzid in self._described:
            with suppress(ValueError, OverflowError):
                return _described(self._described[tzid], self._last, self._work)
        return self.own


def _iana(where: ZoneInfo) -> Clock:
    def offset(wall: datetime) -> timedelta:
        return wall.replace(tzinfo=where).utcoffset() or timedelta()

    return offset


def _described(part: Part, last: datetime, work: Work) -> Clock:
    """Return the clock that a VTIMEZONE describes. Raises ValueError."""
    onsets = sorted(onset for observance in part.parts for onset in _onsets(observance, last, work))
    if not onsets:
        raise ValueError("a zone begins somewhere")
    walls = [wall for wall, _, _ in onsets]

    def offset(wall: datetime) -> timedelta:
        at = bisect_right(walls, wall) - 1
        if at < 0:
            return onsets[0][1]
        since, before, after = onsets[at]
        return before if wall < since + (after - before) else after

    return offset


def _onsets(
    observance: Part, last: datetime, work: Work
) -> Iterable[tuple[datetime, timedelta, timedelta]]:
    """Yield since which wall time, on the clock before, which offset holds in place of which."""
    start, before, after = (
        observance.one(name) for name in ("DTSTART", "TZOFFSETFROM", "TZOFFSETTO")
    )
    if start is None or before is None or after is None:
        raise ValueError("an observance has a start and two offsets")
    offsets = vUTCOffset.from_ical(before.value), vUTCOffset.from_ical(after.value)
    first = _wall(start.value)
    walls = {first}
    for line in observance.all("RDATE"):
        walls |= {_wall(value) for value in line.value.split(",")}
    for line in observance.all("RRULE"):
        repeated = rule(line.value)
        for wall in repeated.walls(first, last, work):
            # UNTIL is an instant, and an onset is read on the clock before it.
            if repeated.over(wall, (wall - offsets[0]).replace(tzinfo=UTC), floating=False):
                break
            walls.add(wall)
    return ((wall, *offsets) for wall in walls)


def _wall(value: str) -> datetime:
    match vDDDTypes.from_ical(value.strip()):
        case datetime() as wall:
            return wall.replace(tzinfo=None)
        case _:
            raise ValueError("an onset is a time")
