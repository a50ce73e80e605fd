"""A series before it is made or moved: where each would be, what is in its way, what was chosen.

What nothing was chosen for takes place, unless it cannot: then it is left out, or goes elsewhere,
until somebody decides. Nothing is booked that was not shown.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import ceil
from types import MappingProxyType
from typing import Final

from videocall.errors import Invalid
from videocall.scheduling.appointment import bookable
from videocall.scheduling.availability import Busy, free_starts
from videocall.scheduling.hours import WEEK, Hours, Plan, WallSpan
from videocall.scheduling.obstacles import InTheWay, Obstacle, Obstacles
from videocall.scheduling.series import Moved, Series
from videocall.scheduling.timespan import Timespan

OFFERED: Final = 4
"""How many other times are offered for one."""
_NEAR: Final = timedelta(days=3)
_DAYTIME: Final = ((WallSpan(8 * 60, 20 * 60),),) * WEEK

_NOWHERE: Final[Mapping[datetime, datetime]] = MappingProxyType({})

Choices = Mapping[datetime, datetime | None]
"""By the wall time of the rule: the one chosen instead (its own: as it is), or None for none."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """One of a series: its place by the rule and what is in the way there, and where it goes.

    Without a `span` it is left out. `wall` is where it was moved to, `clashes` are in its way
    where it goes, `wrong` is why it cannot go there at all.
    """

    original: datetime
    usual: Timespan
    obstacles: Sequence[Obstacle]
    decided: bool
    span: Timespan | None
    wall: datetime | None = None
    clashes: Sequence[Obstacle] = ()
    wrong: str = ""
    offers: Sequence[Timespan] = ()

    @property
    def settled(self) -> bool:
        """Whether it can be booked as it is."""
        return self.decided and not self.wrong and not any(each.firm for each in self.clashes)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A series as it would be made: `rule`, and one after the other."""

    rule: Series
    rows: Sequence[Proposed]

    @property
    def settled(self) -> bool:
        return all(row.settled for row in self.rows)

    @property
    def count(self) -> int:
        """How many would take place."""
        return sum(row.span is not None for row in self.rows)


def propose(
    rule: Series,
    choices: Choices,
    obstacles: Obstacles,
    plan: Plan,
    now: datetime,
    *,
    instead: Mapping[datetime, datetime] = _NOWHERE,
) -> Proposal:
    """Return what would become of `rule` by `choices`, among `obstacles`.

    What clashes goes `instead` where that says, and is left out otherwise. What the rule itself
    leaves out or moves is not asked about. Raises Invalid where the rule is out of reach; its code
    is "start", "minutes" or "end".
    """
    asked = [at for at in rule.originals if at not in rule.skipped and at not in rule.moved]
    rows = [_row(rule, at, choices.get(at, at), instead.get(at), obstacles, now) for at in asked]
    rule = _resolved(rule, rows)
    own = Obstacles(Obstacle(InTheWay.ITSELF, each.span) for each in rule.occurrences)
    rows = [_among(row, own) for row in rows]
    offers = _Offers(plan, obstacles, own, now)
    return Proposal(
        rule,
        [replace(row, offers=offers.near(row.usual)) if row.obstacles else row for row in rows],
    )


def reach(rule: Series, chosen: Iterable[datetime | None]) -> Timespan:
    """Return the stretch of time whose obstacles matter: of the rule, and of what was chosen."""
    walls = [*rule.originals, *(wall for wall in chosen if wall is not None)]
    first, last = rule.usual(min(walls)), rule.usual(max(walls))
    return Timespan(first.start_at - _NEAR, last.end_at + _NEAR)


def _row(
    rule: Series,
    original: datetime,
    wall: datetime | None,
    instead: datetime | None,
    obstacles: Obstacles,
    now: datetime,
) -> Proposed:
    usual = rule.usual(original)
    row = Proposed(original, usual, obstacles.across(usual), decided=True, span=None)
    if wall == original:
        if not any(each.firm for each in row.obstacles):
            _check(rule, original, usual, now)
            return replace(row, span=usual, clashes=row.obstacles)
        row, wall = replace(row, decided=False), instead
    if wall is None:
        return row
    span = rule.usual(wall)
    row = replace(row, wall=wall, span=span, clashes=obstacles.across(span))
    try:
        bookable(span.start_at, rule.minutes, now)
    except Invalid as error:
        return replace(row, wrong=error.text)
    return row


def _check(rule: Series, original: datetime, usual: Timespan, now: datetime) -> None:
    try:
        bookable(usual.start_at, rule.minutes, now)
    except Invalid as error:
        if original == rule.first:
            raise
        raise Invalid("Please let it end within the next two years.", code="end") from error


def _resolved(rule: Series, rows: Sequence[Proposed]) -> Series:
    skipped = {row.original for row in rows if row.span is None}
    moved = {row.original: Moved(row.wall, rule.minutes) for row in rows if row.wall is not None}
    return replace(rule, skipped=rule.skipped | skipped, moved={**rule.moved, **moved})


def _among(row: Proposed, own: Obstacles) -> Proposed:
    """Return the row with others of the series in its way; by the rule alone they are apart."""
    if row.wall is None or row.span is None:
        return row
    others = own.across(row.span)
    # One of them is itself.
    others.remove(Obstacle(InTheWay.ITSELF, row.span))
    return replace(row, clashes=[*row.clashes, *others])


class _Offers:
    """Free times: within her hours where she has set any, by day where she has not."""

    def __init__(self, plan: Plan, obstacles: Obstacles, own: Obstacles, now: datetime) -> None:
        rules = replace(plan.rules, most_per_day=None)
        hours = plan.hours if any(plan.hours.week) else Hours(plan.hours.zone, _DAYTIME)
        self._plan = Plan(hours, plan.exceptions, rules)
        taken = [*obstacles, *own]
        self._busy = Busy(
            rules,
            [each.span for each in taken if each.firm],
            [each.span for each in taken if not each.firm],
        )
        self._from_s = ceil(now.timestamp())

    def near(self, span: Timespan) -> list[Timespan]:
        """Return the nearest free times of the same length, the earliest first."""
        start_s = round(span.start_at.timestamp())
        around_s = round(_NEAR.total_seconds())
        found = free_starts(
            self._plan, self._busy, round(span.duration.total_seconds() / 60),
            max(self._from_s, start_s - around_s), start_s + around_s,
        )  # fmt: skip
        nearest = sorted(found, key=lambda each: abs(each - start_s))[:OFFERED]
        return [
            Timespan(start_at, start_at + span.duration)
            for start_at in (datetime.fromtimestamp(each, UTC) for each in sorted(nearest))
        ]
