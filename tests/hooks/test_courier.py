"""Messages reach webhooks, whatever these answer: signed, under one id, until they are taken."""

import asyncio
import socket
from collections import Counter
from datetime import timedelta
from itertools import pairwise

import msgspec
import pytest
from aiohttp import web
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from tests.hooks.conftest import START, Listener, Told, listening
from tests.ports import unused_port
from videocall.hooks.courier import AT_ONCE, pause_s
from videocall.hooks.post import signed, try_out
from videocall.ids import DeliveryId
from videocall.scheduling.appointment import Cancel, Move
from videocall.store.deliveries import CLAIM_HOLDS, TRIED_FOR, Deliveries
from videocall.store.hooks import Stopped

HOUR = timedelta(hours=1)


async def later(told: Told, by: timedelta, timeout_s: float = 10.0) -> None:
    """Let time pass, and the courier look once more."""
    told.now += by
    await told.courier(timeout_s).drain()


async def test_what_is_sent_are_the_very_bytes_that_were_signed(
    told: Told, listener: Listener
) -> None:
    hook = await told.hook(listener.url())
    booked = await told.book()
    await told.courier().drain()
    (came,) = listener.came
    said = Webhook(hook.secret).verify(came.body, came.headers)
    assert said == {
        "type": "appointment.booked",
        "timestamp": f"{told.now:%Y-%m-%dT%H:%M:%SZ}",
        "data": {
            "id": booked.id, "therapist": told.therapist.id, "kind": "video", "state": "booked",
            "start_at": f"{START:%Y-%m-%dT%H:%M:%SZ}", "sequence": 0, "series": None,
            "end_at": f"{START + timedelta(minutes=50):%Y-%m-%dT%H:%M:%SZ}",
        },
    }  # fmt: skip
    assert came.headers["Content-Type"] == "application/json"
    assert not {"Cookie", "Authorization"} & set(came.headers)
    for forged in (came.body.replace(b"booked", b"broken"), came.body + b" "):
        with pytest.raises(WebhookVerificationError):
            Webhook(hook.secret).verify(forged, came.headers)
    other = await told.hook(listener.url("/other"))
    with pytest.raises(WebhookVerificationError):
        Webhook(other.secret).verify(came.body, came.headers)
    assert await told.waiting() == [("sent", 1, 204)]


@pytest.mark.parametrize("status", [301, 302, 308, 400, 401, 404, 408, 429, 500, 503])
async def test_whatever_is_not_taken_is_sent_again_under_the_same_id(
    told: Told, listener: Listener, status: int
) -> None:
    await told.hook(listener.url())
    await told.book()
    listener.says(status, Location=listener.url("/elsewhere"))
    await told.courier().drain()
    await later(told, timedelta(seconds=3))
    assert len(listener.came) == 1, "nothing is due yet"
    await later(told, HOUR)
    listener.says(200)
    await later(told, HOUR)
    await later(told, HOUR)
    assert len(listener.came) == 3
    assert len({came.id for came in listener.came}) == 1
    assert len({came.body for came in listener.came}) == 1
    assert [after.at - before.at for before, after in pairwise(listener.came)] == [3603, 3600]
    assert listener.at("/elsewhere") == []
    assert await told.waiting() == [("sent", 3, 200)]
    assert told.watch.outcomes == Counter(later=2, taken=1)


async def test_a_webhook_that_is_refused_slow_or_drops_the_line_is_tried_again(
    told: Told, listener: Listener
) -> None:
    async def slow(_request: web.Request) -> web.Response:
        await asyncio.sleep(30)
        return web.Response()

    async def drop(request: web.Request) -> web.Response:
        assert request.transport is not None
        request.transport.close()
        return web.Response()

    async def drip(request: web.Request) -> web.StreamResponse:
        assert request.transport is not None
        for _ in range(100):
            request.transport.write(b"HTTP/1.1 200 OK\r\nX-")
            await asyncio.sleep(0.1)
        return web.Response()

    listener.answers = {"/slow": slow, "/drop": drop, "/drip": drip}
    for url in (
        listener.url("/slow"),
        listener.url("/drop"),
        listener.url("/drip"),
        f"http://127.0.0.1:{unused_port()}/",
        "http://nobody.invalid/",
        f"https://127.0.0.1:{listener.port}/",
    ):
        await told.hook(url)
    await told.book()
    await told.courier(timeout_s=0.5).drain()
    assert await told.waiting() == [("waiting", 1, None)] * 6
    listener.answers.clear()
    await later(told, HOUR)
    assert sorted(await told.waiting())[:3] == [("sent", 2, 204)] * 3


async def test_nothing_of_an_answers_body_is_read(told: Told, listener: Listener) -> None:
    sent = 0

    async def endless(request: web.Request) -> web.StreamResponse:
        nonlocal sent
        response = web.StreamResponse(status=200)
        await response.prepare(request)
        for _ in range(10_000):
            await response.write(b"x" * 65_536)
            sent += 1
        return response

    listener.answers = {"/hook": endless}
    await told.hook(listener.url())
    await told.book()
    await told.courier().drain()
    assert await told.waiting() == [("sent", 1, 200)]
    assert sent < 200


async def test_who_is_gone_is_never_sent_anything_again(told: Told, listener: Listener) -> None:
    hook = await told.hook(listener.url())
    kept = await told.hook(listener.url("/kept"))
    booked = await told.book()
    listener.says(410)
    await told.courier().drain()
    await told.rows.appointments.change(booked.id, Cancel(), told.therapist.id, told.now)
    await later(told, timedelta(days=1))
    assert len(listener.at("/hook")) == 1
    assert len(listener.at("/kept")) == 2
    stopped = await told.hooks.get(hook.id)
    assert stopped is not None
    assert stopped.stopped is Stopped.GONE
    still = await told.hooks.get(kept.id)
    assert still is not None
    assert still.stopped is None


async def test_one_that_takes_nothing_for_two_days_is_stopped_and_that_is_told(
    told: Told, listener: Listener
) -> None:
    hook = await told.hook(listener.url())
    await told.book()
    listener.says(500)
    while told.now < START:
        await told.courier().drain()
        told.now += timedelta(minutes=20)
    tries = len(listener.came)
    assert 8 <= tries <= 20
    tried_for = timedelta(seconds=listener.came[-1].at - listener.came[0].at)
    assert TRIED_FOR - HOUR <= tried_for <= TRIED_FOR + HOUR
    assert (await told.deliveries.health()).stopped == 1
    found = await told.hooks.get(hook.id)
    assert found is not None
    assert found.stopped is Stopped.FAILING
    assert [state for state, _, _ in await told.waiting()] == ["failed"]
    await told.book(START + HOUR, "Bob")
    await later(told, HOUR)
    assert len(listener.came) == tries
    listener.says(204)
    assert (await try_out(found, told.now)).code == 204
    await told.hooks.start_again(hook.id, told.now)
    await told.book(START + 2 * HOUR, "Cy")
    await later(told, timedelta())
    assert len(listener.came) == tries + 2


async def test_one_that_takes_something_now_and_then_is_not_stopped(
    told: Told, listener: Listener
) -> None:
    hook = await told.hook(listener.url())
    for day in range(4):
        listener.says(500)
        await told.book(START + timedelta(days=2 + day), f"D{day}")
        for _ in range(4):
            await later(told, timedelta(hours=7))
        assert (await told.deliveries.health()).failing == 1
        listener.says(204)
        await later(told, timedelta(hours=7))
        assert (await told.deliveries.health()).failing == 0
    found = await told.hooks.get(hook.id)
    assert found is not None
    assert found.stopped is None


async def test_a_slow_webhook_holds_up_none_but_its_own(told: Told, listener: Listener) -> None:
    release = asyncio.Event()

    async def slow(_request: web.Request) -> web.Response:
        await release.wait()
        return web.Response(status=204)

    listener.answers = {"/slow": slow}
    await told.hook(listener.url("/slow"))
    await told.hook(listener.url("/fast"))
    for number in range(5):
        await told.book(START + number * HOUR, f"C{number}")
    running = asyncio.create_task(told.courier().run_forever())
    async with asyncio.timeout(10):
        while len(listener.at("/fast")) < 5:
            await asyncio.sleep(0.01)
    assert len(listener.at("/slow")) == 1
    release.set()
    async with asyncio.timeout(10):
        while len(listener.at("/slow")) < 5:
            await asyncio.sleep(0.01)
    running.cancel()
    await asyncio.wait({running})
    assert told.watch.health.failing == 0


async def test_only_a_few_are_sent_at_once(told: Told, listener: Listener) -> None:
    now, most = 0, 0

    async def counted(_request: web.Request) -> web.Response:
        nonlocal now, most
        now += 1
        most = max(most, now)
        await asyncio.sleep(0.05)
        now -= 1
        return web.Response(status=204)

    for number in range(3 * AT_ONCE):
        listener.answers[f"/{number}"] = counted
        await told.hook(listener.url(f"/{number}"))
    await told.book()
    await told.courier().drain()
    assert len(listener.came) == 3 * AT_ONCE
    assert 1 < most <= AT_ONCE


async def test_of_two_processes_one_sends_each_message(told: Told, listener: Listener) -> None:
    await told.hook(listener.url())
    for number in range(10):
        await told.book(START + number * HOUR, f"C{number}")
    second = Deliveries(told.rows.database, told.rows.seal)
    other = Told(told.rows, told.therapist, told.now)
    other.deliveries = second
    await asyncio.gather(told.courier().drain(), other.courier().drain())
    assert len({came.id for came in listener.came}) == len(listener.came) == 10


async def test_a_claim_of_a_process_that_died_runs_out_and_the_id_stays(
    told: Told, listener: Listener
) -> None:
    await told.hook(listener.url())
    await told.book()
    claimed = await told.deliveries.claim(told.now)
    assert claimed is not None
    await later(told, CLAIM_HOLDS - timedelta(seconds=1))
    assert listener.came == []
    await later(told, timedelta(seconds=1))
    assert [came.id for came in listener.came] == [claimed.id]


async def test_a_message_to_a_removed_webhook_goes_nowhere(told: Told, listener: Listener) -> None:
    hook = await told.hook(listener.url())
    await told.book()
    await told.hooks.remove(hook.id, told.now)
    await told.courier().drain()
    assert listener.came == []
    assert await told.waiting() == []


async def test_a_move_while_a_message_waits_is_told_beside_it(
    told: Told, listener: Listener
) -> None:
    await told.hook(listener.url())
    booked = await told.book()
    await told.rows.appointments.change(booked.id, Move(START + HOUR, 50), "x", told.now)
    await told.courier().drain()
    said = [msgspec.json.decode(came.body) for came in listener.came]
    assert [each["type"] for each in said] == ["appointment.booked", "appointment.moved"]
    assert [each["data"]["sequence"] for each in said] == [0, 1]


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]"])
async def test_an_address_of_the_local_network_is_not_even_connected_to(
    told: Told, name: str
) -> None:
    with socket.socket() as listening_socket:
        listening_socket.bind(("127.0.0.1", 0))
        listening_socket.listen()
        listening_socket.setblocking(False)
        port = listening_socket.getsockname()[1]
        await told.hook(f"http://{name}:{port}/", private=False)
        await told.book()
        await told.courier().drain()
        with pytest.raises(BlockingIOError):
            listening_socket.accept()
    assert await told.waiting() == [("waiting", 1, None)]


async def test_a_stop_waits_for_the_message_in_hand(told: Told, listener: Listener) -> None:
    begun, release = asyncio.Event(), asyncio.Event()

    async def slow(_request: web.Request) -> web.Response:
        begun.set()
        await release.wait()
        return web.Response(status=204)

    listener.answers = {"/hook": slow}
    await told.hook(listener.url())
    await told.book()
    running = asyncio.create_task(told.courier().run_forever())
    await begun.wait()
    running.cancel()
    await asyncio.sleep(0)
    release.set()
    await asyncio.wait({running})
    assert await told.waiting() == [("sent", 1, 204)]


async def test_the_courier_goes_on_when_the_other_side_comes_back(told: Told) -> None:
    port = unused_port()
    await told.hook(f"http://127.0.0.1:{port}/hook")
    await told.book()
    running = asyncio.create_task(told.courier().run_forever())
    async with asyncio.timeout(10):
        while not told.watch.outcomes["later"]:
            await asyncio.sleep(0.01)
    async with listening(port) as listener:
        told.now += HOUR
        await listener.until(1)
    running.cancel()
    await asyncio.wait({running})


def test_pauses_grow_up_to_six_hours_and_no_two_are_alike() -> None:
    for attempts, least in ((1, 4), (2, 16), (3, 64), (4, 256), (9, 17_280), (10**6, 17_280)):
        pauses = {pause_s(attempts) for _ in range(200)}
        assert least <= min(pauses)
        assert max(pauses) <= 6 * 3600 * 1.2
        assert len(pauses) > 100


async def test_a_signature_is_over_id_second_and_bytes(told: Told) -> None:
    hook = await told.hook("https://example.org/")
    headers = signed(hook, DeliveryId("msg_1"), "{}", told.now)
    assert Webhook(hook.secret).verify("{}", headers) == {}
    after = str(int(headers["webhook-timestamp"]) + 1)
    for name, other in (("webhook-id", "msg_2"), ("webhook-timestamp", after)):
        with pytest.raises(WebhookVerificationError):
            Webhook(hook.secret).verify("{}", headers | {name: other})
