"""What somebody with a link finds, today."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from videocall.ids import AppointmentId, PersonId
from videocall.scheduling.appointment import (
    Appointment,
    Book,
    Cancel,
    End,
    Kind,
    MarkNoShow,
    Move,
    ReissueLink,
    State,
    decide,
)
from videocall.scheduling.door import Door, DoorRules, door

START: Final = datetime(2026, 11, 21, 14, 0, tzinfo=UTC)
BOOKED_AT: Final = START - timedelta(days=7)
RULES: Final = DoorRules(opens_before_min=15, closes_after_min=30)
OPENS: Final = START - timedelta(minutes=15)
CLOSES: Final = START + timedelta(minutes=80)
SECOND: Final = timedelta(seconds=1)


@pytest.fixture
def booked() -> Appointment:
    book = Book(
        AppointmentId("a" * 22), "uid", PersonId("p" * 22), "Ada", None, None, START, 50, Kind.VIDEO
    )
    return decide(None, book, BOOKED_AT)


def at(appointment: Appointment | None, now: datetime, generation: int = 1) -> Door:
    return door(appointment, generation, now, RULES, live=False).door


def test_the_door_opens_before_the_start_and_closes_after_the_end(booked: Appointment) -> None:
    assert at(booked, OPENS - SECOND) is Door.EARLY
    assert at(booked, OPENS) is Door.OPEN
    assert at(booked, CLOSES - SECOND) is Door.OPEN
    assert at(booked, CLOSES) is Door.OVER


def test_the_answer_says_when_it_opens_and_closes(booked: Appointment) -> None:
    answer = door(booked, 1, BOOKED_AT, RULES, live=False)
    assert (answer.opens_at, answer.closes_at) == (OPENS, CLOSES)


def test_a_call_that_runs_over_keeps_its_door_open(booked: Appointment) -> None:
    late = CLOSES + timedelta(hours=3)
    assert door(booked, 1, late, RULES, live=True).door is Door.OPEN


def test_a_live_call_keeps_no_door_open_that_was_shut(booked: Appointment) -> None:
    for shut, expected in (
        (decide(booked, Cancel(), START), Door.CANCELLED),
        (decide(booked, End(), START), Door.OVER),
        (decide(booked, ReissueLink(), START), Door.REVOKED),
    ):
        assert door(shut, 1, START, RULES, live=True).door is expected


def test_after_a_move_an_early_visitor_is_told_that_it_moved(booked: Appointment) -> None:
    moved = decide(booked, Move(START + timedelta(days=1), 50), BOOKED_AT + timedelta(days=1))
    assert at(moved, START) is Door.MOVED
    assert at(moved, OPENS + timedelta(days=1)) is Door.OPEN
    assert at(moved, CLOSES + timedelta(days=1)) is Door.OVER


def test_a_link_made_after_the_move_knows_of_no_other_time(booked: Appointment) -> None:
    moved = decide(booked, Move(START + timedelta(days=1), 50), BOOKED_AT + timedelta(days=1))
    fresh = decide(moved, ReissueLink(), BOOKED_AT + timedelta(days=2))
    assert at(fresh, START, generation=2) is Door.EARLY


@pytest.mark.parametrize("when", [BOOKED_AT, START, CLOSES])
def test_what_is_cancelled_ended_or_missed_says_so_at_any_time(
    booked: Appointment, when: datetime
) -> None:
    assert at(decide(booked, Cancel(), BOOKED_AT), when) is Door.CANCELLED
    assert at(decide(booked, End(), START), when) is Door.OVER
    assert at(decide(booked, MarkNoShow(), START), when) is Door.OVER


def test_an_older_link_is_revoked_whatever_the_time(booked: Appointment) -> None:
    reissued = decide(booked, ReissueLink(), BOOKED_AT)
    for when in (BOOKED_AT, START, CLOSES):
        assert at(reissued, when, generation=1) is Door.REVOKED
        assert at(reissued, when, generation=2) is not Door.REVOKED


def test_a_revoked_or_unknown_link_learns_no_time(booked: Appointment) -> None:
    for answer in (
        door(replace(booked, link_generation=2), 1, START, RULES, live=False),
        door(None, 1, START, RULES, live=False),
        door(booked, None, START, RULES, live=False),
    ):
        assert answer.opens_at is answer.closes_at is None


def test_no_row_or_no_link_is_unknown(booked: Appointment) -> None:
    assert at(None, START) is Door.UNKNOWN
    assert door(booked, None, START, RULES, live=False).door is Door.UNKNOWN


def test_there_is_an_answer_for_every_state(booked: Appointment) -> None:
    for state in State:
        for when in (BOOKED_AT, START, CLOSES):
            assert at(replace(booked, state=state), when) in Door
