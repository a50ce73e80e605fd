"""Letters in their rows: written with the change, claimed once, settled, and gone with it all."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from tests.store.conftest import NOON, Rows, open_rows
from videocall.errors import Conflict
from videocall.scheduling.appointment import Appointment, Cancel, End, Move, ReissueLink
from videocall.scheduling.letters import LetterKind, LetterRules
from videocall.store.appointments import Appointments
from videocall.store.diary import Diary
from videocall.store.outbox import CLAIM_HOLDS, LATE_AFTER, Claimed, LetterState, Outbox, Unsent

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
START: Final = NOON + 3 * DAY
K, S = LetterKind, LetterState


class Mailed:
    """A practice that writes letters."""

    def __init__(self, rows: Rows) -> None:
        self.rows = rows
        self.appointments = Appointments(rows.database, Diary(rows.seal, LetterRules()))
        self.outbox = Outbox(rows.database, Diary(rows.seal, LetterRules()))

    async def book(self, start_at: datetime = START, name: str = "Ada") -> Appointment:
        found = await self.rows.people.by_email("rivera@example.org")
        therapist = found[0] if found is not None else await self.rows.therapist()
        return await self.appointments.book(self.rows.book(therapist, start_at, name), NOON)

    async def drained(self, now: datetime) -> list[LetterKind]:
        """Send all that is due at `now`; return what it was."""
        kinds = []
        while (claimed := await self.outbox.claim(now)) is not None:
            kinds.append(claimed.letter.kind)
            await self.outbox.sent(claimed.id, now)
        return kinds

    async def kept(self, appointment: Appointment) -> list[tuple[LetterKind, LetterState]]:
        posted = await self.outbox.of_appointment(appointment.id)
        return [(each.kind, each.state) for each in posted]

    async def claim(self, now: datetime = NOON) -> Claimed:
        claimed = await self.outbox.claim(now)
        assert claimed is not None
        return claimed


@pytest.fixture
def mailed(rows: Rows) -> Mailed:
    return Mailed(rows)


@pytest.fixture
def twin(rows: Rows) -> Iterator[Mailed]:
    """Another process on the same file."""
    opened = open_rows(rows.path)
    yield Mailed(opened)
    opened.database.close()


async def test_letters_are_written_with_the_booking_and_with_nothing_else(mailed: Mailed) -> None:
    booked = await mailed.book()
    assert await mailed.kept(booked) == [
        (K.INVITATION, S.WAITING), (K.REMINDER, S.WAITING), (K.REMINDER, S.WAITING),
    ]  # fmt: skip
    with pytest.raises(Conflict):
        await mailed.book(name="Bob")
    every = await mailed.rows.database.read(
        lambda tables: tables.execute("SELECT count(*) FROM letters").fetchone()[0]
    )
    assert every == 3


async def test_a_letter_is_due_at_its_time_and_claimed_once(mailed: Mailed, twin: Mailed) -> None:
    booked = await mailed.book()
    assert await mailed.outbox.due(NOON)
    claims = await asyncio.gather(*(each.outbox.claim(NOON) for each in [mailed, twin] * 10))
    (claimed,) = [claim for claim in claims if claim is not None]
    assert (claimed.letter.kind, claimed.to, claimed.appointment) == (
        K.INVITATION, "ada@example.org", booked,
    )  # fmt: skip
    await mailed.outbox.sent(claimed.id, NOON)
    assert not await mailed.outbox.due(START - DAY - timedelta(seconds=1))
    assert await mailed.drained(START - DAY) == [K.REMINDER]
    assert await mailed.drained(START - HOUR) == [K.REMINDER]
    assert await mailed.drained(START + DAY) == []


async def test_after_a_move_nothing_tells_the_old_hour(mailed: Mailed) -> None:
    booked = await mailed.book()
    await mailed.appointments.change(booked.id, Move(START + 2 * DAY, 50), "rivera", NOON)
    claimed = await mailed.claim()
    assert (claimed.letter.kind, claimed.letter.sequence) == (K.MOVED, 1)
    assert claimed.appointment.start_at == START + 2 * DAY
    await mailed.outbox.sent(claimed.id, NOON)
    assert await mailed.drained(START) == []
    assert await mailed.drained(START + DAY) == [K.REMINDER]


async def test_after_a_cancellation_it_alone_is_sent(mailed: Mailed) -> None:
    booked = await mailed.book()
    await mailed.drained(NOON)
    await mailed.appointments.change(booked.id, Cancel(), "rivera", NOON + HOUR)
    assert await mailed.drained(NOON + HOUR) == [K.CANCELLED]
    assert await mailed.drained(START - HOUR) == []


async def test_a_letter_in_hand_while_the_appointment_moves_is_not_tried_again(
    mailed: Mailed,
) -> None:
    booked = await mailed.book()
    claimed = await mailed.claim()
    await mailed.appointments.change(booked.id, Move(START + DAY, 50), "rivera", NOON)
    await mailed.outbox.later(claimed, NOON, 451)
    assert await mailed.drained(NOON + HOUR) == [K.MOVED]
    assert (K.INVITATION, S.WAITING) not in await mailed.kept(booked)


async def test_a_claim_that_a_dead_process_left_is_taken_over_under_the_same_id(
    mailed: Mailed, twin: Mailed
) -> None:
    await mailed.book()
    left = await mailed.claim()
    assert await twin.outbox.claim(NOON + CLAIM_HOLDS - timedelta(seconds=1)) is None
    taken = await twin.claim(NOON + CLAIM_HOLDS)
    assert (taken.id, taken.attempts) == (left.id, 2)


async def test_what_a_dead_process_left_is_not_sent_after_a_cancellation(mailed: Mailed) -> None:
    booked = await mailed.book()
    await mailed.claim()
    await mailed.appointments.change(booked.id, Cancel(), "rivera", NOON)
    assert await mailed.drained(NOON + HOUR) == [K.CANCELLED]


async def test_a_letter_put_back_waits_longer_each_time(mailed: Mailed) -> None:
    await mailed.book()
    now = NOON
    for wait_min in (1, 2, 4):
        claimed = await mailed.claim(now)
        await mailed.outbox.later(claimed, now, 451)
        assert await mailed.outbox.claim(now + timedelta(minutes=wait_min, seconds=-1)) is None
        now += timedelta(minutes=wait_min)
    assert await mailed.outbox.due(now)


async def test_after_an_outage_one_reminder_is_enough(mailed: Mailed) -> None:
    booked = await mailed.book()
    await mailed.drained(NOON)
    assert await mailed.drained(START - timedelta(minutes=30)) == [K.REMINDER]
    assert await mailed.kept(booked) == [(K.INVITATION, S.SENT), (K.REMINDER, S.SENT)]


async def test_a_reminder_after_the_start_is_never_sent_and_is_told(mailed: Mailed) -> None:
    booked = await mailed.book()
    await mailed.drained(NOON)
    assert await mailed.drained(START) == []
    assert (K.REMINDER, S.FAILED) in await mailed.kept(booked)
    assert await mailed.outbox.unsent(START) == Unsent(failed=1, late=0)


async def test_a_new_link_is_sent_and_an_end_silences_all(mailed: Mailed) -> None:
    booked = await mailed.book()
    await mailed.drained(NOON)
    await mailed.appointments.change(booked.id, ReissueLink(), "rivera", NOON)
    assert await mailed.drained(NOON) == [K.NEW_LINK]
    await mailed.appointments.change(booked.id, End(), "rivera", NOON)
    assert await mailed.drained(START - HOUR) == []


async def test_what_failed_is_counted_tried_again_and_forgotten_when_it_is_sent(
    mailed: Mailed,
) -> None:
    booked = await mailed.book()
    assert await mailed.outbox.unsent(NOON) == Unsent(0, 0)
    assert await mailed.outbox.unsent(NOON + LATE_AFTER) == Unsent(0, late=1)
    claimed = await mailed.claim()
    await mailed.outbox.refused(claimed.id, NOON, 550)
    assert await mailed.outbox.unsent(NOON) == Unsent(failed=1, late=0)
    assert (await mailed.outbox.of_appointment(booked.id))[0].code == 550
    assert await mailed.outbox.again(booked.id, NOON + HOUR) == 1
    assert await mailed.drained(NOON + HOUR) == [K.INVITATION]
    assert await mailed.outbox.unsent(NOON + HOUR) == Unsent(0, 0)
    assert await mailed.outbox.again(booked.id, NOON) == 0


async def test_a_failure_that_a_later_letter_made_up_for_is_no_alarm(mailed: Mailed) -> None:
    booked = await mailed.book()
    await mailed.outbox.refused((await mailed.claim()).id, NOON, 550)
    await mailed.appointments.change(booked.id, Move(START + DAY, 50), "rivera", NOON)
    assert await mailed.outbox.unsent(NOON) == Unsent(0, 0)


async def test_without_mail_no_letter_is_written_and_what_waits_is_removed(
    mailed: Mailed, tmp_path: Path
) -> None:
    booked = await mailed.book()
    await mailed.rows.appointments.change(booked.id, Move(START + DAY, 50), "rivera", NOON)
    assert await mailed.kept(booked) == []
