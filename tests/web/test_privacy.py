"""Who wants internet addresses kept private: chosen on pages, told to both, held to at the door."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape
from typing import Final

import pytest

from tests.web.conftest import Practice, Visitor
from tests.web.test_book import FORM as BY_CLIENT
from tests.web.test_book import opened as booking_page
from tests.web.test_booking import FORM
from tests.web.test_booking import booked as book
from tests.web.test_door import opened
from videocall.access.people import Person
from videocall.ids import AppointmentId
from videocall.scheduling.appointment import Appointment, SetAddressPrivacy
from videocall.web.keys import SITE

PROMISE: Final = "Neither of you learns the other's internet address."
MINE: Final = "Keep my internet address private"
BOX: Final = re.compile(r'<input type="checkbox" name="address_privacy"[^>]*>')
ON: Final = {"address_privacy": "yes"}
OFF: Final = {"address_privacy": ""}


@pytest.fixture
def relayed(practice: Practice) -> Practice:
    """A practice with a way for calls that keeps addresses private."""
    assert practice.app[SITE].relay_offered
    return practice


@pytest.fixture
def bare(practice: Practice) -> Practice:
    """A practice whose calls can go direct alone."""
    practice.app[SITE] = replace(practice.app[SITE], relay_offered=False)
    return practice


@pytest.fixture
async def therapist(practice: Practice) -> Person:
    return await practice.add()


async def text(visitor: Visitor, path: str) -> str:
    answer = await visitor.get(path)
    assert answer.status == 200
    return unescape(await answer.text())


async def seen_by_client(practice: Practice, appointment: Appointment) -> str:
    """Return the page before the session, as a client sees it when the door is open."""
    practice.now = appointment.start_at - timedelta(minutes=5)
    visitor, page = await opened(practice, appointment)
    return await text(visitor, page)


def told(page: str) -> bool:
    """Tell whether a page says it, and not only has it at hand for its script."""
    return PROMISE in page.replace(f"hidden>{PROMISE}", "")


def box(page: str) -> str:
    found = BOX.search(page)
    return found[0] if found else ""


async def row(practice: Practice, page: str) -> Appointment:
    found = await practice.appointments.get(AppointmentId(page.rpartition("/")[2]))
    assert found is not None
    return found


async def test_what_is_ticked_when_it_is_made_is_kept_and_told_on_both_sides(
    relayed: Practice, therapist: Person
) -> None:
    visitor = await relayed.signed_in(therapist)
    assert "checked" not in box(await text(visitor, "/appointments/new"))
    plain, private = await book(visitor), await book(visitor, start="2026-11-24T15:00", **ON)
    assert not (await row(relayed, plain)).address_privacy
    assert "stay private" not in await text(visitor, plain)
    assert "stay private" in await text(visitor, private)
    appointment = await row(relayed, private)
    client, door = await opened(relayed, appointment)
    assert PROMISE in await text(client, door)
    assert PROMISE in await text(client, door.replace("/session/", "/booked/"))
    entered = await seen_by_client(relayed, appointment)
    assert told(entered)
    assert MINE not in entered
    assert told(await text(await relayed.signed_in(therapist), f"/call/{appointment.id}"))


async def test_a_form_that_is_not_right_yet_keeps_the_tick(
    relayed: Practice, therapist: Person
) -> None:
    visitor = await relayed.signed_in(therapist)
    answer = await visitor.post("/appointments/new", FORM | ON | {"name": ""})
    assert answer.status == 422
    assert "checked" in box(await answer.text())


async def test_it_is_switched_on_and_off_later_and_outlives_a_move(
    relayed: Practice, therapist: Person
) -> None:
    visitor = await relayed.signed_in(therapist)
    page = await book(visitor)
    answer = await visitor.post(f"{page}/privacy", ON)
    assert answer.headers["Location"] == f"{page}?done=private"
    assert "stay private in this session" in await text(visitor, answer.headers["Location"])
    await visitor.post(f"{page}/move", {"start": "2026-11-24T15:00", "minutes": "50"})
    assert (await row(relayed, page)).address_privacy
    await visitor.post(f"{page}/privacy", OFF)
    assert not (await row(relayed, page)).address_privacy
    await visitor.post(f"{page}/cancel", {})
    assert (await visitor.post(f"{page}/privacy", ON)).status == 409


async def test_nobody_switches_it_for_the_appointment_of_another(
    relayed: Practice, therapist: Person
) -> None:
    appointment = await relayed.appointment(therapist)
    stranger = await relayed.signed_in(await relayed.add(email="eve@example.org"))
    assert (await stranger.post(f"/appointments/{appointment.id}/privacy", ON)).status == 404
    assert not (await row(relayed, appointment.id)).address_privacy


async def test_all_of_a_series_have_it_and_all_that_come_are_switched_at_once(
    relayed: Practice, therapist: Person
) -> None:
    visitor = await relayed.signed_in(therapist)
    weekly = {"repeat": "1", "every": "3", "ends": "after", "until": "", "count": "3"}
    shown = await visitor.post("/appointments/new", FORM | weekly | ON)
    assert '<input type="hidden" name="address_privacy" value="yes">' in await shown.text()
    made = await visitor.post("/appointments/new", FORM | weekly | ON | {"act": "book"})
    series = made.headers["Location"].partition("?")[0]
    pages = re.findall(r'href="(/appointments/[\w-]{16,})"', await text(visitor, series))
    assert [(await row(relayed, page)).address_privacy for page in pages] == [True] * 3
    relayed.now = (await row(relayed, pages[0])).end_at
    visitor = await relayed.signed_in(therapist)
    assert "Switch off" in await text(visitor, series)
    answer = await visitor.post(f"{series}/privacy", OFF)
    assert answer.headers["Location"] == f"{series}?done=not-private"
    assert [(await row(relayed, page)).address_privacy for page in pages] == [True, False, False]
    assert "Switch on" in await text(visitor, series)


async def test_a_therapist_switches_it_on_for_every_session(
    relayed: Practice, therapist: Person
) -> None:
    visitor = await relayed.signed_in(therapist)
    page = await book(visitor)
    assert "stay encrypted from end to end" in await text(visitor, "/hours")
    answer = await visitor.post("/hours/privacy", ON)
    assert "stays private in every session" in await text(visitor, answer.headers["Location"])
    form = box(await text(visitor, "/appointments/new"))
    assert "checked" in form
    assert "disabled" in form
    shown = await text(visitor, page)
    assert "because you keep your internet address private in every session" in shown
    assert f'action="{page}/privacy"' not in shown
    appointment = await row(relayed, page)
    assert told(await seen_by_client(relayed, appointment))
    visitor = await relayed.signed_in(therapist)
    await visitor.post("/hours/privacy", OFF)
    assert not told(await seen_by_client(relayed, appointment))


async def test_in_a_practice_that_has_it_on_every_switch_is_on_and_fixed_with_the_reason(
    relayed: Practice, therapist: Person
) -> None:
    relayed.app[SITE] = replace(relayed.app[SITE], address_privacy=True)
    visitor = await relayed.signed_in(therapist)
    page = await book(visitor)
    reason = "for every session of the practice"
    for path in ("/hours", "/appointments/new", page):
        shown = await text(visitor, path)
        assert reason in shown
        assert "/privacy" not in "".join(re.findall(r'action="[^"]*"', shown))
    assert "disabled" in box(await text(visitor, "/appointments/new"))
    assert told(await seen_by_client(relayed, await row(relayed, page)))


async def test_a_client_who_books_ticks_it_and_keeps_the_tick_on_the_way(
    relayed: Practice,
) -> None:
    _, path = await booking_page(relayed)
    client = await relayed.visitor()
    held = unescape(await (await client.post(f"{path}/hold", BY_CLIENT | {"name": ""})).text())
    assert MINE in held
    assert "checked" not in box(held)
    other = await (await client.post(f"{path}/times", BY_CLIENT | ON)).text()
    assert '<input type="hidden" name="address_privacy" value="yes">' in other
    assert "checked" in box(await (await client.post(f"{path}/hold", BY_CLIENT | ON)).text())
    made = await client.post(path, BY_CLIENT | ON)
    assert (await row(relayed, made.headers["Location"])).address_privacy
    assert PROMISE in await text(client, made.headers["Location"])


async def test_a_client_who_books_with_a_private_therapist_is_told_so(relayed: Practice) -> None:
    host, path = await booking_page(relayed)
    await relayed.people.set_address_privacy(host.id, True, relayed.now)
    held = unescape(await (await (await relayed.visitor()).post(f"{path}/hold", BY_CLIENT)).text())
    assert PROMISE in held
    assert not box(held)


@pytest.mark.parametrize("offered", [False, True])
async def test_a_client_may_choose_it_before_entering_only_where_there_is_a_way(
    practice: Practice, therapist: Person, offered: bool
) -> None:
    practice.app[SITE] = replace(practice.app[SITE], relay_offered=offered)
    appointment = await practice.appointment(therapist)
    client, door = await opened(practice, appointment)
    early = "you can choose to keep your internet address private"
    assert (early in await text(client, door)) is offered
    assert ('id="address-privacy"' in await seen_by_client(practice, appointment)) is offered


async def test_without_a_relay_it_is_neither_offered_nor_switched_on(
    bare: Practice, therapist: Person
) -> None:
    visitor = await bare.signed_in(therapist)
    page = await book(visitor)
    for path in ("/hours", "/appointments/new", page):
        assert "private in every session" not in await text(visitor, path)
        assert not box(await text(visitor, path))
    for path in ("/hours/privacy", f"{page}/privacy"):
        answer = await visitor.post(path, ON)
        assert answer.status == 422
        assert "no relay" in await answer.text()
    refused = await visitor.post("/appointments/new", FORM | ON | {"start": "2026-11-24T15:00"})
    assert "no relay" in await refused.text()


async def test_what_is_on_can_be_switched_off_where_the_relay_is_gone(
    bare: Practice, therapist: Person
) -> None:
    appointment = await bare.appointment(therapist)
    page = f"/appointments/{appointment.id}"
    await bare.appointments.change(
        appointment.id, SetAddressPrivacy(on=True), therapist.id, bare.now
    )
    visitor = await bare.signed_in(therapist)
    assert f'action="{page}/privacy"' in await text(visitor, page)
    assert (await visitor.post(f"{page}/privacy", OFF)).status == 303
    assert not (await row(bare, page)).address_privacy


async def test_what_is_kept_of_it_is_said(relayed: Practice) -> None:
    page = await text(await relayed.visitor(), "/keep")
    assert "never the addresses themselves" in page
    assert "whether you keep your internet address private" in page
