"""Appointments in their rows: what comes back, what is refused, and what is written beside it."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.store.conftest import NOON, Rows, open_rows
from videocall.errors import Conflict, Invalid, NotFound
from videocall.ids import AppointmentId, VisitId
from videocall.scheduling.appointment import (
    MINUTES_MAX,
    Cancel,
    Command,
    End,
    Move,
    ReissueLink,
    State,
)

TWO = NOON + timedelta(hours=2)
HOUR = timedelta(hours=1)
ADA, BOB = VisitId("visit-of-ada-aaaaaaaaa"), VisitId("visit-of-bob-bbbbbbbbb")


async def journal(rows: Rows) -> list[str]:
    return await rows.database.read(
        lambda tables: [row[0] for row in tables.execute("SELECT act FROM journal ORDER BY id")]
    )


async def decisions(
    rows: Rows, appointment: AppointmentId
) -> tuple[frozenset[VisitId], frozenset[VisitId]]:
    known = await rows.appointments.known(appointment)
    assert known is not None
    return known.admitted, known.declined


async def test_what_is_booked_comes_back_the_same(rows: Rows) -> None:
    therapist = await rows.therapist()
    precise = NOON + timedelta(microseconds=999_999)
    booked = await rows.appointments.book(rows.book(therapist, TWO, "Ada"), precise)
    assert await rows.appointments.get(booked.id) == booked
    moved = await rows.appointments.change(booked.id, Move(TWO + HOUR, 25), therapist.id, precise)
    assert await rows.appointments.get(booked.id) == moved
    assert (moved.client_name, moved.client_email) == ("Ada Lovelace", "ada@example.org")


async def test_each_change_is_journalled_with_ids_alone(rows: Rows) -> None:
    therapist = await rows.therapist()
    booked = await rows.appointments.book(rows.book(therapist, TWO, "Ada"), NOON)
    changes: tuple[Command, ...] = (Move(TWO + HOUR, 50), ReissueLink(), Cancel())
    for command in changes:
        await rows.appointments.change(booked.id, command, therapist.id, NOON)
    assert await journal(rows) == [
        "person added", "booked", "moved", "link reissued", "cancelled",
    ]  # fmt: skip
    lines = await rows.database.read(
        lambda tables: tables.execute("SELECT actor, subject FROM journal").fetchall()
    )
    assert {value for line in lines for value in line} == {"system", therapist.id, booked.id}


@pytest.mark.parametrize("shift_min", [-49, -10, 0, 10, 49])
async def test_an_overlap_is_refused_in_plain_words_and_changes_nothing(
    rows: Rows, shift_min: int
) -> None:
    therapist = await rows.therapist()
    booked = await rows.appointments.book(rows.book(therapist, TWO, "Ada"), NOON)
    again = rows.book(therapist, TWO + timedelta(minutes=shift_min), "Bob")
    before = await journal(rows)
    with pytest.raises(Conflict, match="another appointment") as refusal:
        await rows.appointments.book(again, NOON)
    assert refusal.value.code == "overlap"
    assert await rows.appointments.get(again.id) is None
    assert await rows.appointments.get(booked.id) == booked
    assert await journal(rows) == before


async def test_a_move_onto_another_appointment_is_refused_and_changes_nothing(rows: Rows) -> None:
    therapist = await rows.therapist()
    await rows.appointments.book(rows.book(therapist, TWO, "Ada"), NOON)
    other = await rows.appointments.book(rows.book(therapist, TWO + HOUR, "Bob"), NOON)
    with pytest.raises(Conflict, match="another appointment"):
        await rows.appointments.change(other.id, Move(TWO, 50), therapist.id, NOON)
    assert await rows.appointments.get(other.id) == other


async def test_a_move_onto_its_own_time_is_no_overlap(rows: Rows) -> None:
    therapist = await rows.therapist()
    booked = await rows.appointments.book(rows.book(therapist, TWO, "Ada"), NOON)
    later = Move(TWO + timedelta(minutes=10), 50)
    moved = await rows.appointments.change(booked.id, later, therapist.id, NOON)
    assert moved.start_at == later.start_at


async def test_back_to_back_and_other_therapists_do_not_overlap(rows: Rows) -> None:
    therapist, colleague = await rows.therapist(), await rows.therapist("lee@example.org")
    for book in (
        rows.book(therapist, TWO, "Ada", 60),
        rows.book(therapist, TWO + HOUR, "Bob", 60),
        rows.book(therapist, TWO - HOUR, "Eve", 60),
        rows.book(colleague, TWO, "Cleo", 60),
    ):
        await rows.appointments.book(book, NOON)


async def test_a_cancelled_time_is_free_again(rows: Rows) -> None:
    therapist = await rows.therapist()
    booked = await rows.appointments.book(rows.book(therapist, TWO, "Ada"), NOON)
    await rows.appointments.change(booked.id, Cancel(), therapist.id, NOON)
    await rows.appointments.book(rows.book(therapist, TWO, "Bob"), NOON)


async def test_of_fifty_bookings_at_once_exactly_one_wins(tmp_path: Path) -> None:
    first, second = open_rows(tmp_path / "one.db"), open_rows(tmp_path / "one.db")
    try:
        therapist = await first.therapist()
        wanted = [
            (opened, opened.book(therapist, TWO + timedelta(minutes=number % 40), f"C{number}"))
            for number, opened in enumerate([first, second] * 25)
        ]
        answers = await asyncio.gather(
            *(opened.appointments.book(book, NOON) for opened, book in wanted),
            return_exceptions=True,
        )
        refused = [answer for answer in answers if isinstance(answer, Conflict)]
        assert len(refused) == 49
        day = await first.appointments.of_therapist(therapist.id, NOON, NOON + timedelta(days=1))
        assert len(day) == 1
        assert (await journal(first)).count("booked") == 1
    finally:
        first.database.close()
        second.database.close()


async def test_the_days_of_a_therapist_come_in_order_and_hold_nobody_elses(rows: Rows) -> None:
    therapist, colleague = await rows.therapist(), await rows.therapist("lee@example.org")
    for book in (
        rows.book(therapist, TWO + HOUR, "Bob"),
        rows.book(therapist, TWO, "Ada"),
        rows.book(therapist, TWO + timedelta(days=2), "Cleo"),
        rows.book(colleague, TWO, "Dora"),
    ):
        await rows.appointments.book(book, NOON)
    day = await rows.appointments.of_therapist(therapist.id, NOON, NOON + timedelta(days=1))
    assert [each.client_name for each in day] == ["Ada Lovelace", "Bob Lovelace"]


async def test_a_day_also_holds_the_end_of_what_began_long_before(rows: Rows) -> None:
    therapist = await rows.therapist()
    begins = NOON + HOUR
    await rows.appointments.book(rows.book(therapist, begins, "Ada", MINUTES_MAX), NOON)
    ends = begins + timedelta(minutes=MINUTES_MAX)
    last, after = ends - timedelta(minutes=1), ends + timedelta(minutes=1)
    found = await rows.appointments.of_therapist(therapist.id, last, after)
    assert [each.end_at for each in found] == [ends]
    assert await rows.appointments.of_therapist(therapist.id, ends, after) == []


async def test_an_unknown_appointment_is_not_found(rows: Rows) -> None:
    await rows.therapist()
    nobody = AppointmentId("nobody")
    assert await rows.appointments.get(nobody) is None
    with pytest.raises(NotFound):
        await rows.appointments.change(nobody, Cancel(), "someone", NOON)
    with pytest.raises(NotFound):
        await rows.appointments.record_decision(nobody, ADA, admitted=True, at=NOON)


async def test_what_is_invalid_is_refused_before_anything_is_written(rows: Rows) -> None:
    therapist = await rows.therapist()
    book = rows.book(therapist, TWO, "Ada")
    for wrong in (
        replace(book, start_at=NOON - HOUR),
        replace(book, client_zone="Europe/Atlantis"),
    ):
        with pytest.raises(Invalid):
            await rows.appointments.book(wrong, NOON)
    assert await rows.appointments.get(book.id) is None


async def test_who_was_admitted_and_who_declined_survives_a_restart(tmp_path: Path) -> None:
    rows = open_rows(tmp_path / "one.db")
    therapist = await rows.therapist()
    booked = await rows.appointments.book(rows.book(therapist, TWO, "Ada"), NOON)
    for visit, admitted in ((ADA, True), (BOB, False)):
        await rows.appointments.record_decision(booked.id, visit, admitted=admitted, at=TWO)
    rows.database.close()
    rows = open_rows(tmp_path / "one.db")
    assert await decisions(rows, booked.id) == (frozenset({ADA}), frozenset({BOB}))
    rows.database.close()


async def test_the_last_decision_about_a_visit_counts(rows: Rows) -> None:
    therapist = await rows.therapist()
    booked = await rows.appointments.book(rows.book(therapist, TWO, "Ada"), NOON)
    for admitted in (False, True):
        await rows.appointments.record_decision(
            booked.id,
            ADA,
            admitted=admitted,
            at=TWO,
        )
    assert await decisions(rows, booked.id) == (frozenset({ADA}), frozenset())


async def test_a_reissued_link_voids_every_admission_under_the_old_one(rows: Rows) -> None:
    therapist = await rows.therapist()
    booked = await rows.appointments.book(rows.book(therapist, TWO, "Ada"), NOON)
    await rows.appointments.record_decision(booked.id, ADA, admitted=True, at=TWO)
    await rows.appointments.change(booked.id, ReissueLink(), therapist.id, TWO)
    assert await decisions(rows, booked.id) == (frozenset(), frozenset())


async def test_two_endings_at_once_end_it_once(rows: Rows) -> None:
    therapist = await rows.therapist()
    booked = await rows.appointments.book(rows.book(therapist, TWO, "Ada"), NOON)
    answers = await asyncio.gather(
        *(rows.appointments.change(booked.id, End(), therapist.id, TWO) for _ in range(2)),
        return_exceptions=True,
    )
    assert [type(answer) for answer in answers].count(Conflict) == 1
    ended = await rows.appointments.get(booked.id)
    assert ended is not None
    assert ended.state is State.ENDED
