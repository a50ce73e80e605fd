"""Whatever is booked, held, moved and cancelled in whatever order: never two at one time."""

import asyncio
import tempfile
from contextlib import suppress
from datetime import timedelta
from itertools import combinations
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.store.conftest import NOON, open_rows
from videocall.errors import Conflict
from videocall.ids import AppointmentId
from videocall.scheduling.appointment import Cancel, Move, State
from videocall.scheduling.hours import Rules, WallSpan
from videocall.store.bookings import HOLD_LIVES, Bookings
from videocall.store.plans import Plans

ALWAYS = ((WallSpan(0, 1440),),) * 7
RULES = Rules(0, 0, 0, (25, 50), 5)
acts = st.tuples(
    st.sampled_from(["hold", "book", "therapist", "move", "cancel", "wait"]),
    st.integers(12, 48),
    st.sampled_from([25, 50]),
    st.integers(0, 5),
)


@settings(deadline=None, max_examples=25)
@given(st.lists(acts, min_size=2, max_size=25))
def test_two_accepted_appointments_of_a_therapist_never_overlap(
    played: list[tuple[str, int, int, int]],
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(play(Path(folder), played))


async def play(folder: Path, played: list[tuple[str, int, int, int]]) -> None:
    rows = open_rows(folder / "videocall.db")
    therapist = await rows.therapist()
    await Plans(rows.database, rows.seal).set_hours(therapist.id, ALWAYS, RULES, NOON)
    bookings, now = Bookings(rows.database, rows.appointments), NOON
    tokens, made = [""] * 6, list[AppointmentId]()
    for number, (act, fives, minutes, who) in enumerate(played):
        start_at = NOON + timedelta(minutes=60 + 5 * fives)
        book = rows.book(therapist, start_at, f"{number}", minutes)
        with suppress(Conflict):
            if act == "hold":
                hold = await bookings.hold(therapist.id, start_at, minutes, now, tokens[who])
                tokens[who] = hold.token
            elif act == "book":
                made.append((await bookings.book(book, now, tokens[who])).id)
            elif act == "therapist":
                made.append((await rows.appointments.book(book, now)).id)
            elif act == "wait":
                now += HOLD_LIVES / 2
            elif made:
                change = Cancel() if act == "cancel" else Move(start_at, minutes)
                id = made[who % len(made)]
                await rows.appointments.change(id, change, therapist.id, now)
    day = await rows.appointments.of_therapist(therapist.id, NOON, NOON + timedelta(days=1))
    spans = [each.span for each in day if each.state is State.BOOKED]
    assert not any(one.overlaps(other) for one, other in combinations(spans, 2))
    rows.database.close()
