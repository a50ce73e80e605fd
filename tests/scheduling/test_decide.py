"""What may become of an appointment, and what is said where it may not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

import pytest

from videocall.errors import Conflict, Invalid
from videocall.ids import AppointmentId, PersonId
from videocall.scheduling.appointment import (
    TRANSITIONS,
    Appointment,
    Book,
    Cancel,
    Command,
    End,
    Kind,
    MarkNoShow,
    Move,
    ReissueLink,
    State,
    decide,
)

NOON: Final = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
TWO: Final = NOON + timedelta(hours=2)
BOOK: Final = Book(
    id=AppointmentId("appointment-aaaaaaaaaa"),
    uid="appointment-aaaaaaaaaa@example.org",
    therapist=PersonId("therapist-bbbbbbbbbb"),
    client_name=" Ada  Lovelace ",
    client_email="Ada@Example.org",
    client_zone="Europe/London",
    start_at=TWO,
    minutes=50,
    kind=Kind.VIDEO,
)
COMMANDS: Final[tuple[Command, ...]] = (
    BOOK,
    Move(TWO, 50),
    Cancel(),
    End(),
    MarkNoShow(),
    ReissueLink(),
)


@pytest.fixture
def booked() -> Appointment:
    return decide(None, BOOK, NOON)


def test_booking_makes_an_appointment_with_its_first_link(booked: Appointment) -> None:
    assert (booked.client_name, booked.client_email) == ("Ada Lovelace", "ada@example.org")
    assert (booked.start_at, booked.end_at) == (TWO, TWO + timedelta(minutes=50))
    assert (booked.state, booked.sequence, booked.minutes) == (State.BOOKED, 0, 50)
    assert (booked.link_generation, booked.link_issued_at) == (1, NOON)


def test_a_start_given_in_another_zone_is_the_same_instant_in_utc() -> None:
    away = TWO.astimezone(timezone(timedelta(hours=5, minutes=45)))
    booked = decide(None, replace(BOOK, start_at=away), NOON)
    assert booked.start_at == TWO
    assert booked.start_at.tzinfo is UTC


def test_moving_keeps_the_link_and_remembers_the_old_time(booked: Appointment) -> None:
    moved = decide(booked, Move(TWO + timedelta(days=1), 25), NOON)
    assert (moved.start_at, moved.minutes) == (TWO + timedelta(days=1), 25)
    assert (moved.moved_from, moved.moved_at) == (TWO, NOON)
    assert (moved.uid, moved.sequence) == (booked.uid, 1)
    assert moved.link_generation == booked.link_generation


def test_cancelling_is_final_and_counts_as_a_new_sequence(booked: Appointment) -> None:
    cancelled = decide(booked, Cancel(), NOON)
    assert (cancelled.state, cancelled.cancelled_at, cancelled.sequence) == (
        State.CANCELLED, NOON, 1,
    )  # fmt: skip


def test_reissuing_raises_the_generation_of_the_link(booked: Appointment) -> None:
    later = NOON + timedelta(minutes=5)
    reissued = decide(booked, ReissueLink(), later)
    assert (reissued.link_generation, reissued.link_issued_at) == (2, later)
    assert reissued.sequence == booked.sequence


def test_nobody_is_a_no_show_before_the_time(booked: Appointment) -> None:
    with pytest.raises(Conflict, match="not begun"):
        decide(booked, MarkNoShow(), NOON)
    assert decide(booked, MarkNoShow(), TWO).state is State.NO_SHOW


def test_took_place_and_did_not_come_can_be_mended(booked: Appointment) -> None:
    ended = decide(booked, End(), TWO)
    no_show = decide(ended, MarkNoShow(), TWO)
    assert no_show.state is State.NO_SHOW
    assert decide(no_show, End(), TWO).state is State.ENDED


@pytest.mark.parametrize("state", [None, *State])
@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_only_the_moves_of_the_table_are_legal(
    state: State | None, command: Command, booked: Appointment
) -> None:
    before = None if state is None else replace(booked, state=state)
    legal = TRANSITIONS.get((state, type(command)))
    if legal is None:
        with pytest.raises(Conflict):
            decide(before, command, TWO)
    else:
        assert decide(before, command, TWO).state in legal


@pytest.mark.parametrize("late_min", [16, 60, 60 * 24 * 365 * 100])
def test_a_start_in_the_past_is_refused_and_a_later_one_asked_for(late_min: int) -> None:
    start_at = NOON - timedelta(minutes=late_min)
    with pytest.raises(Invalid, match=r"has passed\. Please choose a later one") as refusal:
        decide(None, replace(BOOK, start_at=start_at), NOON)
    assert refusal.value.code == "start"
    with pytest.raises(Invalid):
        decide(decide(None, BOOK, NOON), Move(start_at, 50), NOON)


def test_an_appointment_may_be_made_that_has_just_begun() -> None:
    just_begun = replace(BOOK, start_at=NOON - timedelta(minutes=5))
    assert decide(None, just_begun, NOON).state is State.BOOKED


@pytest.mark.parametrize("start_at", [NOON + timedelta(days=780), datetime.max.replace(tzinfo=UTC)])
def test_a_start_out_of_reach_is_refused(start_at: datetime) -> None:
    with pytest.raises(Invalid, match="within the next two years"):
        decide(None, replace(BOOK, start_at=start_at), NOON)


@pytest.mark.parametrize("minutes", [-50, 0, 4, 481, 10**9, 10**30])
def test_minutes_out_of_bounds_are_refused_with_the_bounds(minutes: int) -> None:
    with pytest.raises(Invalid, match="5 to 480") as refusal:
        decide(None, replace(BOOK, minutes=minutes), NOON)
    assert refusal.value.code == "minutes"


def test_a_time_without_a_zone_is_refused() -> None:
    with pytest.raises(Invalid, match="zone"):
        decide(None, replace(BOOK, start_at=TWO.replace(tzinfo=None)), NOON)


@pytest.mark.parametrize("name", ["", "  ", "x" * 121, "a\0b"])
def test_a_name_that_cannot_be_used_is_refused(name: str) -> None:
    with pytest.raises(Invalid):
        decide(None, replace(BOOK, client_name=name), NOON)


def test_an_address_or_zone_that_cannot_be_used_is_refused() -> None:
    with pytest.raises(Invalid, match="e-mail"):
        decide(None, replace(BOOK, client_email="ada"), NOON)
    with pytest.raises(Invalid, match="time zone"):
        decide(None, replace(BOOK, client_zone="Europe/Atlantis"), NOON)


def test_an_address_and_a_zone_may_be_left_out() -> None:
    booked = decide(None, replace(BOOK, client_email=None, client_zone=None), NOON)
    assert booked.client_email is booked.client_zone is None
