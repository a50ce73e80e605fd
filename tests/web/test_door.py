"""The door: what a link shows, and what it never does."""

import re
from datetime import timedelta

import pytest

from tests.web.conftest import Practice, Visitor
from videocall.access.people import Person
from videocall.scheduling.appointment import Appointment, Cancel, End, Move, ReissueLink
from videocall.store.retention import Retention, purge
from videocall.web.keys import DATABASE


async def opened(practice: Practice, appointment: Appointment) -> tuple[Visitor, str]:
    """Open the session link in a fresh browser."""
    visitor = await practice.visitor()
    answer = await visitor.post_json("/j", {"token": practice.link_token(appointment)})
    assert answer.status == 200, await answer.text()
    return visitor, (await answer.json())["to"]


async def door(visitor: Visitor, page: str) -> str:
    body = await (await visitor.get(f"{page}/door")).json()
    return str(body["door"])


@pytest.fixture
async def therapist(practice: Practice) -> Person:
    return await practice.add()


async def test_early_is_told_with_the_time_it_opens(practice: Practice, therapist: Person) -> None:
    appointment = await practice.appointment(therapist, in_min=60)
    visitor, page = await opened(practice, appointment)
    text = await (await visitor.get(page)).text()
    assert 'data-door="early"' in text
    assert 'data-opens="2026-11-21T12:45:00Z"' in text
    answer = await (await visitor.get(f"{page}/door")).json()
    assert answer["opens_at_ms"] - answer["now_ms"] == 45 * 60_000
    assert answer["start_at_ms"] - answer["now_ms"] == 60 * 60_000


async def test_the_door_opens_by_itself_when_it_is_time(
    practice: Practice, therapist: Person
) -> None:
    visitor, page = await opened(practice, await practice.appointment(therapist, in_min=60))
    practice.now += timedelta(minutes=44, seconds=59)
    assert await door(visitor, page) == "early"
    practice.now += timedelta(seconds=1)
    assert await door(visitor, page) == "open"
    text = await (await visitor.get(page)).text()
    assert 'data-seat="client"' in text
    assert "Blue Heron" not in text


async def test_over_is_told_and_a_shared_device_is_cleared(
    practice: Practice, therapist: Person
) -> None:
    visitor, page = await opened(practice, await practice.appointment(therapist, in_min=5))
    practice.now += timedelta(minutes=5 + 50 + 30)
    answer = await visitor.get(page)
    assert 'data-door="over"' in await answer.text()
    assert answer.headers["Clear-Site-Data"] == '"cache", "storage"'


async def test_an_ended_session_is_over_for_the_client(
    practice: Practice, therapist: Person
) -> None:
    appointment = await practice.appointment(therapist, in_min=5)
    visitor, page = await opened(practice, appointment)
    assert await door(visitor, page) == "open"
    await practice.appointments.change(appointment.id, End(), therapist.id, practice.now)
    assert await door(visitor, page) == "over"


async def test_moved_tells_the_old_time_and_the_new(practice: Practice, therapist: Person) -> None:
    appointment = await practice.appointment(therapist, in_min=60)
    visitor, page = await opened(practice, appointment)
    later = Move(practice.now + timedelta(days=2), 50)
    await practice.appointments.change(appointment.id, later, therapist.id, practice.now)
    text = await (await visitor.get(page)).text()
    assert 'data-door="moved"' in text
    assert 'datetime="2026-11-21T13:00:00Z"' in text
    assert 'datetime="2026-11-23T12:00:00Z"' in text


async def test_cancelled_is_told(practice: Practice, therapist: Person) -> None:
    appointment = await practice.appointment(therapist, in_min=60)
    visitor, page = await opened(practice, appointment)
    await practice.appointments.change(appointment.id, Cancel(), therapist.id, practice.now)
    assert 'data-door="cancelled"' in await (await visitor.get(page)).text()


async def test_an_old_link_is_told_to_be_replaced_and_the_new_one_works(
    practice: Practice, therapist: Person
) -> None:
    before = await practice.appointment(therapist, in_min=5)
    visitor, page = await opened(practice, before)
    after = await practice.appointments.change(before.id, ReissueLink(), therapist.id, practice.now)
    text = await (await visitor.get(page)).text()
    assert 'data-door="revoked"' in text
    assert "datetime=" not in text.split("<main", 1)[1]
    stranger, page = await opened(practice, before)
    assert await door(stranger, page) == "revoked"
    answer = await visitor.post_json("/j", {"token": practice.link_token(after)})
    assert answer.status == 200
    assert await door(visitor, page) == "open"
    # Pressing the old message again does not put the new place at risk.
    await visitor.post_json("/j", {"token": practice.link_token(before)})
    assert await door(visitor, page) == "open"


async def test_without_a_visit_every_room_looks_as_if_it_never_was(
    practice: Practice, therapist: Person
) -> None:
    appointment = await practice.appointment(therapist, in_min=5)
    visitor = await practice.visitor()
    real = await visitor.get(f"/session/{appointment.id}")
    never = await visitor.get("/session/never-was-there")
    assert await real.text() == await never.text()
    assert 'data-door="unknown"' in await real.text()
    assert await door(visitor, f"/session/{appointment.id}") == "unknown"


async def test_a_visit_of_one_appointment_opens_no_other(
    practice: Practice, therapist: Person
) -> None:
    mine = await practice.appointment(therapist, in_min=5, id="same-beginning-one")
    other = await practice.appointment(therapist, in_min=90, id="same-beginning-two")
    visitor, page = await opened(practice, mine)
    assert await door(visitor, page) == "open"
    assert await door(visitor, f"/session/{other.id}") == "unknown"


async def test_an_appointment_that_was_removed_is_unknown(
    practice: Practice, therapist: Person
) -> None:
    appointment = await practice.appointment(therapist, in_min=5)
    visitor, page = await opened(practice, appointment)
    practice.now += timedelta(days=91)
    database = practice.app[DATABASE]
    await purge(database, Retention(), timedelta(hours=12), practice.now)
    assert await door(visitor, page) == "unknown"
    answer = await visitor.post_json("/j", {"token": practice.link_token(appointment)})
    assert (answer.status, (await answer.json())["code"]) == (403, "link_invalid")


@pytest.mark.parametrize("mend", ["", "broken", "a.b.c", "cut", "padded", "other"])
async def test_a_broken_link_is_refused_with_one_text(
    practice: Practice, therapist: Person, mend: str
) -> None:
    token = practice.link_token(await practice.appointment(therapist, in_min=5))
    signin = practice.keyring.signin(therapist.id, "x", practice.now, practice.now)
    shown = {"cut": token[:-3], "padded": token + "=", "other": signin}.get(mend, mend)
    visitor = await practice.visitor()
    answer = await visitor.post_json("/j", {"token": shown})
    assert answer.status == 403
    body = await answer.json()
    assert body["code"] == "link_invalid"
    assert body["text"] == "This link does not open anything. Please ask for a new one."
    assert "Set-Cookie" not in answer.headers


async def test_a_link_past_its_life_opens_nothing(practice: Practice, therapist: Person) -> None:
    token = practice.link_token(await practice.appointment(therapist))
    practice.now += timedelta(days=4000)
    answer = await (await practice.visitor()).post_json("/j", {"token": token})
    assert answer.status == 403


@pytest.mark.parametrize("body", [{}, [], None, {"token": None}, {"token": "x" * 3000}])
async def test_what_is_no_link_is_refused(practice: Practice, body: object) -> None:
    answer = await (await practice.visitor()).post_json("/j", body)
    assert (answer.status, (await answer.json())["code"]) == (422, "invalid")


async def test_json_nested_beyond_reason_is_refused(practice: Practice) -> None:
    visitor = await practice.visitor()
    for data in ("[" * 60_000, '{"token":NaN}', b"\xff\xfe", b"\x00"):
        headers = {"Sec-Fetch-Site": "same-origin", "Content-Type": "application/json"}
        answer = await visitor.browser.post("/j", data=data, headers=headers)
        assert answer.status == 422


async def test_opening_the_same_link_again_stays_the_same_visit(
    practice: Practice, therapist: Person
) -> None:
    appointment = await practice.appointment(therapist, in_min=5)
    visitor, _ = await opened(practice, appointment)
    name = next(iter(visitor.cookies))
    first = practice.keyring.read_visit(visitor.cookies[name], practice.now)
    await visitor.post_json("/j", {"token": practice.link_token(appointment)})
    assert practice.keyring.read_visit(visitor.cookies[name], practice.now) == first
    other, _ = await opened(practice, appointment)
    assert practice.keyring.read_visit(other.cookies[name], practice.now).id != first.id


async def test_a_visit_is_held_by_a_cookie_no_script_can_read(
    practice: Practice, therapist: Person
) -> None:
    appointment = await practice.appointment(therapist, in_min=5)
    visitor = await practice.visitor()
    answer = await visitor.post_json("/j", {"token": practice.link_token(appointment)})
    cookie = answer.headers["Set-Cookie"]
    assert cookie.startswith(f"__Host-visit-{appointment.id[:12]}=")
    for part in ("HttpOnly", "Secure", "SameSite=Lax", "Path=/"):
        assert part in cookie
    age = re.search(r"Max-Age=(\d+)", cookie)
    assert age is not None
    assert int(age[1]) == (24 * 60 + 55) * 60


async def test_looking_changes_nothing_however_often(practice: Practice, therapist: Person) -> None:
    appointment = await practice.appointment(therapist, in_min=5)
    for _ in range(3):
        visitor, page = await opened(practice, appointment)
        await visitor.get("/j")
        await visitor.get(page)
    assert await practice.appointments.get(appointment.id) == appointment


async def test_the_secret_of_a_link_is_in_no_address_no_answer_and_no_log(
    practice: Practice, therapist: Person, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(0)
    appointment = await practice.appointment(therapist, in_min=5)
    secret = practice.link_token(appointment)
    visitor = await practice.visitor()
    answers = [
        await visitor.post_json("/j", {"token": secret}),
        await visitor.get("/j"),
        await visitor.get(f"/session/{appointment.id}"),
        await visitor.get(f"/session/{appointment.id}/door"),
    ]
    for answer in answers:
        assert secret not in await answer.text()
        assert "Location" not in answer.headers
        assert secret not in str(answer.headers)
        assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert secret not in caplog.text
    assert "Blue Heron" not in caplog.text


async def test_a_therapist_who_opens_a_clients_link_sees_it_as_the_client(
    practice: Practice, therapist: Person
) -> None:
    appointment = await practice.appointment(therapist, in_min=5)
    visitor = await practice.signed_in(therapist)
    await visitor.post_json("/j", {"token": practice.link_token(appointment)})
    text = await (await visitor.get(f"/session/{appointment.id}")).text()
    assert 'data-seat="client"' in text
    assert 'id="desk"' not in text
