"""Which letters a change causes, and when one no longer holds."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Final

import pytest

from videocall.ids import AppointmentId, PersonId
from videocall.scheduling.appointment import (
    Appointment,
    Book,
    Cancel,
    Command,
    End,
    Kind,
    MarkNoShow,
    Move,
    ReissueLink,
    decide,
)
from videocall.scheduling.letters import (
    Fate,
    Letter,
    LetterKind,
    LetterRules,
    fate,
    letters,
    retry_at,
)

NOON: Final = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
RULES: Final = LetterRules((1440, 60))
K = LetterKind


def book(start_at: datetime, email: str | None = "heron@example.org") -> Book:
    return Book(
        AppointmentId("id"), "uid", PersonId("rivera"), "Heron", email, None, start_at, 50,
        Kind.VIDEO,
    )  # fmt: skip


def booked(start_at: datetime = NOON + 3 * DAY, email: str | None = "a@example.org") -> Appointment:
    return decide(None, book(start_at, email), NOON)


def caused(command: Command, before: Appointment | None, now: datetime = NOON) -> list[Letter]:
    return list(letters(command, before, decide(before, command, now), RULES, now))


def test_a_booking_invites_and_reminds() -> None:
    start_at = NOON + 3 * DAY
    assert caused(book(start_at), None) == [
        Letter(K.INVITATION, 0, NOON),
        Letter(K.REMINDER, 0, start_at - DAY),
        Letter(K.REMINDER, 0, start_at - HOUR),
    ]


@pytest.mark.parametrize(
    ("ahead", "reminders"),
    [(timedelta(minutes=69), 0), (timedelta(minutes=70), 1), (DAY, 1), (DAY + HOUR, 2)],
)
def test_no_reminder_follows_on_the_heels_of_the_invitation(
    ahead: timedelta, reminders: int
) -> None:
    kinds = [letter.kind for letter in caused(book(NOON + ahead), None)]
    assert kinds == [K.INVITATION] + [K.REMINDER] * reminders


def test_a_move_tells_the_new_time_and_reminds_of_it() -> None:
    start_at = NOON + 5 * DAY
    moved = caused(Move(start_at, 50), booked())
    assert [(each.kind, each.sequence) for each in moved] == [
        (K.MOVED, 1), (K.REMINDER, 1), (K.REMINDER, 1),
    ]  # fmt: skip
    assert moved[1].due_at == start_at - DAY


def test_a_cancellation_is_told_and_reminds_of_nothing() -> None:
    assert caused(Cancel(), booked()) == [Letter(K.CANCELLED, 1, NOON)]


def test_a_new_link_is_sent_and_reminders_go_on() -> None:
    kinds = [each.kind for each in caused(ReissueLink(), booked())]
    assert kinds == [K.NEW_LINK, K.REMINDER, K.REMINDER]


def test_what_is_over_causes_nothing() -> None:
    over = NOON + 3 * DAY + 2 * HOUR
    for command in (End(), MarkNoShow(), Cancel()):
        assert caused(command, booked(), over) == []


def test_without_an_address_or_without_mail_there_are_none() -> None:
    assert caused(book(NOON + DAY, None), None) == []
    assert letters(book(NOON + DAY), None, booked(), None, NOON) == ()


@pytest.mark.parametrize("command", [Move(NOON + 4 * DAY, 50), Cancel()])
def test_after_a_change_no_earlier_letter_holds(command: Command) -> None:
    before = booked()
    after = decide(before, command, NOON)
    for letter in letters(book(before.start_at), None, before, RULES, NOON):
        assert fate(letter, before, letter.due_at) is Fate.SEND
        assert fate(letter, after, letter.due_at) is Fate.STALE


def test_an_ended_session_is_not_reminded_of() -> None:
    before = booked(NOON + 2 * HOUR)
    reminder = letters(book(before.start_at), None, before, RULES, NOON)[-1]
    ended = decide(before, End(), NOON + HOUR)
    assert fate(reminder, ended, NOON + HOUR) is Fate.STALE


def test_a_reminder_is_of_use_until_the_start_and_a_letter_until_the_end() -> None:
    appointment = booked(NOON + 2 * HOUR)
    invitation, reminder = letters(book(appointment.start_at), None, appointment, RULES, NOON)
    moment = timedelta(milliseconds=1)
    for letter, until in ((reminder, appointment.start_at), (invitation, appointment.end_at)):
        assert fate(letter, appointment, until - moment) is Fate.SEND
        assert fate(letter, appointment, until) is Fate.TOO_LATE


def test_a_letter_that_cannot_be_sent_for_two_days_is_given_up() -> None:
    appointment = booked(NOON + 30 * DAY)
    invitation = letters(book(appointment.start_at), None, appointment, RULES, NOON)[0]
    assert fate(invitation, appointment, NOON + 2 * DAY) is Fate.TOO_LATE


def test_the_cancellation_of_what_was_moved_holds() -> None:
    moved = decide(booked(), Move(NOON + 4 * DAY, 50), NOON)
    cancelled = decide(moved, Cancel(), NOON)
    (letter,) = letters(Cancel(), moved, cancelled, RULES, NOON)
    assert fate(letter, cancelled, NOON) is Fate.SEND
    assert fate(replace(letter, sequence=1), cancelled, NOON) is Fate.STALE


def test_attempts_grow_apart_up_to_an_hour() -> None:
    minutes = [(retry_at(count, NOON) - NOON) / timedelta(minutes=1) for count in range(1, 9)]
    assert minutes == [1, 2, 4, 8, 16, 32, 60, 60]
    assert retry_at(10_000, NOON) == NOON + HOUR
