"""What a foreign recurrence rule repeats (RFC 5545 section 3.3.10), in bounded steps.

dateutil computes; here a rule is made harmless before it does, and is stopped after it gave enough.
A rule that matches no day of any year (30 February, daily) still costs dateutil seconds, as it
looks until 9999: whoever reads what strangers wrote limits the time as well.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Final

from dateutil.rrule import rrulestr
from icalendar import vRecur

from videocall.errors import Invalid

REPEATS_MAX: Final = 500_000
"""For one calendar, from where its rules begin: a daily event of a thousand years, or so."""
_RULE_MAX_CHARS: Final = 500
_OF_A_DAY: Final = ("BYHOUR", "BYMINUTE", "BYSECOND")
_ABSURD: Final = frozenset({"SECONDLY", "MINUTELY"})
_EVERY_MINUTE: Final = "An entry of this calendar repeats every minute, or even more often."
_TOO_OFTEN: Final = "The entries of this calendar repeat more often than can be read."


@dataclass(slots=True)
class Work:
    """How much may still be done for one calendar."""

    left: int = REPEATS_MAX

    def spend(self) -> None:
        """Count one step. Raises Invalid where there were too many."""
        self.left -= 1
        if self.left < 0:
            raise Invalid(_TOO_OFTEN, code="calendar")


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule without its UNTIL, and the UNTIL: a date (included), a wall time or an instant."""

    text: str
    until: date | datetime | None

    def walls(self, first: datetime, last: datetime, work: Work) -> Iterator[datetime]:
        """Yield naive wall times from `first` to `last`, whatever UNTIL says.

        Raises ValueError for a rule that means nothing, and Invalid where it repeats too often.
        """
        for wall in rrulestr(self.text, dtstart=first):
            work.spend()
            if wall > last:
                return
            yield wall

    def over(self, wall: datetime, at: datetime, *, floating: bool) -> bool:
        """Tell whether UNTIL lies before a wall time, which is the instant `at`.

        A whole day, or a time without a zone, is compared by the wall, whatever UNTIL claims to be.
        """
        match self.until:
            case None:
                return False
            case datetime(tzinfo=None):
                return wall > self.until
            case datetime():
                return wall > self.until.replace(tzinfo=None) if floating else at > self.until
            case _:
                return wall > datetime.combine(self.until, time.max)


def rule(text: str, *, whole_day: bool = False) -> Rule:
    """Read the value of an RRULE; of whole days, its hours say nothing.

    Raises ValueError, and Invalid for an absurd frequency.
    """
    if len(text) > _RULE_MAX_CHARS:
        raise ValueError("a rule of this length is none")
    read = vRecur.from_ical(text)
    frequency = str((read.get("FREQ") or [""])[0])
    if frequency in _ABSURD:
        raise Invalid(_EVERY_MINUTE, code="calendar")
    if not frequency or any(step < 1 for step in read.get("INTERVAL", ())):
        raise ValueError("a rule needs a frequency, and goes on")
    if any(count < 1 for count in read.get("COUNT", ())):
        del read["COUNT"]  # Some programs write -1 for a rule without an end.
    for part in _OF_A_DAY if whole_day else ():
        read.pop(part, None)
    until = read.pop("UNTIL", [None])[0]
    if until is not None and not isinstance(until, date):
        raise ValueError("a rule ends at a date or a time")
    return Rule(read.to_ical().decode(), until)
