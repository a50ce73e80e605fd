"""From a change to the program that is told of it: the service itself, running; and killed."""

import asyncio
import random
import sqlite3
from datetime import timedelta
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import ClientError, ClientSession, web
from standardwebhooks.webhooks import Webhook

from tests.browser.program import serve
from tests.hooks.conftest import Listener
from tests.practice import Work, configure, employ, open_practice
from videocall import clock
from videocall.app import build
from videocall.config import Config
from videocall.scheduling.appointment import Cancel
from videocall.signalling.messages import Admitted, Ended
from videocall.store.hooks import Hook, Hooks
from videocall.web import keys


async def connect(work: Work, listener: Listener) -> tuple[str, Hook]:
    """Connect a program; return its token and its webhook."""
    made, token = await work.app[keys.INTEGRATIONS].add("Software", None, clock.now())
    hooks = Hooks(work.app[keys.DATABASE], work.app[keys.SEAL])
    return token, await hooks.add(made.id, listener.url(), clock.now(), private=True)


def words(hook: Hook, listener: Listener) -> list[str]:
    """Return the types of the messages that came, each signed and fresh."""
    return [each["type"].partition(".")[2] for each in said(hook, listener)]


async def test_a_session_is_told_from_the_booking_to_its_end(
    tmp_path: Path, listener: Listener
) -> None:
    async with open_practice(configure(tmp_path)) as work:
        token, hook = await connect(work, listener)
        bearer = {"Authorization": f"Bearer {token}"}
        path = f"{work.url}/api/v1/appointments"
        new = {
            "therapist": work.therapist.id,
            "start_at": clock.now().replace(second=0, microsecond=0) + timedelta(minutes=5),
            "minutes": 50,
            "client": {"name": "Blue Heron"},
        }
        sent = msgspec.json.encode(new)
        headers = bearer | {"Content-Type": "application/json"}
        async with work.browser().post(path, data=sent, headers=headers) as answer:
            made = await answer.json()
            assert answer.status == 201, made
        path += f"/{made['id']}"
        await listener.until(1)

        async def live() -> Any:
            async with work.browser().get(f"{path}/live", headers=bearer) as answer:
                return await answer.json()

        assert await live() == {"waiting": 0, "live": False}
        phone = work.browser()
        client = work.visitor(phone)
        room = await client.open_link(made["link"].partition("#")[2])
        await asyncio.sleep(0.1)
        assert len(listener.came) == 1, "opening the link is no arrival"
        await client.connect(room)
        await listener.until(2)
        assert await live() == {"waiting": 1, "live": False}
        await client.drop()
        await client.connect()
        again = work.visitor(phone)
        await again.connect(room)
        session = await work.signed_in()
        desk = await work.desk(session)
        appointment = await work.app[keys.APPOINTMENTS].get(made["id"])
        assert appointment is not None
        _, newest = await desk.who_waits(2)
        await desk.admit(newest)
        await again.hear(Admitted)
        await work.host(appointment, session)
        async with asyncio.timeout(10):
            while not (await live())["live"]:
                await asyncio.sleep(0.01)
        assert await live() == {"waiting": 0, "live": True}
        async with work.browser().post(f"{path}/end", headers=bearer) as answer:
            assert answer.status == 200
        await again.hear(Ended)
        await listener.until(3)
        assert words(hook, listener) == ["booked", "arrived", "ended"]
        for came in listener.came:
            for private in (b"Heron", b"Rivera", b"/j#", b"example.org"):
                assert private not in came.body
        async with work.browser().get(f"{work.url}/metrics") as answer:
            assert 'videocall_deliveries_total{outcome="taken"} 3.0' in await answer.text()


async def test_a_webhook_that_fails_is_told_to_operators(
    tmp_path: Path, listener: Listener
) -> None:
    listener.says(500)
    async with open_practice(configure(tmp_path)) as work:
        await connect(work, listener)
        made = await work.book()
        await listener.until(1)

        async def ready() -> Any:
            async with work.browser().get(f"{work.url}/readyz") as answer:
                assert answer.status == 200
                return await answer.json()

        async with asyncio.timeout(10):
            while (await ready())["status"] != "warn":
                await asyncio.sleep(0.02)
        assert (await ready())["checks"]["webhooks"] == "warn: 1 fail, 0 stopped"
        listener.says(410)
        change = work.app[keys.APPOINTMENTS].change
        await change(made.id, Cancel(), work.therapist.id, clock.now())
        async with asyncio.timeout(10):
            while (await ready())["checks"]["webhooks"] != "warn: 0 fail, 1 stopped":
                await asyncio.sleep(0.02)
        async with work.browser().get(f"{work.url}/metrics") as answer:
            assert 'videocall_hooks_failing{state="stopped"}' in await answer.text()


async def prepared(config: Config, listener: Listener) -> tuple[Work, str, Hook]:
    """Return a practice with a connected program, before the service runs."""
    app = build(config)
    work = await employ(app, config)
    token, hook = await connect(work, listener)
    app[keys.DATABASE].close()
    return work, token, hook


async def test_killed_while_it_tells_it_tells_again_under_the_same_id(
    tmp_path: Path, listener: Listener
) -> None:
    config = configure(tmp_path)
    work, token, hook = await prepared(config, listener)
    begun = asyncio.Event()

    async def hang(_request: web.Request) -> web.Response:
        begun.set()
        await asyncio.sleep(60)
        return web.Response()

    listener.answers = {"/hook": hang}
    async with serve(config) as program, ClientSession() as http:
        assert await book(http, config, work, token, "one") == 201
        await asyncio.wait_for(begun.wait(), 20)
        await program.kill()
        listener.answers.clear()
        let_the_claim_run_out(config)
        await program.start()
        await listener.until(2)
    first, second = listener.came
    assert first.id == second.id
    assert first.body == second.body
    assert words(hook, listener) == ["booked", "booked"]


async def test_killed_at_any_moment_a_booking_that_is_repeated_is_made_once(
    tmp_path: Path, listener: Listener
) -> None:
    config = configure(tmp_path)
    work, token, hook = await prepared(config, listener)
    chance = random.Random(7)
    rounds = 4
    async with serve(config) as program, ClientSession() as http:
        for number in range(rounds):
            asking = asyncio.create_task(book(http, config, work, token, f"k{number}", number))
            await asyncio.sleep(chance.uniform(0.001, 0.02))
            await program.kill()
            await asyncio.wait({asking})
            await program.start()
            assert await book(http, config, work, token, f"k{number}", number) == 201
            assert await book(http, config, work, token, f"k{number}", number) == 201
        async with asyncio.timeout(20):
            while len({came.id for came in listener.came}) < rounds:
                let_the_claim_run_out(config)
                await asyncio.sleep(0.1)
        bearer = {"Authorization": f"Bearer {token}"}
        async with http.get(
            f"{config.server.public_url}/api/v1/appointments", headers=bearer
        ) as answer:
            made = (await answer.json())["items"]
    assert len(made) == rounds
    assert {each["data"]["id"] for each in said(hook, listener)} == {each["id"] for each in made}
    assert len({came.id for came in listener.came}) == rounds


def said(hook: Hook, listener: Listener) -> list[Any]:
    return [Webhook(hook.secret).verify(came.body, came.headers) for came in listener.came]


async def book(
    http: ClientSession, config: Config, work: Work, token: str, key: str, number: int = 0
) -> int:
    start_at = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=1 + number)
    new = {
        "therapist": work.therapist.id, "start_at": start_at, "minutes": 50,
        "client": {"name": "Blue Heron"},
    }  # fmt: skip
    headers = {
        "Authorization": f"Bearer {token}",
        "Idempotency-Key": key,
        "Content-Type": "application/json",
    }
    url = f"{config.server.public_url}/api/v1/appointments"
    try:
        async with http.post(url, data=msgspec.json.encode(new), headers=headers) as answer:
            return answer.status
    except ClientError:
        return 0


def let_the_claim_run_out(config: Config) -> None:
    connection = sqlite3.connect(config.database, timeout=10)
    with connection:
        connection.execute("UPDATE deliveries SET next_at = 0 WHERE state != 'sent'")
    connection.close()
