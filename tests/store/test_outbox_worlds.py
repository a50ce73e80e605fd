"""Random worlds: appointments move and are cancelled, mailers fail and die, and time goes by."""

import random
from collections import Counter
from contextlib import suppress
from datetime import datetime, timedelta
from typing import Final

import pytest

from tests.store.conftest import NOON, Rows
from videocall.errors import Conflict, Invalid
from videocall.ids import AppointmentId, LetterId
from videocall.scheduling.appointment import Appointment, Cancel, Command, Move, ReissueLink, State
from videocall.scheduling.letters import LetterKind, LetterRules
from videocall.store.appointments import Appointments
from videocall.store.diary import Diary
from videocall.store.outbox import CLAIM_HOLDS, Claimed, Outbox

HOUR: Final = timedelta(hours=1)
STEPS: Final = 60


class World:
    """One seed. `sent` is what a client got, with the appointment as it was in that moment."""

    def __init__(self, rows: Rows, seed: int) -> None:
        self.chance = random.Random(seed)
        self.rows = rows
        self.appointments = Appointments(rows.database, Diary(rows.seal, LetterRules()))
        self.outbox = Outbox(rows.database, Diary(rows.seal, LetterRules()))
        self.now = NOON
        self.made: list[AppointmentId] = []
        self.sent: list[tuple[Claimed, Appointment]] = []
        self.doubtful: set[LetterId] = set()

    async def step(self) -> None:
        match self.chance.randrange(8):
            case 0 | 1:
                await self.book()
            case 2 | 3:
                await self.change()
            case 4:
                self.now += timedelta(minutes=self.chance.randrange(1, 36 * 60))
            case _:
                await self.mail()

    async def book(self) -> None:
        found = await self.rows.people.by_email("rivera@example.org")
        therapist = found[0] if found is not None else await self.rows.therapist()
        book = self.rows.book(therapist, self.soon(), f"C{len(self.made)}")
        with suppress(Conflict):
            self.made.append((await self.appointments.book(book, self.now)).id)

    async def change(self) -> None:
        if not self.made:
            return
        commands: tuple[Command, ...] = (Move(self.soon(), 50), Cancel(), ReissueLink())
        with suppress(Conflict, Invalid):
            await self.appointments.change(
                self.chance.choice(self.made), self.chance.choice(commands), "rivera", self.now
            )

    async def mail(self) -> None:
        """Drain the outbox as a mailer does that may fail, or die before or after it sent."""
        while (claimed := await self.outbox.claim(self.now)) is not None:
            match self.chance.randrange(8):
                case 0:
                    await self.outbox.later(claimed, self.now, 451)
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
        today = await self.appointments.get(claimed.appointment.id)
        assert today is not None
        self.sent.append((claimed, today))

    def soon(self) -> datetime:
        return self.now + self.chance.randrange(1, 24 * 5) * HOUR


@pytest.mark.parametrize("seed", range(10))
async def test_no_letter_tells_an_hour_that_does_not_hold_or_comes_twice(
    rows: Rows, seed: int
) -> None:
    world = World(rows, seed)
    for _ in range(STEPS):
        await world.step()
    assert world.sent
    for claimed, today in world.sent:
        cancelled = claimed.letter.kind is LetterKind.CANCELLED
        assert today.state is (State.CANCELLED if cancelled else State.BOOKED)
        assert (claimed.letter.sequence, claimed.appointment) == (today.sequence, today)
    for letter, times in Counter(claimed.id for claimed, _ in world.sent).items():
        assert times == 1 or letter in world.doubtful
    reminders = Counter(
        (
            claimed.appointment.id,
            claimed.letter.sequence,
            claimed.letter.due_at,
            today.link_generation,
        )
        for claimed, today in world.sent
        if claimed.letter.kind is LetterKind.REMINDER and claimed.id not in world.doubtful
    )
    assert all(times == 1 for times in reminders.values())
    # Nothing is forgotten: with a mailer that works, no letter that is due stays.
    world.now += CLAIM_HOLDS + HOUR
    while (claimed_now := await world.outbox.claim(world.now)) is not None:
        await world.outbox.sent(claimed_now.id, world.now)
    assert not await world.outbox.due(world.now)
    assert (await world.outbox.unsent(world.now)).late == 0
