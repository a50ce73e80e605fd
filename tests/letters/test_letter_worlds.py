"""Random worlds: clients and therapists change their minds, postmen fail and die, time goes by."""

import random
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import pytest

from tests.letters.conftest import HEAD, OFFICE, entry
from tests.letters.program import Program
from tests.store.conftest import NOON, Rows
from videocall.access.people import Person
from videocall.errors import Conflict, Invalid
from videocall.ids import AppointmentId, LetterId, LinkId, SeriesId
from videocall.letters.compose import compose
from videocall.letters.letterhead import Links, Matter
from videocall.letters.text import text
from videocall.render import Render
from videocall.scheduling.appointment import (
    COMING,
    Appointment,
    Cancel,
    Command,
    Confirm,
    End,
    Kind,
    Move,
    Party,
    ReissueLink,
    State,
)
from videocall.scheduling.booked_series import BookedSeries, new_series_id, new_uid
from videocall.scheduling.letters import Channel, LetterKind, LetterRules
from videocall.scheduling.series import Series
from videocall.scheduling.zones import zone
from videocall.store.appointments import Appointments
from videocall.store.diary import Diary
from videocall.store.outbox import CLAIM_HOLDS, Claimed, LetterState, Outbox
from videocall.store.series import AllSeries

HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(weeks=1)
STEPS: Final = 70
RENDER: Final = Render()
PHONE: Final = "+491701234567"
HOLDS: Final = {
    LetterKind.ASKED: {State.TENTATIVE},
    LetterKind.DECLINED: {State.CANCELLED},
    LetterKind.CANCELLED: {State.CANCELLED},
    LetterKind.NEW_LINK: COMING,
}
"""What an appointment is while a letter about it holds; booked, where nothing is said here."""

KEPT: Final = {State.BOOKED, State.ENDED}
"""What stays in a calendar: a session that was ended is not called off."""


class World:
    """One seed. `sent` is what somebody got, with the appointment as it was in that moment."""

    def __init__(self, rows: Rows, seed: int) -> None:
        self.chance = random.Random(seed)
        self.rows = rows
        diary = Diary(rows.seal, LetterRules(texts=True, texts_before_min=(1440, 120)))
        self.appointments = Appointments(rows.database, diary)
        self.series = AllSeries(rows.database, diary)
        self.outbox = Outbox(rows.database, diary)
        self.now = NOON
        self.made: list[AppointmentId] = []
        self.all_series: list[SeriesId] = []
        self.sent: list[tuple[Claimed, Appointment]] = []
        self.doubtful: set[LetterId] = set()
        self.programs: dict[str, Program] = {}

    async def step(self) -> None:
        match self.chance.randrange(12):
            case 0 | 1:
                await self.book()
            case 2:
                await self.book_series()
            case 3 | 4:
                await self.change()
            case 5:
                await self.change_series()
            case 6:
                await self.undo()
            case 7:
                self.now += timedelta(minutes=self.chance.randrange(1, 36 * 60))
            case 8:
                self.now += timedelta(minutes=self.chance.randrange(1, 5))
            case _:
                for channel in Channel:
                    await self.deliver(channel)

    async def therapist(self) -> Person:
        found = await self.rows.people.by_email("rivera@example.org")
        return found[0] if found is not None else await self.rows.therapist()

    async def book(self) -> None:
        name = f"C{len(self.made)}"
        party = self.chance.choice(list(Party))
        mail, phone = self.reached_by(name)
        book = replace(
            self.rows.book(await self.therapist(), self.soon(), name),
            client_email=mail, client_phone=phone, by=party,
            tentative=party is Party.CLIENT and self.chance.random() < 0.5,
        )  # fmt: skip
        with suppress(Conflict):
            self.made.append((await self.appointments.book(book, self.now)).id)

    async def book_series(self) -> None:
        person = await self.therapist()
        first = self.soon().astimezone(zone("Europe/Berlin")).replace(tzinfo=None)
        rule = Series(first, "Europe/Berlin", 50, count=self.chance.randrange(2, 5))
        if self.chance.random() < 0.3:
            rule = rule.skip(first)
        mail, phone = self.reached_by(f"S{len(self.all_series)}")
        series = BookedSeries(
            new_series_id(), new_uid(), person.id, LinkId(f"link-{len(self.all_series)}"), "Ada",
            mail, phone, "Europe/London", "", Kind.VIDEO, rule, 0, self.now, self.now,
        )  # fmt: skip
        with suppress(Conflict, Invalid):
            made = await self.series.book(series, person.id, self.now)
            self.all_series.append(series.id)
            self.made += [each.id for each in made.members]

    def reached_by(self, name: str) -> tuple[str | None, str | None]:
        mail = f"{name.lower()}@example.org"
        return self.chance.choice([(mail, None), (mail, PHONE), (None, PHONE), (None, None)])

    async def change(self) -> None:
        if not self.made:
            return
        appointment = await self.appointments.get(self.chance.choice(self.made))
        assert appointment is not None
        by, notice = self.chance.choice(list(Party)), self.chance.choice([timedelta(), DAY])
        commands: list[Command] = [
            Move(self.soon(), 50, by, "a reason", notice), Cancel(by, "a reason", notice),
            ReissueLink(), Confirm(),
        ]  # fmt: skip
        if appointment.start_at <= self.now:
            commands.append(End())
        with suppress(Conflict, Invalid):
            await self.appointments.change(
                appointment.id, self.chance.choice(commands), "rivera", self.now
            )

    async def change_series(self) -> None:
        if not self.all_series:
            return
        id = self.chance.choice(self.all_series)
        whole = await self.series.get(id)
        assert whole is not None
        rule = whole.series.rule
        original = self.chance.choice(rule.originals)
        with suppress(Conflict, Invalid):
            if self.chance.random() < 0.4:
                await self.series.end(id, original, "rivera", self.now)
            else:
                to = original + self.chance.randrange(-40, 40) * HOUR
                course = await self.series.course(id)
                after = course.rule_from(id, original, to, 50, self.now)
                on = await self.series.move(id, original, after, "rivera", self.now)
                self.all_series.append(on.whole.series.id)

    async def undo(self) -> None:
        with suppress(Conflict, Invalid):
            if self.all_series and self.chance.random() < 0.4:
                await self.series.undo(self.chance.choice(self.all_series), "rivera", self.now)
            elif self.made:
                party = self.chance.choice(list(Party))
                id = self.chance.choice(self.made)
                await self.appointments.undo(id, party, "rivera", self.now)

    async def deliver(self, channel: Channel) -> None:
        """Drain the outbox as a postman does that may fail, or die before or after it sent."""
        while (claimed := await self.outbox.claim(self.now, channel)) is not None:
            match self.chance.randrange(9):
                case 0:
                    later = self.now + timedelta(minutes=self.chance.randrange(60))
                    await self.outbox.later(claimed, self.now, 451, later)
                case 1:
                    return  # Dead, with a letter in hand.
                case 2:
                    await self.got(claimed)
                    self.doubtful.add(claimed.id)
                    return  # Dead, and nobody knows that it was sent.
                case _:
                    await self.got(claimed)
                    await self.outbox.sent(claimed.id, self.now)

    async def got(self, claimed: Claimed) -> None:
        """Write the letter, as it is written in earnest, and let it be read."""
        today = await self.appointments.get(claimed.appointment.id)
        assert today is not None
        self.sent.append((claimed, today))
        links = Links("https://example.org/j#long", "https://example.org/j#short", "page")
        matter = Matter(claimed, await self.therapist(), links, self.now)
        assert matter.to
        if claimed.letter.channel is Channel.SMS:
            assert text(RENDER, HEAD, matter)
        else:
            message = compose(RENDER, HEAD, OFFICE, matter)
            self.programs.setdefault(matter.to, Program()).take(entry(message))

    def soon(self) -> datetime:
        return self.now + self.chance.randrange(1, 24 * 5) * HOUR

    async def settle(self) -> None:
        """Let everything that is due be delivered by postmen that work."""
        self.now += CLAIM_HOLDS + HOUR
        for channel in Channel:
            while (claimed := await self.outbox.claim(self.now, channel)) is not None:
                await self.got(claimed)
                await self.outbox.sent(claimed.id, self.now)
            assert not await self.outbox.due(self.now, channel)
            assert (await self.outbox.unsent(self.now, channel)).late == 0

    async def undelivered(self) -> set[str]:
        """Return whom a letter did not reach in all the time it was of use."""
        found: set[str] = set()
        for id in self.made:
            posted = await self.outbox.of_appointment(id)
            appointment = await self.appointments.get(id)
            assert appointment is not None
            if any(each.state is LetterState.FAILED for each in posted):
                found.add(appointment.client_email or "")
        return found


@pytest.mark.parametrize("seed", range(20))
async def test_every_letter_holds_comes_once_and_makes_calendars_true(
    rows: Rows, seed: int
) -> None:
    world = World(rows, seed)
    for _ in range(STEPS):
        await world.step()
    await world.settle()
    assert world.sent
    for claimed, today in world.sent:
        kind = claimed.letter.kind
        assert claimed.appointment == today
        if kind.of_series:
            assert claimed.series is not None
            assert claimed.letter.sequence == claimed.series.series.sequence
            continue
        assert claimed.letter.sequence == today.sequence
        if kind is LetterKind.NEWS:
            assert (claimed.to, claimed.letter.channel) == ("", Channel.MAIL)
            continue
        assert today.state in HOLDS.get(kind, {State.BOOKED})
        by_mail = claimed.letter.channel is Channel.MAIL
        assert claimed.to == (today.client_email if by_mail else today.client_phone)
        assert by_mail or kind is LetterKind.REMINDER or today.client_email is None
    for letter, times in Counter(claimed.id for claimed, _ in world.sent).items():
        assert times == 1 or letter in world.doubtful
    reminders = Counter(
        (
            claimed.appointment.id,
            claimed.letter.channel,
            claimed.letter.sequence,
            claimed.letter.due_at,
            today.link_generation,
        )
        for claimed, today in world.sent
        if claimed.letter.kind is LetterKind.REMINDER and claimed.id not in world.doubtful
    )
    assert all(times == 1 for times in reminders.values())
    await assert_calendars_are_true(world)


async def assert_calendars_are_true(world: World) -> None:
    """What each client's calendar shows of the time to come is what is booked for them."""
    out_of_reach = await world.undelivered()
    rows = [await world.appointments.get(id) for id in world.made]
    for mail, program in world.programs.items():
        if mail == "rivera@example.org":
            assert program.events == {}
        elif mail not in out_of_reach:
            booked = {
                (each.start_at, each.end_at)
                for each in rows
                if each is not None and each.client_email == mail and each.state in KEPT
            }
            shown = {span for span in program.shown if span[1] > world.now}
            assert shown == {span for span in booked if span[1] > world.now}
