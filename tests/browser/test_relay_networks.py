"""Calls through the relay across networks that block UDP or change, and across browsers."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from playwright.async_api import Page

from tests.browser import chromium as chromiums
from tests.browser import firefox as firefoxes
from tests.browser.chromium import Chromium
from tests.browser.firefox import Tab
from tests.browser.network import Network, network
from tests.browser.patience import Evaluates, until
from tests.browser.scene import Scene, counters, let_in
from tests.browser.test_outage import GROWS
from tests.browser.test_relay import DIRECT, RELAYED
from tests.practice import Work, configure, open_practice
from videocall.config import Calls, Config
from videocall.signalling.reroute import ufrag_of
from videocall.web.keys import RELAY

pytestmark = pytest.mark.browser

PROTOCOL = """async () => {
  const rows = [...(await witness.connections.at(-1).getStats()).values()];
  const pair = rows.find((row) => row.type === "candidate-pair" && row.nominated
    && row.state === "succeeded" && row.bytesReceived > 20000);
  return rows.find((row) => row.id === pair?.remoteCandidateId)?.protocol;
}"""
BY_TCP = f"async () => (await ({PROTOCOL})()) === 'tcp'"
BY_UDP = f"async () => (await ({PROTOCOL})()) === 'udp'"
SHOWN = """() => {
  const video = document.querySelector("#remote");
  return video.videoWidth > 0 && !video.paused;
}"""
WORDS = """() => {
  const words = [...document.querySelectorAll(".proof-word")];
  return words.length === 4 && words.every((word) => word.checkVisibility())
    && words.map((word) => word.textContent);
}"""
BACK = """async (before) => {
  const now = await witness.counters();
  return now.state === "connected" && now.frames > before + 10;
}"""


def reached_from(config: Config, near: str) -> Config:
    """Return the configuration of a service that is reached at `near` from inside a network."""
    server = msgspec.structs.replace(config.server, host="0.0.0.0")
    relay = msgspec.structs.replace(config.relay, public_addresses=[near])
    return msgspec.structs.replace(config, server=server, relay=relay)


@dataclass(frozen=True, slots=True)
class Inside:
    """A practice, and a network from which its people come."""

    work: Work
    network: Network


@pytest_asyncio.fixture(loop_scope="session")
async def inside(tmp_path: Path) -> AsyncIterator[Inside]:
    config = configure(tmp_path)
    async with AsyncExitStack() as stack:
        made = await stack.enter_async_context(network(config.server.port))
        practice = open_practice(reached_from(config, made.near))
        yield Inside(await stack.enter_async_context(practice), made)


async def media_flows(*pages: Evaluates) -> None:
    """Wait until each page decodes new frames, plays new sound and shows the picture.

    Firefox counts no frames of what a <video> plays.
    """
    for page in pages:
        await until(page, "globalThis.witness?.connections.length > 0")
        await until(page, GROWS, await counters(page))
        await until(page, SHOWN)


async def words_of(page: Page | Tab) -> list[str]:
    """Open the panel and return the four words that are shown."""
    await page.click("#check")
    await until(page, WORDS)
    shown: list[str] = await page.evaluate(WORDS)
    return shown


async def firefox_waits(tab: Tab, url: str) -> None:
    await tab.goto(url)
    await until(tab, "document.querySelector('#enter')?.checkVisibility() === true")
    await tab.click("#enter")
    await until(tab, "document.body.dataset.view === 'waiting'")


async def test_chromium_and_firefox_speak_through_the_relay(
    tmp_path: Path, chromium: Chromium
) -> None:
    config = msgspec.structs.replace(configure(tmp_path), calls=Calls(address_privacy=True))
    async with open_practice(config) as work, firefoxes.launch(tmp_path) as firefox:
        booked = await work.book()
        therapist = await Scene(work, chromium).sign_in()
        client = await firefox.device()
        await firefox_waits(client, work.client_url(booked))
        await let_in(therapist, booked)
        await media_flows(therapist, client)
        assert await therapist.evaluate(RELAYED)
        assert await client.evaluate(RELAYED)
        await until(therapist, BY_UDP)
        await until(client, BY_UDP)
        # Firefox shows no certificates: it reads the fingerprints off the descriptions.
        assert await words_of(client) == await words_of(therapist)
        await therapist.context.close()


async def test_a_call_goes_by_tcp_where_udp_is_blocked(inside: Inside, tmp_path: Path) -> None:
    inside.network.rule("meta l4proto udp drop")
    program = inside.network.program(tmp_path, chromiums.PATH)
    async with chromiums.launch(program=program) as browser:
        scene = Scene(inside.work, browser)
        booked = await inside.work.book()
        therapist, client = await asyncio.gather(scene.sign_in(), scene.waiting(booked))
        await let_in(therapist, booked)
        for page in (therapist, client):
            await until(page, RELAYED)
        await media_flows(therapist, client)
        for page in (therapist, client):
            await until(page, BY_TCP)
        for page in (therapist, client):
            await page.context.close()


async def test_firefox_behind_a_wall_speaks_by_tcp_with_chromium_by_udp(
    inside: Inside, tmp_path: Path, chromium: Chromium
) -> None:
    inside.network.rule("meta l4proto udp drop")
    async with firefoxes.launch(tmp_path, inside.network) as firefox:
        booked = await inside.work.book()
        therapist = await Scene(inside.work, chromium).sign_in()
        client = await firefox.device()
        await firefox_waits(client, inside.work.client_url(booked))
        await let_in(therapist, booked)
        await until(client, RELAYED)
        await media_flows(therapist, client)
        await until(client, BY_TCP)
        await until(therapist, BY_UDP)
        await therapist.context.close()


async def test_a_direct_way_that_breaks_in_a_call_gives_place_to_the_relay(
    inside: Inside, tmp_path: Path, chromium: Chromium, capsys: pytest.CaptureFixture[str]
) -> None:
    program = inside.network.program(tmp_path, chromiums.PATH)
    async with chromiums.launch(program=program) as browser:
        booked = await inside.work.book()
        therapist = await Scene(inside.work, chromium).sign_in()
        client = await Scene(inside.work, browser).waiting(booked)
        await let_in(therapist, booked)
        await media_flows(therapist, client)
        assert await client.evaluate(DIRECT)
        (port,) = [
            each.removeprefix("udp/")
            for each in inside.work.app[RELAY]().listening
            if each.startswith("udp/")
        ]
        inside.network.rule(f"udp dport != {port} drop")
        broke = time.monotonic()
        for page in (therapist, client):
            await until(page, RELAYED)
        back = time.monotonic() - broke
        await media_flows(therapist, client)
        with capsys.disabled():
            sys.stdout.write(f"\nthe direct way broke: {back:.1f} s later both are on the relay\n")
        for page in (therapist, client):
            await page.context.close()


async def test_a_network_that_changes_is_followed_on_its_own_leg(
    inside: Inside, tmp_path: Path, chromium: Chromium, capsys: pytest.CaptureFixture[str]
) -> None:
    program = inside.network.program(tmp_path, chromiums.PATH)
    async with chromiums.launch(program=program) as browser:
        booked = await inside.work.book()
        therapist = await Scene(inside.work, chromium).sign_in()
        client = await Scene(inside.work, browser).waiting(booked)
        await client.evaluate("witness.nearsighted = true")
        await therapist.context.add_init_script("witness.nearsighted = true")
        await let_in(therapist, booked)
        await until(client, RELAYED)
        await media_flows(therapist, client)
        before = await therapist.evaluate("witness.connections.at(-1).remoteDescription.sdp")
        seen = (await counters(client))["frames"]
        inside.network.move()
        moved = time.monotonic()
        await until(client, BACK, seen)
        back = time.monotonic() - moved
        with capsys.disabled():
            sys.stdout.write(f"\nthe network changed: {back:.1f} s later pictures come again\n")
        await media_flows(therapist, client)
        after = await therapist.evaluate("witness.connections.at(-1).remoteDescription.sdp")
        assert ufrag_of(after) == ufrag_of(before)
        for page in (therapist, client):
            await page.context.close()
