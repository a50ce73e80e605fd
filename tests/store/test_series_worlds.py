"""Random worlds: series are made, moved, ended and undone near every change of the clocks."""

import random
from collections import Counter
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final
from zoneinfo import ZoneInfo

import pytest

from tests.scheduling.clock_changes import every_change
from tests.store.conftest import Rows
from tests.store.series_play import REMINDED_MIN, WEEK, Practice, practice_of
from videocall.errors import Conflict, Invalid
from videocall.ids import AppointmentId, LinkId, SeriesId
from videocall.scheduling.appointment import (
    COMING,
    Appointment,
    Cancel,
    Command,
    Move,
    Party,
    ReissueLink,
    State,
)
from videocall.scheduling.booked_series import Whole
from videocall.scheduling.course import Place
from videocall.scheduling.series import Series
from videocall.store.series import Changed

STEPS: Final = 60
Where = tuple[datetime, datetime, State, SeriesId | None, datetime | None]


class World:
    """One seed: a zone near one of its changes of the clock, and what happens there."""

    def __init__(self, practice: Practice, seed: int) -> None:
        self.chance = random.Random(seed)
        self.practice = practice
        changes = [each for each in every_change() if each[1].year > 2025]
        self.zone, near = self.chance.choice(changes)
        self.now = near - timedelta(weeks=3)
        self.made: list[Whole] = []
        self.known: dict[AppointmentId, Appointment] = {}
        self.heard: dict[SeriesId, int] = {}
        self.undoable: dict[LinkId, dict[AppointmentId, Where]] = {}
        self.done: Counter[str] = Counter()

    async def step(self) -> None:
        acts = [self.book, self.one, self.move, self.end, self.undo, self.pass_by, self.mail]
        weights = [3, 4, 5, 2, 4, 1, 1]
        act = self.chance.choices(acts, weights)[0]
        before = await self.practice.everything()
        try:
            await act()
        except (Conflict, Invalid):
            self.done["refused"] += 1
            assert await self.practice.everything() == before
        else:
            self.done[act.__name__] += 1
        await self.look()

    async def book(self) -> None:
        rule = Series(
            self.wall(), self.zone, self.chance.choice([25, 50]), self.chance.randint(1, 2),
            count=self.chance.randint(1, 7),
        )  # fmt: skip
        if self.chance.random() < 0.3:
            rule = rule.skip(self.chance.choice(rule.originals))
        if self.chance.random() < 0.3 and rule.occurrences:
            rule = rule.move(rule.occurrences[-1].original, self.wall(), 25)
        self.made.append(await self.practice.book(rule, now=self.now))

    async def one(self) -> None:
        """Move or cancel one alone, or give all of its series a new link."""
        place = await self.place()
        if place is None or place.member is None:
            return
        start_at = self.wall().replace(tzinfo=ZoneInfo(self.zone))
        commands: list[Command] = [Move(start_at, 50), Cancel(by=Party.CLIENT), ReissueLink()]
        await self.practice.appointments.change(
            place.member.id, self.chance.choice(commands), "anna", self.now
        )

    async def move(self) -> None:
        here = await self.place()
        if here is None:
            return
        course = await self.practice.series.course(here.series.id)
        shift = self.chance.choice(
            [WEEK, -WEEK, timedelta(days=1), timedelta(minutes=25), 2 * WEEK]
        )
        to = here.original + shift
        after = course.rule_from(here.series.id, here.original, to, 50, self.now)
        free = [each.original for each in after.occurrences if each.original not in after.moved]
        if free and self.chance.random() < 0.2:
            after = after.skip(self.chance.choice(free))
        elif free and self.chance.random() < 0.2:
            after = after.move(self.chance.choice(free), self.wall(), 25)
        where = await self.where(course.link)
        series = self.practice.series
        changed = await series.move(here.series.id, here.original, after, "anna", self.now)
        self.remember(changed, course.link, where)

    async def end(self) -> None:
        here = await self.place()
        if here is None:
            return
        where = await self.where(here.series.link)
        changed = await self.practice.series.end(here.series.id, here.original, "anna", self.now)
        assert {each.state for each in changed.touched} == {State.CANCELLED}
        self.remember(changed, here.series.link, where)

    async def undo(self) -> None:
        here = self.chance.choice(self.made) if self.made else None
        if here is None:
            return
        self.now += timedelta(minutes=self.chance.choice([0, 1, 3]))
        changed = await self.practice.series.undo(here.series.id, "anna", self.now)
        was = self.undoable.pop(here.series.link)
        now = await self.where(here.series.link)
        assert {each.id for each in changed.touched} <= set(was)
        for each in changed.touched:
            assert now[each.id] == was[each.id]

    async def pass_by(self) -> None:
        self.now += timedelta(hours=self.chance.randint(1, 100))

    async def mail(self) -> None:
        await self.practice.letters_go()

    def remember(self, changed: Changed, link: LinkId, where: dict[AppointmentId, Where]) -> None:
        assert {each.link for each in changed.touched} == {link}
        self.undoable[link] = where

    def wall(self) -> datetime:
        """Return some wall time of the weeks to come."""
        here = self.now.astimezone(ZoneInfo(self.zone)).replace(tzinfo=None, second=0)
        return here + timedelta(minutes=25 * self.chance.randint(10, 1200))

    async def place(self) -> Place | None:
        if not self.made:
            return None
        places = (await self.practice.course(self.chance.choice(self.made))).places
        return self.chance.choice(places) if places else None

    async def where(self, link: LinkId) -> dict[AppointmentId, Where]:
        found = await self.practice.appointments.by_link(link)
        return {
            each.id: (each.start_at, each.end_at, each.state, each.series, each.original)
            for each in found
        }

    async def look(self) -> None:
        """Look whether every promise holds."""
        coming = []
        for whole in self.made:
            link = whole.series.link
            members = await self.practice.appointments.by_link(link)
            assert {each.id for each in members} == {each.id for each in whole.members}
            assert len({(each.link_generation, each.link_issued_at) for each in members}) == 1
            coming += [each for each in members if each.state in COMING]
            for each in members:
                self.rises(each)
            await self.look_at_course(whole)
        for one, other in pairwise(sorted(coming, key=lambda each: each.start_at)):
            assert one.end_at <= other.start_at
        await self.look_at_letters(coming)

    def rises(self, member: Appointment) -> None:
        before = self.known.get(member.id)
        if before is not None:
            assert member.sequence >= before.sequence
            same = (before.span, before.state) == (member.span, member.state)
            assert same or member.sequence > before.sequence
        self.known[member.id] = member

    async def look_at_course(self, whole: Whole) -> None:
        course = await self.practice.course(whole)
        for each in course.wholes:
            series, rule = each.series, each.as_it_is
            assert series.sequence >= self.heard.get(series.id, 0)
            self.heard[series.id] = series.sequence
            here = [m for m in each.members if m.state is not State.CANCELLED]
            placed = [m for m in here if m.original in set(rule.originals)]
            # What took place before its turn is no more of a rule that ended before it.
            assert all(m.start_at <= self.now for m in here if m not in placed)
            spans = [occurrence.span for occurrence in rule.occurrences]
            assert Counter(spans) == Counter(m.span for m in placed)
        numbers = [n for m in course.members if (n := course.number(m.id)) is not None]
        assert len(set(numbers)) == len(numbers)
        assert set(numbers) <= set(range(1, len(course.places) + 1))

    async def look_at_letters(self, coming: list[Appointment]) -> None:
        waiting = await self.practice.series_letters()
        assert all(times == 1 for times in Counter(series for series, _, _ in waiting).values())
        for series, _, sequence in waiting:
            row = await self.practice.series.get(series)
            assert row is not None
            assert row.series.sequence == sequence
        rows = await self.practice.ask(
            "SELECT appointment, sequence, due_at FROM letters"
            " WHERE kind = 'reminder' AND state = 'waiting'"
        )
        by_id = {each.id: each for each in coming}
        for appointment, sequence, due in rows:
            member = by_id[appointment]
            assert sequence == member.sequence
            before = member.start_at.timestamp() - due / 1000
            assert before / 60 in REMINDED_MIN


@pytest.mark.parametrize("seed", range(12))
async def test_whatever_becomes_of_series_every_promise_holds(rows: Rows, seed: int) -> None:
    world = World(await practice_of(rows), seed)
    for _ in range(STEPS):
        await world.step()
    assert world.made


async def test_in_these_worlds_everything_happens(rows: Rows) -> None:
    world = World(await practice_of(rows), 1)
    for _ in range(2 * STEPS):
        await world.step()
    assert {"book", "one", "move", "end", "undo", "refused"} <= set(world.done)
