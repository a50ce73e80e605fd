"""A therapist's own calendar program: it sees times and nothing else, until she stops it."""

import hashlib
import re
from datetime import timedelta

import icalendar
import pytest

from tests.web.conftest import NOON, Practice, Visitor
from videocall.scheduling.appointment import Cancel, Move
from videocall.web import keys

ADDRESS = re.compile(r"https://sessions\.example\.org(/feed/[\w-]{43}\.ics)")


async def made(visitor: Visitor) -> str:
    """Make an address; return its path."""
    answer = await visitor.post("/calendar")
    assert answer.status == 200
    found = ADDRESS.search(await answer.text())
    assert found is not None
    return found[1]


async def events(practice: Practice, path: str) -> dict[str, icalendar.Event]:
    answer = await (await practice.visitor()).get(path)
    assert answer.status == 200
    calendar = icalendar.Calendar.from_ical(await answer.read())
    assert calendar["METHOD"] == "PUBLISH"
    return {str(event["UID"]): event for event in calendar.events}


async def test_a_program_without_any_cookie_sees_the_times(practice: Practice) -> None:
    therapist = await practice.add()
    first = await practice.appointment(therapist, in_min=60)
    second = await practice.appointment(therapist, in_min=24 * 60, name="Otto")
    colleague = await practice.add(email="lee@example.org")
    await practice.appointment(colleague, in_min=60, name="Somebody else")
    path = await made(await practice.signed_in(therapist))
    shown = await events(practice, path)
    assert set(shown) == {first.uid, second.uid}
    for appointment in (first, second):
        event = shown[appointment.uid]
        assert (event.start, event.end) == (appointment.start_at, appointment.end_at)


async def test_it_tells_no_name_no_address_and_no_clients_link(practice: Practice) -> None:
    therapist = await practice.add()
    appointment = await practice.appointment(therapist)
    path = await made(await practice.signed_in(therapist))
    answer = await (await practice.visitor()).get(path)
    text = (await answer.text()).replace("\r\n ", "")
    assert answer.content_type == "text/calendar"
    assert "SUMMARY:Appointment\r\n" in text
    assert f"https://sessions.example.org/appointments/{appointment.id}" in text
    for private in ("Heron", "anna@", "Weiss", "/j#", practice.link_token(appointment)):
        assert private not in text


async def test_every_change_shows(practice: Practice) -> None:
    therapist = await practice.add()
    moved = await practice.appointment(therapist, in_min=60)
    gone = await practice.appointment(therapist, in_min=300, name="Otto")
    path = await made(await practice.signed_in(therapist))
    await practice.appointments.change(
        moved.id, Move(NOON + timedelta(days=2), 30), therapist.id, NOON
    )
    await practice.appointments.change(gone.id, Cancel(), therapist.id, NOON)
    shown = await events(practice, path)
    assert set(shown) == {moved.uid}
    assert shown[moved.uid].start == NOON + timedelta(days=2)
    assert shown[moved.uid]["SEQUENCE"] == 1


async def test_what_did_not_change_is_not_sent_again_and_nothing_is_stored(
    practice: Practice,
) -> None:
    therapist = await practice.add()
    appointment = await practice.appointment(therapist)
    path = await made(await practice.signed_in(therapist))
    program = await practice.visitor()
    first = await program.get(path)
    assert first.headers["Cache-Control"] == "no-store"
    tag = first.headers["ETag"]
    practice.now += timedelta(minutes=5)
    again = await program.get(path, **{"If-None-Match": tag})
    assert (again.status, await again.read()) == (304, b"")
    assert again.headers["ETag"] == tag
    await practice.appointments.change(
        appointment.id, Move(NOON + timedelta(days=2), 30), therapist.id, practice.now
    )
    changed = await program.get(path, **{"If-None-Match": tag})
    assert (changed.status, changed.headers["ETag"] == tag) == (200, False)


async def test_a_new_address_and_a_stop_end_the_old_one_at_once(practice: Practice) -> None:
    visitor = await practice.signed_in(await practice.add())
    first = await made(visitor)
    second = await made(visitor)
    program = await practice.visitor()
    assert (await program.get(first)).status == 404
    assert (await program.get(second)).status == 200
    answer = await visitor.post("/calendar/stop")
    assert (answer.status, answer.headers["Location"]) == (303, "/calendar?done=stopped")
    assert (await program.get(second)).status == 404
    assert "There is no address yet" in await (await visitor.get("/calendar")).text()


async def test_an_address_is_shown_once_and_stored_as_a_fingerprint(practice: Practice) -> None:
    therapist = await practice.add()
    visitor = await practice.signed_in(therapist)
    secret = (await made(visitor)).removeprefix("/feed/").removesuffix(".ics")
    page = await (await visitor.get("/calendar")).text()
    assert secret not in page
    assert "made on Saturday 21 November 2026" in page.replace(",", "")
    rows = await practice.app[keys.DATABASE].read(
        lambda tables: tables.execute("SELECT secret_hash FROM feeds").fetchall()
    )
    assert rows == [(hashlib.sha256(secret.encode()).digest(),)]


@pytest.mark.parametrize("path", ["/feed/" + "a" * 43 + ".ics", "/feed/.ics", "/feed/x.ics"])
async def test_a_guess_finds_nothing(practice: Practice, path: str) -> None:
    assert (await (await practice.visitor()).get(path)).status == 404


async def test_only_a_therapist_has_a_calendar(practice: Practice) -> None:
    stranger = await practice.visitor()
    assert (await stranger.post("/calendar")).status == 401
    assert (await stranger.post("/calendar/stop")).status == 401
    assert (await stranger.get("/calendar")).headers["Location"] == "/signin?to=/calendar"
