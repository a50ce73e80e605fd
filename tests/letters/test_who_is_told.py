"""Who is told what when a client books, asks, moves or cancels, and when a therapist answers."""

from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from typing import Final

import pytest

from tests.letters.conftest import HEAD, LINK, PAGE, START, Post, entry, words
from tests.store.conftest import NOON
from videocall.ids import AppointmentId
from videocall.scheduling.appointment import Appointment, Cancel, Command, Confirm, Move, Party

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
CLIENT: Final = Party.CLIENT
THERAPIST: Final = "rivera@example.org"


async def told(post: Post) -> dict[str, EmailMessage]:
    """Send what is due; return the letters by whom they went to."""
    return {str(message["To"]): message for message in await post.arrived()}


async def change(post: Post, appointment: Appointment, command: Command) -> None:
    post.now += MINUTE
    await post.appointments.change(appointment.id, command, "x", post.now)


# ---- the client ----------------------------------------------------------------------------------


async def test_what_is_asked_for_is_in_no_calendar_before_it_is_confirmed(post: Post) -> None:
    appointment = await post.book(tentative=True, by=CLIENT)
    asked = (await told(post))["ada@example.org"]
    assert asked["Subject"] == "Asked for: appointment on Tuesday 24 November, 12:00"
    assert "It is yours once Sam O'Rivera & Söhne has confirmed it" in words(asked)
    assert LINK in words(asked)
    assert entry(asked) is None
    await change(post, appointment, Confirm())
    confirmed = (await told(post))["ada@example.org"]
    assert confirmed["Subject"] == "Appointment on Tuesday 24 November, 12:00"
    method, (event,) = entry(confirmed) or ("", [])
    assert (method, event["SEQUENCE"]) == ("REQUEST", 1)


async def test_a_request_that_is_declined_was_never_in_a_calendar(post: Post) -> None:
    appointment = await post.book(tentative=True, by=CLIENT)
    await told(post)
    await change(post, appointment, Cancel(reason="I am away that week."))
    declined = (await told(post))["ada@example.org"]
    assert declined["Subject"] == "Not possible: appointment on Tuesday 24 November, 12:00"
    assert "writes: “I am away that week.”" in words(declined)
    assert "ask for another time" in words(declined)
    assert LINK not in words(declined)
    assert entry(declined) is None


async def test_a_client_who_takes_a_request_back_reads_no_refusal(post: Post) -> None:
    appointment = await post.book(tentative=True, by=CLIENT)
    await told(post)
    await change(post, appointment, Cancel(by=CLIENT))
    taken_back = (await told(post))["ada@example.org"]
    assert str(taken_back["Subject"]).startswith("Taken back:")
    assert "cannot offer" not in words(taken_back)


@pytest.mark.parametrize("command", [Move(START + DAY, 50, reason="a"), Cancel(reason="a")])
async def test_a_reason_is_told_where_the_therapist_gave_one(
    post: Post, command: Move | Cancel
) -> None:
    appointment = await post.book()
    await told(post)
    await change(post, appointment, replace(command, reason="A <b>power</b> cut, sorry\nSam"))
    message = (await told(post))["ada@example.org"]
    assert "Söhne writes: “A <b>power</b> cut, sorry Sam”" in words(message)
    html = message.get_body(("html",))
    assert html is not None
    assert "&lt;b&gt;power" in html.get_content()


@pytest.mark.parametrize("command", [Move(START + DAY, 50), Cancel()])
async def test_a_clients_own_reason_is_in_no_letter(post: Post, command: Move | Cancel) -> None:
    appointment = await post.book()
    await told(post)
    await change(post, appointment, replace(command, reason="panic attacks", by=CLIENT))
    letters = await told(post)
    assert set(letters) == {"ada@example.org", THERAPIST}
    for message in letters.values():
        assert "panic" not in words(message)
    assert "They gave a reason." in words(letters[THERAPIST])


async def test_what_was_taken_back_is_put_back_in_the_calendar(post: Post) -> None:
    appointment = await post.book()
    await change(post, appointment, Cancel())
    await told(post)
    await post.appointments.undo(appointment.id, Party.THERAPIST, "x", post.now)
    restored = (await told(post))["ada@example.org"]
    assert restored["Subject"] == "As before: appointment on Tuesday 24 November, 12:00"
    assert LINK in words(restored)
    method, (event,) = entry(restored) or ("", [])
    assert (method, event["SEQUENCE"], event["DTSTART"].dt) == ("REQUEST", 2, START)


async def test_each_is_written_to_in_their_own_language(post: Post) -> None:
    await post.book(client_language="en-US")
    (message,) = await post.arrived()
    assert message["Subject"] == "Appointment on Tuesday, November 24, 12:00 PM"
    await post.book(start_at=START + HOUR)
    (message,) = await post.arrived()
    assert message["Subject"] == "Appointment on Tuesday 24 November, 13:00"


# ---- the therapist -------------------------------------------------------------------------------


async def news(post: Post) -> EmailMessage:
    return (await told(post))[THERAPIST]


async def test_the_therapist_is_told_what_a_client_did_and_never_who_it_was(post: Post) -> None:
    appointment = await post.book(by=CLIENT, id=AppointmentId("i" * 22))
    messages = [await news(post)]
    await change(post, appointment, Move(START + DAY, 50, by=CLIENT))
    messages.append(await news(post))
    await post.appointments.undo(appointment.id, Party.CLIENT, "x", post.now)
    messages.append(await news(post))
    await change(post, appointment, Cancel(by=CLIENT))
    messages.append(await news(post))
    day = "Tuesday 24 November, 13:00"
    assert [message["Subject"] for message in messages] == [
        f"Booked: appointment on {day}",
        "Moved: appointment now on Wednesday 25 November, 13:00",
        f"As before: appointment on {day}",
        f"Cancelled: appointment on {day}",
    ]
    assert "Before: Tuesday, 24 November 2026, 13:00" in words(messages[1])
    for message in messages:
        assert message["To"] == THERAPIST
        assert "(Berlin time)" in words(message)
        assert f"{PAGE}{appointment.id}" in words(message)
        for secret in ("Ada", "ada@", "Lovelace"):
            assert secret not in message.as_string()
        assert LINK not in words(message)
        assert entry(message) is None


async def test_a_request_says_that_it_waits(post: Post) -> None:
    appointment = await post.book(tentative=True, by=CLIENT)
    asked = await news(post)
    assert str(asked["Subject"]).startswith("To confirm: ")
    assert "waits for your answer" in words(asked)
    await change(post, appointment, Move(START + DAY, 50, by=CLIENT))
    assert "asks for another time and waits" in words(await news(post))


async def test_a_late_cancellation_is_told_as_one(post: Post) -> None:
    appointment = await post.book(start_at=NOON + HOUR)
    await change(post, appointment, Cancel(notice=DAY, by=CLIENT))
    message = await news(post)
    assert str(message["Subject"]).startswith("Cancelled late: ")
    assert "later than your notice allows" in words(message)


async def test_what_the_therapist_did_herself_is_no_news(post: Post) -> None:
    appointment = await post.book()
    await change(post, appointment, Move(START + DAY, 50))
    await change(post, appointment, Cancel())
    assert THERAPIST not in await told(post)


async def test_in_discreet_mode_no_subject_of_any_kind_tells_a_thing(post: Post) -> None:
    mailer = post.mailer(replace(HEAD, discreet=True))
    appointment = await post.book(tentative=True, by=CLIENT)
    await mailer.drain()
    commands: list[Command] = [Confirm(), Move(START + DAY, 50, by=CLIENT), Cancel(by=CLIENT)]
    for command in commands:
        await change(post, appointment, command)
        await mailer.drain()
    await post.appointments.undo(appointment.id, Party.CLIENT, "x", post.now)
    await mailer.drain()
    assert len(post.subjects) == 9
    assert set(post.subjects) == {"A message for you"}
