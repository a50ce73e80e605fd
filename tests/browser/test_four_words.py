"""Four words on both sides of a call: the same ones, unless somebody sits in between."""

import asyncio
import json
import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import Page, WebSocketRoute, expect

from tests.browser.patience import until
from tests.browser.scene import Call, Scene, admit, counters, enter, flow
from tests.browser.test_relay import CERTIFICATES
from tests.call.lists import words
from videocall.scheduling.appointment import Kind

pytestmark = pytest.mark.browser

MIDDLE: Final = Path(__file__).with_name("middle.js")
RESTARTED: Final = """async (before) => {
  const now = await witness.counters();
  return now.state === "connected" && now.ufrag !== before;
}"""
SOCKET: Final = re.compile(r"/(call|session)/[^/]+/socket$")
FINGERPRINT: Final = re.compile(r"a=fingerprint:sha-256 \S+")

Message = dict[str, Any]
Turn = Callable[[Message], Awaitable[None]]


async def read(page: Page) -> list[str]:
    """Open the panel and return the four words that are shown."""
    await look(page)
    await expect(page.locator(".proof-word")).to_have_count(4)
    return await page.locator(".proof-word").all_inner_texts()


async def look(page: Page) -> None:
    chip = page.get_by_role("button", name="Check words")
    if await chip.get_attribute("aria-expanded") != "true":
        await chip.click()
    await expect(page.get_by_role("heading", name="Four words")).to_be_visible()


async def test_both_see_the_same_words_for_as_long_as_the_keys_are_the_same(scene: Scene) -> None:
    call = await scene.call()
    first = await read(call.therapist)
    assert await read(call.client) == first
    assert set(first) <= set(words("en"))
    await expect(call.client.locator("#proof-words")).to_contain_text(" ".join(first[0]))

    before = [(await counters(page))["ufrag"] for page in call.pages]
    await call.client.evaluate("dispatchEvent(new Event('online'))")
    for page, ufrag in zip(call.pages, before, strict=True):
        await until(page, RESTARTED, ufrag)
    await flow(*call.pages)
    for page in call.pages:
        assert await read(page) == first

    await call.therapist.get_by_role("button", name="Close four words").click()
    await call.client.reload()
    await enter(call.client)
    await flow(*call.pages)
    await expect(call.therapist.get_by_text("There are new words to compare")).to_be_visible()
    second = await read(call.therapist)
    assert second != first
    await expect(call.therapist.get_by_text("These words are new")).to_be_visible()
    assert await read(call.client) == second
    # The client's page is a new one as well: it has shown no others.
    await expect(call.client.get_by_text("These words are new")).to_be_hidden()


async def test_each_reads_the_words_in_the_language_of_both(scene: Scene) -> None:
    appointment = await scene.work.book("Alex")
    german = await scene.device(locale="de-DE")
    therapist = await scene.sign_in()
    client = await scene.open_link(appointment, german)
    await client.get_by_role("button", name="Ins Wartezimmer gehen").click()
    await admit(therapist)
    await therapist.wait_for_url(f"**/call/{appointment.id}")
    shown = await read(therapist)
    assert set(shown) <= set(words("en"))
    await client.get_by_role("button", name="Wörter vergleichen").click()
    await expect(client.get_by_text("Sie lesen in verschiedenen Sprachen")).to_be_visible()
    assert await client.locator(".proof-word").all_inner_texts() == shown


async def test_a_session_by_text_has_its_words_too(scene: Scene) -> None:
    appointment = await scene.work.book("Alex", kind=Kind.CHAT)
    therapist = await scene.sign_in()
    client = await scene.open_link(appointment)
    await enter(client)
    await admit(therapist)
    await therapist.wait_for_url(f"**/call/{appointment.id}")
    assert await read(therapist) == await read(client)


async def test_another_certificate_in_the_middle_of_a_call_is_not_taken(scene: Scene) -> None:
    evil = asyncio.Event()
    seen = asyncio.Event()

    async def forge(message: Message) -> None:
        if evil.is_set() and message["type"] == "description":
            other = "a=fingerprint:sha-256 " + ":".join(["AB"] * 32)
            message["sdp"] = FINGERPRINT.sub(other, message["sdp"])
            seen.set()

    call = await call_over(scene, to_therapist=none, to_client=forge)
    await flow(*call.pages)
    certificates = await call.client.evaluate(CERTIFICATES)
    before = await read(call.client)
    evil.set()
    await call.therapist.evaluate("dispatchEvent(new Event('online'))")
    await seen.wait()
    await flow(*call.pages)
    assert await call.client.evaluate(CERTIFICATES) == certificates
    assert await read(call.client) == before


@pytest.mark.parametrize("manner", ["byTheRules", "handingOn"])
async def test_who_sits_in_between_makes_the_words_differ_or_gets_none(
    scene: Scene, manner: str
) -> None:
    middle = await (await scene.device()).new_page()
    await middle.goto(scene.work.url)
    version = await middle.evaluate("document.querySelector('link[rel=icon]').href.split('/')[4]")
    await middle.evaluate(
        # The page's own policy forbids a script from elsewhere; whoever sits in between is free.
        f"async () => {{ {script(version)} middle.{manner}(); }}"
    )

    async def to_client(message: Message) -> None:
        if message["type"] == "description" and message["kind"] == "offer":
            message["sdp"] = await middle.evaluate("(sdp) => middle.offer(sdp)", message["sdp"])
        if message["type"] == "candidate":
            await candidate("therapist", message)

    async def to_therapist(message: Message) -> None:
        if message["type"] == "description" and message["kind"] == "answer":
            message["sdp"] = await middle.evaluate("(sdp) => middle.answer(sdp)", message["sdp"])
        if message["type"] == "candidate":
            await candidate("client", message)

    async def candidate(whose: str, message: Message) -> None:
        await middle.evaluate(
            "([whose, message]) => middle.candidate(whose, message)", [whose, message]
        )

    call = await call_over(scene, to_therapist=to_therapist, to_client=to_client)
    await until(middle, "middle.states().every((state) => state === 'connected')")
    if manner == "byTheRules":
        assert await read(call.therapist) != await read(call.client)
        return
    for page in call.pages:
        await look(page)
        await expect(page.get_by_text("could not be verified this time")).to_be_visible()
        await expect(page.locator(".proof-word")).to_have_count(0)


def script(version: str) -> str:
    """Return the page in the middle, as something that can be evaluated."""
    text = MIDDLE.read_text().replace("VERSION", version)
    return re.sub(r'import (\{.*?\}) from (".*?");', r"const \1 = await import(\2);", text)


async def none(message: Message) -> None:
    """Leave everything as it is."""


async def call_over(scene: Scene, *, to_therapist: Turn, to_client: Turn) -> Call:
    """Bring two people together over a server that may change what it hands on."""
    appointment = await scene.work.book("Alex")
    therapist, client = await asyncio.gather(scene.sign_in(), scene.open_link(appointment))
    await therapist.route_web_socket(SOCKET, lambda route: hand_on(route, to_therapist))
    await client.route_web_socket(SOCKET, lambda route: hand_on(route, to_client))
    await client.reload()
    await enter(client)
    await admit(therapist)
    await therapist.wait_for_url(f"**/call/{appointment.id}")
    return Call(appointment, therapist, client)


def hand_on(route: WebSocketRoute, turn: Turn) -> None:
    """Put `turn` between a page and the server: it sees each message to the page, in order."""
    server = route.connect_to_server()
    waiting: asyncio.Queue[str | bytes] = asyncio.Queue()
    server.on_message(waiting.put_nowait)

    async def carry() -> None:
        while True:
            frame = json.loads(await waiting.get())
            await turn(frame["message"])
            route.send(json.dumps(frame))

    carrying = asyncio.ensure_future(carry())
    route.on_close(lambda code, reason: carrying.cancel())
