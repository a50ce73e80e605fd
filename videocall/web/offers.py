"""Free times as a page offers them: by day on the reader's clock, the therapist's beside it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

from videocall.errors import Invalid
from videocall.scheduling.timespan import Timespan
from videocall.scheduling.zones import zone
from videocall.web.posted import Posted

_DAYS_SHOWN: Final = 7


@dataclass(frozen=True, slots=True)
class Offer:
    """A free time, as its button tells it."""

    start_at: datetime
    differs: bool
    """Whether the therapist's clock reads another time."""


@dataclass(frozen=True, slots=True)
class Times:
    """Some days with what is free on each, and which day the days before and after begin with."""

    days: Sequence[tuple[datetime, Sequence[Offer]]]
    earlier: date | None
    later: date | None


def times(free: Iterable[Timespan], here: str, there: str, from_on: date | None) -> Times:
    """Return what is free on the first days from `from_on`: read in `here`, offered in `there`."""
    days: dict[date, list[Offer]] = {}
    for slot in free:
        on = slot.start_at.astimezone(ZoneInfo(here)).date()
        days.setdefault(on, []).append(Offer(slot.start_at, differ(slot.start_at, here, there)))
    order = sorted(days)
    first = next((at for at, on in enumerate(order) if from_on and on >= from_on), 0)
    return Times(
        days=[(days[on][0].start_at, days[on]) for on in order[first : first + _DAYS_SHOWN]],
        earlier=order[max(first - _DAYS_SHOWN, 0)] if first else None,
        later=order[first + _DAYS_SHOWN] if first + _DAYS_SHOWN < len(order) else None,
    )


def differ(at: datetime, here: str, there: str) -> bool:
    """Tell whether the clocks of two zones read another time at `at`."""
    return at.astimezone(ZoneInfo(here)).utcoffset() != at.astimezone(ZoneInfo(there)).utcoffset()


def read_zone(posted: Posted) -> str | None:
    """Return the zone that was chosen; none where that cannot be read."""
    try:
        return zone(posted.text("zone")).key
    except Invalid:
        return None


def read_from(posted: Posted) -> date | None:
    """Return the day to begin with; none where that cannot be read."""
    try:
        return date.fromisoformat(posted.text("from"))
    except ValueError:
        return None
