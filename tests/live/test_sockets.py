"""Signalling over real sockets: what a browser meets, and what a hostile one does."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiohttp import WSMsgType, WSServerHandshakeError

from tests.practice import Work, configure, open_practice
from videocall import clock
from videocall.errors import CloseCode, LinkInvalid
from videocall.health.visitor import Closed, Visitor
from videocall.scheduling.appointment import Appointment, ReissueLink, SetAddressPrivacy
from videocall.signalling.messages import (
    SUBPROTOCOL,
    Admitted,
    AdmittedTo,
    Candidate,
    CandidateFrom,
    Decline,
    Declined,
    Description,
    DescriptionFrom,
    DescriptionKind,
    End,
    Ended,
    Host,
    Ice,
    Joined,
    Leave,
    Note,
    PeerState,
    Place,
    Presence,
    Refused,
    Replaced,
    Revoked,
    SendNote,
    Takeover,
    Text,
    TextFrom,
)
from videocall.web import keys

SDP = "v=0\r\na=fingerprint:sha-256 " + ":".join(["AB"] * 32) + "\r\n"
HOST_CANDIDATE = "candidate:1 1 udp 2122260223 192.0.2.7 53123 typ host"


@pytest.fixture
async def work(tmp_path: Path) -> AsyncIterator[Work]:
    async with open_practice(configure(tmp_path)) as practice:
        yield practice


async def in_call(work: Work, appointment: Appointment | None = None) -> tuple[Visitor, Visitor]:
    """Bring a therapist and a client into their call."""
    appointment = appointment or await work.book()
    session = await work.signed_in()
    desk = await work.desk(session)
    client = await work.client(appointment)
    (person,) = await desk.who_waits()
    await desk.admit(person)
    therapist = await work.host(appointment, session)
    await client.hear(Joined)
    await therapist.hear(Joined)
    return therapist, client


async def nobody_is_in(work: Work) -> None:
    """Wait until the hub has let go of every room, which it does once all is written."""
    async with asyncio.timeout(5):
        while list(work.app[keys.HUB].rooms()):
            await asyncio.sleep(0)


async def test_the_whole_way_from_link_to_end(work: Work) -> None:
    appointment = await work.book("Alex")
    session = await work.signed_in()
    desk = await work.desk(session)
    client = await work.client(appointment)
    assert client.caller.place is Place.WAITING
    assert (await client.hear(Host)).present
    (person,) = await desk.who_waits()
    assert (person.name, person.second_device, person.connected) == ("Alex", False, True)

    await desk.say(SendNote(appointment.id, person.peer, "Two more minutes"))
    assert await client.hear(Note) == Note("Two more minutes")
    await desk.admit(person)
    await client.hear(Admitted)
    await client.hear(Ice)
    while not isinstance(message := await desk.hear(), AdmittedTo):
        pass
    assert message.appointment == appointment.id

    therapist = await work.host(appointment, session)
    to_client, to_therapist = await therapist.hear(Joined), await client.hear(Joined)
    assert (to_client.polite, to_therapist.polite) == (False, True)
    await therapist.say(Description(to_client.peer, DescriptionKind.OFFER, SDP))
    offer = await client.hear(DescriptionFrom)
    assert (offer.sdp, offer.sender) == (SDP, to_therapist.peer)
    await client.say(Candidate(offer.sender, "", "0", 0, "abcd"))
    assert (await therapist.hear(CandidateFrom)).sender == to_client.peer
    await client.say(Text("hello"))
    assert (await therapist.hear(TextFrom)).text == "hello"

    await therapist.say(End())
    await client.hear(Ended)
    assert await client.closed() == CloseCode.ENDED
    assert await therapist.closed() == CloseCode.ENDED
    await nobody_is_in(work)
    with pytest.raises(WSServerHandshakeError):
        await client.connect()


@pytest.mark.parametrize("by", ["nobody", "therapist", "appointment"])
async def test_an_address_passes_unless_the_therapist_or_the_appointment_keeps_it_private(
    work: Work, by: str
) -> None:
    appointment, now = await work.book(), clock.now()
    if by == "therapist":
        await work.app[keys.PEOPLE].set_address_privacy(work.therapist.id, True, now)
    elif by == "appointment":
        rows, private = work.app[keys.APPOINTMENTS], SetAddressPrivacy(on=True)
        await rows.change(appointment.id, private, work.therapist.id, now)
    therapist, client = await in_call(work, appointment)
    assert therapist.caller.peer is not None
    await client.say(Candidate(therapist.caller.peer, HOST_CANDIDATE, "0", 0, "abcd"))
    await client.say(Text("hello"))
    heard = await therapist.hear_any()
    while not isinstance(heard, CandidateFrom | TextFrom):
        heard = await therapist.hear_any()
    assert isinstance(heard, CandidateFrom) is (by == "nobody")


async def test_a_dropped_socket_loses_no_message_and_repeats_none(work: Work) -> None:
    therapist, client = await in_call(work)
    await client.drop()
    state = await therapist.hear(PeerState)
    assert state.presence is Presence.RECONNECTING
    for number in range(30):
        await therapist.say(Text(f"line {number}"))
        await client.say(Text(f"answer {number}"))
    welcome = await client.connect()
    assert welcome is not None
    assert welcome.resumed
    assert [(await client.hear(TextFrom)).text for _ in range(30)] == [
        f"line {number}" for number in range(30)
    ]
    assert [(await therapist.hear(TextFrom)).text for _ in range(30)] == [
        f"answer {number}" for number in range(30)
    ]


async def test_a_reload_is_back_in_its_seat_without_a_new_admission(work: Work) -> None:
    therapist, client = await in_call(work)
    again = work.visitor(client._http, tab=client.caller.tab)
    welcome = await again.connect(client._path)
    assert welcome is not None
    assert (welcome.place, welcome.resumed) == (Place.SEATED, False)
    assert (await therapist.hear(Joined)).page == again.caller.page
    assert await client.closed() == CloseCode.REPLACED


async def test_a_second_tab_moves_the_call_only_when_told(work: Work) -> None:
    therapist, client = await in_call(work)
    second = work.visitor(client._http)
    welcome = await second.connect(client._path)
    assert welcome is not None
    assert welcome.place is Place.ASKING
    await client.say(Text("still here"))
    assert (await therapist.hear(TextFrom)).text == "still here"
    await second.say(Takeover())
    await client.hear(Replaced)
    assert await client.closed() == CloseCode.REPLACED
    assert (await therapist.hear(Joined)).page == second.caller.page


async def test_a_declined_client_never_re_enters_but_the_link_still_opens_for_others(
    work: Work,
) -> None:
    appointment = await work.book()
    desk = await work.desk(await work.signed_in())
    stranger = await work.client(appointment)
    (person,) = await desk.who_waits()
    await desk.say(Decline(appointment.id, person.peer))
    await stranger.hear(Declined)
    assert await stranger.closed() == CloseCode.REFUSED
    again = work.visitor(stranger._http)
    await again.connect(stranger._path)
    assert await again.closed() == CloseCode.REFUSED
    assert (await work.client(appointment)).caller.place is Place.WAITING


async def test_a_forwarded_link_is_shown_as_a_second_device(work: Work) -> None:
    appointment = await work.book()
    desk = await work.desk(await work.signed_in())
    await work.client(appointment)
    await desk.who_waits(1)
    await work.client(appointment)
    first, second = await desk.who_waits(2)
    assert (first.second_device, second.second_device) == (False, True)


async def test_a_reissued_link_closes_open_sockets_within_a_second(work: Work) -> None:
    therapist, client = await in_call(work)
    appointment_id = client._path.rpartition("/")[2]
    path = f"{work.url}/appointments/{appointment_id}/reissue"
    async with asyncio.timeout(1):
        async with therapist._http.post(path, headers={"Origin": work.url}) as answer:
            assert answer.status == 200
        await client.hear(Revoked)
        assert await client.closed() == CloseCode.LINK_INVALID
    with pytest.raises(WSServerHandshakeError):
        await client.connect()


async def test_an_old_link_opens_nothing_after_a_reissue(work: Work) -> None:
    appointment = await work.book()
    before = work.link(appointment)
    appointments, now = work.app[keys.APPOINTMENTS], work.app[keys.NOW]()
    after = await appointments.change(appointment.id, ReissueLink(), work.therapist.id, now)
    old, new = work.visitor(work.browser()), work.visitor(work.browser())
    with pytest.raises(WSServerHandshakeError):
        await old.connect(await old.open_link(before))
    assert await new.connect(await new.open_link(work.link(after))) is not None


async def test_a_broken_link_opens_nothing(work: Work) -> None:
    appointment = await work.book()
    token = work.link(appointment)
    for broken in ("", "x", token[:-2], token + "=", token + "a", "a.b.c", "x" * 5000):
        with pytest.raises(LinkInvalid):
            await work.visitor(work.browser()).open_link(broken)


@pytest.mark.parametrize("origin", [None, "null", "https://evil.example", "http://localhost:1"])
async def test_a_foreign_page_cannot_open_a_socket(work: Work, origin: str | None) -> None:
    appointment = await work.book()
    client = await work.client(appointment, enter=False)
    url = f"{work.url}/session/{appointment.id}/socket"
    with pytest.raises(WSServerHandshakeError) as refused:
        await client._http.ws_connect(url, protocols=[SUBPROTOCOL], origin=origin)
    assert refused.value.status == 403


async def test_a_socket_without_our_subprotocol_is_told_what_to_speak(work: Work) -> None:
    appointment = await work.book()
    client = await work.client(appointment, enter=False)
    url = f"{work.url}/session/{appointment.id}/socket"
    headers = {"Origin": work.url}
    async with client._http.get(url, headers=headers) as answer:
        assert answer.status == 422
        assert SUBPROTOCOL in await answer.text()


async def test_before_hello_nothing_else_is_heard(work: Work) -> None:
    appointment = await work.book()
    client = await work.client(appointment, enter=False)
    url = f"{work.url}/session/{appointment.id}/socket"
    ws = await client._http.ws_connect(url, protocols=[SUBPROTOCOL], origin=work.url)
    await ws.send_str('{"seq":1,"ack":0,"message":{"type":"text","text":"hi"}}')
    await ws.receive()
    assert ws.close_code == CloseCode.PROTOCOL


async def test_a_socket_that_says_no_hello_is_closed_after_five_seconds(work: Work) -> None:
    appointment = await work.book()
    client = await work.client(appointment, enter=False)
    url = f"{work.url}/session/{appointment.id}/socket"
    ws = await client._http.ws_connect(url, protocols=[SUBPROTOCOL], origin=work.url)
    async with asyncio.timeout(15):
        await ws.receive()
    assert ws.close_code == CloseCode.PROTOCOL


@pytest.mark.parametrize(
    ("frame", "code"),
    [
        ("hello", CloseCode.PROTOCOL),
        ("{}", CloseCode.PROTOCOL),
        ("[" * 60_000, CloseCode.PROTOCOL),
        (b"\x00\x01", CloseCode.PROTOCOL),
        ("x" * 70_000, 1009),
        ('{"seq":0,"ack":0,"message":{"type":"leave"}}', CloseCode.PROTOCOL),
        ('{"seq":99,"ack":0,"message":{"type":"takeover"}}', CloseCode.PROTOCOL),
        ('{"seq":1,"ack":99,"message":{"type":"takeover"}}', CloseCode.PROTOCOL),
    ],
)
async def test_a_frame_that_cannot_be_costs_its_own_socket_and_nobody_elses(
    work: Work, frame: str | bytes, code: int
) -> None:
    appointment = await work.book()
    desk = await work.desk(await work.signed_in())
    stranger, client = await work.client(appointment), await work.client(appointment)
    await desk.who_waits(2)
    await stranger.send_raw(frame)
    assert await stranger.closed() == code
    await client.say(Leave())
    remaining = await desk.who_waits(1)
    assert remaining[0].connected is False


@pytest.mark.parametrize(
    "message",
    ['{"type":"shutdown"}', '{"type":"text","text":""}', '{"type":"report","state":"x"}'],
)
async def test_a_message_that_cannot_be_used_is_refused_and_the_socket_lives(
    work: Work, message: str
) -> None:
    appointment = await work.book()
    client = await work.client(appointment)
    numbered = client.caller.say(Text("x")).decode().replace('{"type":"text","text":"x"}', message)
    await client.send_raw(numbered)
    refused = await client.hear(Refused)
    assert (refused.code, refused.about) == ("bad_message", 1)
    await client.say(Text("hi"))
    assert (await client.hear(Refused)).code == "not_admitted"


async def test_one_address_has_at_most_twenty_sockets(work: Work) -> None:
    appointment = await work.book()
    session = await work.signed_in()
    desks = [await work.desk(session) for _ in range(20)]
    assert len(desks) == 20
    client = await work.client(appointment, enter=False)
    with pytest.raises(WSServerHandshakeError) as refused:
        await client.connect(f"/session/{appointment.id}")
    assert refused.value.status == 429


async def test_a_therapist_cannot_open_anothers_room(work: Work) -> None:
    other = await work.add(work.therapist.role, "other@example.org")
    appointment = await work.book(therapist=other)
    with pytest.raises(WSServerHandshakeError) as refused:
        await work.host(appointment, await work.signed_in())
    assert refused.value.status == 404


async def test_a_finished_room_leaves_nothing_behind(work: Work) -> None:
    therapist, client = await in_call(work)
    hub = work.app[keys.HUB]
    await therapist.say(End())
    await client.closed()
    await therapist.closed()
    await nobody_is_in(work)
    assert list(hub.rooms()) == []


async def test_signing_out_ends_what_was_open_and_nobody_is_admitted_by_it(work: Work) -> None:
    appointment = await work.book()
    session = await work.signed_in()
    desk = await work.desk(session)
    await work.client(appointment)
    (person,) = await desk.who_waits()
    async with session.post(f"{work.url}/signout", headers={"Origin": work.url}) as answer:
        assert answer.status == 200
    frame = await desk.ws.receive()
    while frame.type is WSMsgType.TEXT:
        frame = await desk.ws.receive()
    assert frame.data == CloseCode.GOING_AWAY
    with pytest.raises(WSServerHandshakeError) as refused:
        await work.desk(session)
    assert refused.value.status == 401
    again = await work.desk(await work.signed_in())
    assert (await again.who_waits())[0].peer == person.peer


async def test_at_a_stop_everyone_is_sent_home_to_come_back(tmp_path: Path) -> None:
    config = configure(tmp_path)
    async with open_practice(config) as work:
        _therapist, client = await in_call(work)
        going = asyncio.create_task(work.app[keys.HUB].go_home(0.1))
        assert await client.closed() == CloseCode.RESTARTING
        await going
        with pytest.raises(WSServerHandshakeError) as refused:
            await client.connect()
        assert refused.value.status == 503
        jar, path, caller = client._http.cookie_jar, client._path, client.caller
    async with open_practice(config) as work:
        returned = work.visitor(work.browser())
        returned._http._cookie_jar = jar
        returned.caller = caller
        welcome = await returned.connect(path)
        assert welcome is not None
        assert (welcome.resumed, welcome.place) == (False, Place.SEATED)


def test_closed_says_its_code() -> None:
    assert Closed(4410).close_code_heard == 4410
