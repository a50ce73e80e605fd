"""The dates of a series before it is made or moved, and what was chosen for each in a form.

Each date has two fields, named by the wall time of the rule: what was picked (leave it out, keep
it, another time that was offered, or some other) and that other time as typed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

from videocall.access.people import Person
from videocall.errors import Invalid
from videocall.scheduling.appointment import Appointment
from videocall.scheduling.proposal import Proposal, Proposed, propose, reach
from videocall.scheduling.series import OCCURRENCES_MAX, Series
from videocall.scheduling.timespan import Timespan
from videocall.scheduling.zones import instant, wall_at
from videocall.web.keys import NOW, PLANS, SERIES
from videocall.web.posted import Posted

FIELDS_MAX: Final = 2 * OCCURRENCES_MAX + 32
MEANWHILE: Final = "Something has come in the way meanwhile. Nothing was changed."
NOBODY: Final[Mapping[datetime, Appointment]] = MappingProxyType({})
_PICKED: Final = "date-"
_TYPED: Final = "other-"


class Pick(StrEnum):
    """What can be picked for a date, beside one of the times that are offered."""

    SKIP = "skip"
    USUAL = "usual"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Line:
    """One date, as its row in the form shows it.

    `picked` is the option that is on, `other` the time in the field beside it, `offers` are free
    times with their values. `turned`: the client's hour is another from here on. `shifted`: the
    clocks skip the usual time.
    """

    row: Proposed
    key: str
    picked: str
    other: str
    wrong: str
    offers: list[tuple[str, Timespan]]
    turned: bool
    shifted: bool

    @property
    def open(self) -> bool:
        """Whether more can be chosen than to leave it out."""
        return bool(self.row.obstacles or self.row.wall or self.wrong)

    @property
    def firm(self) -> bool:
        """Whether it cannot stay where it is."""
        return any(each.firm for each in self.row.obstacles)


@dataclass(frozen=True, slots=True)
class Preview:
    """A series as it would be, and every line of its form."""

    proposal: Proposal
    lines: list[Line]
    elsewhere: bool
    """Whether the client's clock reads another hour than the therapist's."""
    before: Mapping[datetime, Appointment]
    """Where each of them is now, when they are moved."""

    @property
    def hindrance(self) -> str:
        """Why it cannot be booked as it is, in words; empty where it can."""
        if any(not line.row.decided for line in self.lines):
            return MEANWHILE
        if not self.proposal.count:
            return "Every date is left out. Please keep at least one."
        if not self.proposal.settled or any(line.wrong for line in self.lines):
            return "Not every date can be as it is chosen. Nothing was changed."
        return ""

    @property
    def clashes(self) -> int:
        """How many cannot stay where the rule has them."""
        return sum(line.firm for line in self.lines)


async def preview(
    request: web.Request,
    person: Person,
    rule: Series,
    posted: Posted,
    client_zone: str | None,
    moving: Mapping[datetime, Appointment] = NOBODY,
) -> Preview:
    """Return what would become of `rule`, by which those `moving` go on; their times are free.

    Raises Invalid where the rule is out of reach.
    """
    now = request.app[NOW]()
    choices, wrong = _choices(posted, rule, person.zone)
    instead = {at: wall_at(each.start_at, rule.zone) for at, each in moving.items()}
    span = reach(rule, [*choices.values(), *instead.values()])
    going = {each.id for each in moving.values()}
    taken = await request.app[SERIES].obstacles(person.id, span, now, going)
    plan = await request.app[PLANS].get(person.id)
    proposal = propose(rule, choices, taken, plan, now, instead=instead)
    lines, elsewhere = list[Line](), False
    gap: timedelta | None = None
    for row in proposal.rows:
        before, gap = gap, _gap(row.span or row.usual, person.zone, client_zone)
        turned = before is not None and gap != before
        elsewhere = elsewhere or bool(gap)
        shifted = wall_at(row.usual.start_at, rule.zone) != row.original
        text = wrong.get(row.original, row.wrong)
        was = moving.get(row.original)
        lines.append(_line(row, posted, text, person.zone, was, turned=turned, shifted=shifted))
    return Preview(proposal, lines, elsewhere, moving)


def kept_choices(posted: Posted) -> Mapping[str, str]:
    """Return what was chosen so far, to be sent along while something else is changed."""
    return {
        name: value for name, value in posted.fields.items() if name.startswith((_PICKED, _TYPED))
    }


def _choices(
    posted: Posted, rule: Series, here: str
) -> tuple[dict[datetime, datetime | None], dict[datetime, str]]:
    """Return what was chosen for each date, and what is wrong with a time that was typed."""
    choices: dict[datetime, datetime | None] = {}
    wrong: dict[datetime, str] = {}
    for original in rule.originals:
        picked = posted.text(_PICKED + original.isoformat())
        match picked:
            case "":
                pass
            case Pick.SKIP:
                choices[original] = None
            case Pick.USUAL:
                choices[original] = original
            case _:
                typed = posted.text(_TYPED + original.isoformat())
                try:
                    at = instant(typed if picked == Pick.OTHER else picked, here)
                except Invalid as error:
                    wrong[original] = error.said
                else:
                    choices[original] = wall_at(at, rule.zone)
    return choices, wrong


def _line(
    row: Proposed,
    posted: Posted,
    wrong: str,
    here: str,
    before: Appointment | None,
    *,
    turned: bool,
    shifted: bool,
) -> Line:
    key = row.original.isoformat()
    picked = posted.text(_PICKED + key)
    offered = {_typed_as(span, here): span for span in row.offers}
    if before is not None and row.obstacles:
        offered[_typed_as(before.span, here)] = before.span
    if wrong:
        picked = Pick.OTHER
    elif row.span is None:
        picked = Pick.SKIP
    elif row.wall is None:
        picked = Pick.USUAL
    elif picked != Pick.OTHER or not row.decided:
        picked = _typed_as(row.span, here)
        offered.setdefault(picked, row.span)
    other = posted.text(_TYPED + key) or _typed_as(row.usual, here)
    offers = sorted(offered.items(), key=lambda offer: offer[1].start_at)
    return Line(row, key, picked, other, wrong, offers, turned, shifted)


def _typed_as(span: Timespan, here: str) -> str:
    return f"{wall_at(span.start_at, here):%Y-%m-%dT%H:%M}"


def _gap(span: Timespan, here: str, there: str | None) -> timedelta | None:
    """Return how far the client's clock is from the therapist's."""
    if there is None:
        return None
    ours, theirs = (span.start_at.astimezone(ZoneInfo(each)).utcoffset() for each in (here, there))
    return None if ours is None or theirs is None else theirs - ours
