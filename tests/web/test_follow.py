"""Open pages follow at once: the stream of a client's page, and her desk."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from aiohttp import ClientResponse, ClientWebSocketResponse

from tests.web.conftest import PUBLIC_URL, Practice, Visitor
from videocall.access.people import Person
from videocall.scheduling.appointment import (
    Appointment,
    Cancel,
    Command,
    Confirm,
    End,
    MarkNoShow,
    Move,
    Party,
    ReissueLink,
)
from videocall.signalling.messages import DESK_SUBPROTOCOL, Changed, parse_desk_down
from videocall.web import follow, keys
from videocall.web.changes import change, undo
from videocall.web.household import STREAMS

SOON_S = 5.0


@dataclass
class Stream:
    """A page that listens."""

    answer: ClientResponse

    async def hear(self) -> str | None:
        """Return what the next event says; nothing where the stream has ended."""
        async with asyncio.timeout(SOON_S):
            while line := await self.answer.content.readline():
                if line.startswith(b"data:"):
                    return line.decode().partition(":")[2].strip()
        return None


@pytest.fixture
async def therapist(practice: Practice) -> Person:
    return await practice.add()


async def visit(practice: Practice, appointment: Appointment) -> Visitor:
    visitor = await practice.visitor()
    answer = await visitor.post_json("/j", {"token": practice.link_token(appointment)})
    assert answer.status == 200
    return visitor


async def listen(visitor: Visitor, appointment: Appointment) -> Stream:
    answer = await visitor.get(f"/session/{appointment.id}/events", Accept="text/event-stream")
    assert answer.status == 200, await answer.text()
    assert answer.content_type == "text/event-stream"
    return Stream(answer)


@asynccontextmanager
async def desk(practice: Practice, person: Person) -> AsyncIterator[ClientWebSocketResponse]:
    """Return her product-wide socket, once it has told who waits."""
    visitor = await practice.signed_in(person)
    cookie = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    async with visitor.browser.ws_connect(
        "/desk/socket", protocols=[DESK_SUBPROTOCOL], origin=PUBLIC_URL, headers={"Cookie": cookie}
    ) as ws:
        await ws.receive_str()
        yield ws


async def changed(ws: ClientWebSocketResponse) -> str:
    """Wait for the next `changed`; return which appointment it names."""
    async with asyncio.timeout(SOON_S):
        while True:
            message = parse_desk_down((await ws.receive_str()).encode()).message
            if isinstance(message, Changed):
                return message.appointment


COMMANDS: list[Callable[[Appointment], Command]] = [
    lambda row: Move(row.start_at + timedelta(days=1), 50),
    lambda row: Cancel(),
    lambda row: End(),
    lambda row: ReissueLink(),
]


@pytest.mark.parametrize("command", COMMANDS, ids=["move", "cancel", "end", "reissue"])
async def test_every_change_is_heard_by_all_open_pages_of_both(
    practice: Practice, therapist: Person, command: Callable[[Appointment], Command]
) -> None:
    row = await practice.appointment(therapist)
    streams = [await listen(await visit(practice, row), row) for _ in range(3)]
    assert {await stream.hear() for stream in streams} == {row.changed_at.isoformat()}
    async with desk(practice, therapist) as first, desk(practice, therapist) as second:
        practice.now += timedelta(seconds=1)
        await change(practice.app, row.id, command(row), therapist.id, practice.now)
        assert {await changed(first), await changed(second)} == {row.id}
    for stream in streams:
        assert await stream.hear() != row.changed_at.isoformat()


async def test_what_clients_do_is_heard_at_her_desk(practice: Practice, therapist: Person) -> None:
    row = await practice.appointment(therapist, in_min=3000)
    visitor = await visit(practice, row)
    other = await practice.add(email="otto@example.org")
    elsewhere = await practice.appointment(other, in_min=3000, name="Quiet Owl")
    async with desk(practice, therapist) as ws:
        await change(practice.app, elsewhere.id, Cancel(), other.id, practice.now)
        await visitor.post(f"/session/{row.id}/change/cancel", {"sequence": "0"})
        assert await changed(ws) == row.id
        await visitor.post(f"/session/{row.id}/change/undo")
        assert await changed(ws) == row.id


async def test_what_a_client_asks_for_is_heard_at_her_desk_and_her_word_on_their_page(
    practice: Practice, therapist: Person
) -> None:
    row = await practice.appointment(therapist)
    await practice.app[keys.DATABASE].write(
        lambda tables: tables.execute("UPDATE appointments SET state = 'tentative'")
    )
    visitor = await visit(practice, row)
    stream = await listen(visitor, row)
    await stream.hear()
    assert 'data-door="tentative"' in await (await visitor.get(f"/session/{row.id}")).text()
    practice.now += timedelta(seconds=1)
    await change(practice.app, row.id, Confirm(), therapist.id, practice.now)
    assert await stream.hear() == practice.now.isoformat()
    assert 'data-door="early"' in await (await visitor.get(f"/session/{row.id}")).text()


async def test_an_undo_is_heard_as_well(practice: Practice, therapist: Person) -> None:
    row = await practice.appointment(therapist)
    visitor = await visit(practice, row)
    stream = await listen(visitor, row)
    await stream.hear()
    await change(practice.app, row.id, Cancel(), therapist.id, practice.now)
    await stream.hear()
    practice.now += timedelta(seconds=1)
    await undo(practice.app, row.id, Party.THERAPIST, therapist.id, practice.now)
    assert await stream.hear() == practice.now.isoformat()


async def test_a_revoked_link_ends_its_streams_and_opens_none(
    practice: Practice, therapist: Person
) -> None:
    row = await practice.appointment(therapist)
    visitor = await visit(practice, row)
    stream = await listen(visitor, row)
    await stream.hear()
    await change(practice.app, row.id, ReissueLink(), therapist.id, practice.now)
    assert await stream.hear() == ""
    assert await stream.hear() is None
    refused = await visitor.get(f"/session/{row.id}/events", Accept="text/event-stream")
    assert refused.status == 403
    told = await (await visitor.get(f"/session/{row.id}/door")).json()
    assert told["door"] == "revoked"
    assert told["changed_at"] is None
    assert told["start_at_ms"] is None


async def test_a_stream_is_for_those_with_a_visit_alone(
    practice: Practice, therapist: Person
) -> None:
    row = await practice.appointment(therapist)
    other = await practice.appointment(therapist, in_min=300, name="Otto")
    for visitor in (await practice.visitor(), await visit(practice, other)):
        for id in (row.id, "never-was-there"):
            answer = await visitor.get(f"/session/{id}/events", Accept="text/event-stream")
            assert answer.status == 403


async def test_a_household_has_so_many_streams_and_what_is_closed_counts_no_more(
    practice: Practice, therapist: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "BEAT_S", 0.02)
    practice.app[keys.SITE] = replace(practice.app[keys.SITE], sockets_per_address=2)
    row = await practice.appointment(therapist)
    visitor = await visit(practice, row)
    streams = [await listen(visitor, row) for _ in range(2)]
    third = await visitor.get(f"/session/{row.id}/events", Accept="text/event-stream")
    assert third.status == 429
    elsewhere = await visitor.get(
        f"/session/{row.id}/events",
        **{"Accept": "text/event-stream", "X-Forwarded-For": "203.0.113.9"},
    )
    assert elsewhere.status == 200
    # Streams leave the sockets of a call their places.
    streams[0].answer.close()
    await until(lambda: sum(practice.app[STREAMS].values()) == 2)
    assert (await listen(visitor, row)).answer.status == 200


async def test_a_stream_beats_and_ends_after_a_while_so_that_the_door_is_asked_again(
    practice: Practice, therapist: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(follow, "BEAT_S", 0.02)
    row = await practice.appointment(therapist)
    stream = await listen(await visit(practice, row), row)
    await stream.hear()
    async with asyncio.timeout(SOON_S):
        while (await stream.answer.content.readline()).strip() != b":":
            pass
    practice.now += timedelta(seconds=follow.LIVES_S)
    assert await stream.hear() is None


async def test_a_server_that_stops_lets_every_page_go(
    practice: Practice, therapist: Person
) -> None:
    row = await practice.appointment(therapist)
    stream = await listen(await visit(practice, row), row)
    await stream.hear()
    await practice.app[keys.HUB].go_home(0)
    assert await stream.hear() is None
    late = await listen(await visit(practice, row), row)
    assert await late.hear() == row.changed_at.isoformat()
    assert await late.hear() is None


async def test_a_no_show_is_told_and_a_change_while_the_page_looks_away_is_not_lost(
    practice: Practice, therapist: Person
) -> None:
    row = await practice.appointment(therapist, in_min=5)
    visitor = await visit(practice, row)
    practice.now += timedelta(minutes=20)
    await change(practice.app, row.id, MarkNoShow(), therapist.id, practice.now)
    stream = await listen(visitor, row)
    assert await stream.hear() == practice.now.isoformat()


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(SOON_S):
        while not condition():
            await asyncio.sleep(0.01)
