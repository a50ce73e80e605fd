"""What may become of an appointment, and what is said where it may not."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

import pytest

from videocall.errors import Conflict, Invalid
from videocall.ids import AppointmentId, PersonId
from videocall.scheduling.appointment import (
    TRANSITIONS,
    UNDO_FOR,
    Appointment,
    Book,
    Cancel,
    Command,
    Confirm,
    End,
    Kind,
    MarkNoShow,
    Move,
    Party,
    ReissueLink,
    State,
    Undo,
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
    Confirm(),
)
DAY: Final = timedelta(days=1)
BY_CLIENT: Final = Cancel(Party.CLIENT, " I am\n ill. ", notice=DAY)


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


def test_what_a_client_asks_for_is_tentative_until_it_is_confirmed() -> None:
    asked = decide(None, replace(BOOK, by=Party.CLIENT, tentative=True), NOON)
    assert (asked.state, asked.changed_by) == (State.TENTATIVE, Party.CLIENT)
    confirmed = decide(asked, Confirm(), NOON)
    assert (confirmed.state, confirmed.sequence) == (State.BOOKED, 1)
    with pytest.raises(Conflict):
        decide(confirmed, Confirm(), NOON)


def test_a_client_may_move_up_to_the_notice_and_not_later() -> None:
    booked = decide(None, replace(BOOK, start_at=NOON + 3 * DAY), NOON)
    move = Move(NOON + 4 * DAY, 50, Party.CLIENT, "Work", notice=DAY)
    moved = decide(booked, move, NOON + 2 * DAY)
    assert (moved.start_at, moved.changed_by, moved.reason) == (
        NOON + 4 * DAY, Party.CLIENT, "Work",
    )  # fmt: skip
    with pytest.raises(Conflict, match="ask your therapist") as refusal:
        decide(booked, move, NOON + 2 * DAY + timedelta(seconds=1))
    assert refusal.value.code == "notice"
    assert decide(booked, Move(NOON + 4 * DAY, 50), NOON + 2.9 * DAY).sequence == 1


@pytest.mark.parametrize(
    ("left", "late"), [(DAY, False), (DAY - timedelta(seconds=1), True), (DAY / 24, True)]
)
def test_a_client_who_cancels_within_the_notice_is_late(left: timedelta, late: bool) -> None:
    booked = decide(None, replace(BOOK, start_at=NOON + 3 * DAY), NOON)
    cancelled = decide(booked, BY_CLIENT, booked.start_at - left)
    assert (cancelled.state, cancelled.late) == (State.CANCELLED, late)
    assert (cancelled.reason, cancelled.changed_by) == ("I am ill.", Party.CLIENT)


def test_a_therapist_is_never_late_and_a_request_that_is_withdrawn_is_not_either(
    booked: Appointment,
) -> None:
    assert not decide(booked, Cancel(notice=DAY), NOON).late
    asked = decide(None, replace(BOOK, tentative=True), NOON)
    assert not decide(asked, BY_CLIENT, NOON).late


def test_a_client_cannot_cancel_what_has_begun(booked: Appointment) -> None:
    with pytest.raises(Conflict) as refusal:
        decide(booked, BY_CLIENT, TWO)
    assert refusal.value.code == "begun"


@pytest.mark.parametrize("reason", ["x" * 501, "a\0b", "\u202eevil"])
def test_a_reason_that_cannot_be_shown_is_refused(reason: str, booked: Appointment) -> None:
    with pytest.raises(Invalid) as refusal:
        decide(booked, Cancel(reason=reason), NOON)
    assert refusal.value.code == "reason"


@pytest.mark.parametrize("command", [Move(TWO + DAY, 25), Cancel(), End(), MarkNoShow()])
def test_a_change_is_undone_as_if_it_had_not_been_but_for_its_sequence_and_link(
    command: Command, booked: Appointment
) -> None:
    changed = decide(booked, command, TWO)
    reissued = replace(changed, link_generation=7)
    undo = Undo(booked, Party.THERAPIST, TWO, Party.THERAPIST)
    undone = decide(reissued, undo, TWO + UNDO_FOR - timedelta(seconds=1))
    assert undone.sequence == changed.sequence + 1
    assert undone.link_generation == 7
    as_before = replace(undone, sequence=0, link_generation=1, changed_at=booked.changed_at)
    assert as_before == booked
    with pytest.raises(Conflict, match="too late"):
        decide(changed, undo, TWO + UNDO_FOR)


def test_nobody_undoes_what_another_did(booked: Appointment) -> None:
    cancelled = decide(booked, BY_CLIENT, NOON)
    with pytest.raises(Conflict):
        decide(cancelled, Undo(booked, Party.CLIENT, NOON, Party.THERAPIST), NOON)
    undone = decide(cancelled, Undo(booked, Party.CLIENT, NOON, Party.CLIENT), NOON)
    assert (undone.state, undone.late, undone.reason) == (State.BOOKED, False, "")


@pytest.mark.parametrize("phone", ["0170 1234567", "+49", "+49 170 12345678901234", "call me"])
def test_a_number_without_its_country_is_refused_with_an_example(phone: str) -> None:
    with pytest.raises(Invalid, match=r"\+49 170") as refusal:
        decide(None, replace(BOOK, client_phone=phone), NOON)
    assert refusal.value.code == "phone"


def test_a_number_is_kept_in_one_form_however_it_was_typed() -> None:
    for typed in ("+49 (170) 123-45.67", "0049 170 1234567", "+491701234567"):
        assert decide(None, replace(BOOK, client_phone=typed), NOON).client_phone == "+491701234567"
