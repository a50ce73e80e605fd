"""Calls through our own relay: what reaches whom, and what goes on when something breaks."""

import re
import sys
import time
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.chromium import Chromium
from tests.browser.patience import until
from tests.browser.program import Rows, serve
from tests.browser.scene import Call, Scene, counters, enter, flow, let_in
from tests.browser.test_outage import GROWS, RESTARTED, pause_ms, stop_watching
from tests.practice import Work, configure, open_practice
from videocall.access.people import Role
from videocall.config import Calls, Config
from videocall.scheduling.appointment import Appointment

pytestmark = pytest.mark.browser

NEARSIGHTED = "witness.nearsighted = true"
FARSIGHTED = "witness.nearsighted = false"
RELAYED = """async () => {
  const pc = witness.connections.at(-1);
  return pc?.connectionState === "connected"
    && /^a=ice-lite/m.test(pc.currentRemoteDescription?.sdp ?? "");
}"""
DIRECT = """async () => {
  const pc = witness.connections.at(-1);
  return pc?.connectionState === "connected"
    && !/^a=ice-lite/m.test(pc.currentRemoteDescription?.sdp ?? "");
}"""
CERTIFICATES = """async () => {
  const pc = witness.connections.at(-1);
  const own = /a=fingerprint:sha-256 ([0-9A-F:]+)/.exec(pc.localDescription.sdp)[1].toLowerCase();
  const [theirs] = pc.sctp.transport.getRemoteCertificates();
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", theirs));
  return [own, Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join(":")];
}"""
SEEN = """async () => {
  const pc = witness.connections.at(-1);
  const rows = [...(await pc.getStats()).values()];
  return {
    own: rows.filter((row) => row.type === "local-candidate").map((row) => row.address),
    theirs: rows.filter((row) => row.type === "remote-candidate")
      .map(({ address, candidateType, protocol }) => [address, candidateType, protocol]),
    heard: [...witness.heard, ...witness.heardCandidates].join(""),
    said: [pc.localDescription.sdp],
  };
}"""
UFRAGS = """[witness.connections.at(-1).currentLocalDescription.sdp,
  witness.connections.at(-1).currentRemoteDescription.sdp]
  .map((sdp) => /a=ice-ufrag:(\\S+)/.exec(sdp)[1])"""


@pytest.fixture
def private(tmp_path: Path) -> Config:
    return msgspec.structs.replace(configure(tmp_path), calls=Calls(address_privacy=True))


@pytest_asyncio.fixture(loop_scope="session")
async def hiding(private: Config) -> AsyncIterator[Work]:
    """A practice that keeps addresses private."""
    async with open_practice(private) as work:
        yield work


@pytest_asyncio.fixture(loop_scope="session")
async def hidden(hiding: Work, chromium: Chromium) -> Scene:
    return Scene(hiding, chromium)


async def nearsighted_call(scene: Scene, appointment: Appointment | None = None) -> Call:
    """Return a call that found no direct way, as between two symmetric NATs."""
    booked = appointment or await scene.work.book()
    therapist, client = await scene.sign_in(), await scene.waiting(booked)
    for page in (therapist, client):
        await page.context.add_init_script(NEARSIGHTED)
    await client.evaluate(NEARSIGHTED)
    await let_in(therapist, booked)
    return Call(booked, therapist, client)


async def keys_are_theirs(call: Call) -> None:
    """Hold that each browser's key is known to the other, and nobody's besides."""
    therapist, client = [await page.evaluate(CERTIFICATES) for page in call.pages]
    assert therapist == client[::-1]


async def test_a_call_that_cannot_connect_connects_by_the_relay(scene: Scene) -> None:
    call = await nearsighted_call(scene)
    for page in call.pages:
        await until(page, RELAYED)
    await flow(*call.pages)
    await keys_are_theirs(call)
    operator = await scene.work.add(Role.OPERATOR, "operator@example.org")
    board = await scene.sign_in(operator)
    await expect(board.get_by_text("1 of 200")).to_be_visible()
    await expect(board.get_by_text(re.compile(r"\d kbit/s by UDP"))).to_have_count(2)


async def test_with_address_privacy_neither_learns_where_the_other_is(hidden: Scene) -> None:
    call = await hidden.call()
    for page in call.pages:
        assert await page.evaluate(RELAYED)
    await keys_are_theirs(call)
    therapist, client = [await page.evaluate(SEEN) for page in call.pages]
    for one, other in ((therapist, client), (client, therapist)):
        assert {kind for _, kind, _ in one["theirs"]} <= {"host"}
        own = re.findall(r"a=candidate:\S+ \d \w+ \d+ (\S+) (\d+)", other["said"][0])
        for address, port in own:
            if int(port) > 9:
                assert port not in re.findall(r"candidate:.*? (\d+) typ", one["heard"])
            assert not address.endswith(".local") or address not in one["heard"]
    await call.client.get_by_role("button", name="Settings", exact=True).click()
    told = call.client.locator("#private")
    await expect(told).to_have_text("Neither of you learns the other's internet address.")
    await expect(told).to_be_visible()


async def test_a_new_network_restarts_ice_on_its_own_leg_alone(hidden: Scene) -> None:
    call = await hidden.call()
    before = [await page.evaluate(UFRAGS) for page in call.pages]
    await call.client.evaluate("witness.watch()")
    await call.client.evaluate("dispatchEvent(new Event('online'))")
    await until(call.client, RESTARTED, before[1][0])
    await flow(*call.pages)
    therapist, client = [await page.evaluate(UFRAGS) for page in call.pages]
    assert therapist == before[0]
    assert client[1] != before[1][1]
    samples = await stop_watching(call.client)
    assert {each["state"] for each in samples} == {"connected"}


async def test_a_screen_is_shared_and_a_page_reloaded_through_the_relay(hidden: Scene) -> None:
    call = await hidden.call()
    share = call.therapist.get_by_role("button", name=re.compile("Share screen"))
    await share.click()
    await until(call.client, "document.querySelector('#remote').dataset.screen === 'true'")
    await flow(call.client)
    await call.therapist.get_by_role("button", name=re.compile("Stop sharing")).click()
    await until(call.client, "document.querySelector('#remote').dataset.screen === 'false'")
    await call.client.reload()
    await enter(call.client)
    await flow(*call.pages)
    assert await call.client.evaluate(RELAYED)
    await keys_are_theirs(call)


async def test_a_server_that_dies_pauses_nothing_that_goes_through_its_relay(
    private: Config, chromium: Chromium, capsys: pytest.CaptureFixture[str]
) -> None:
    config = apart(private)
    rows = await booked(config)
    chromium.expect(r"WebSocket connection to .* failed|ERR_CONNECTION_REFUSED|Failed to load")
    async with serve(config, "relay"), serve(config) as program:
        call = await Scene(rows.work, chromium).call(rows.appointment)
        for page in call.pages:
            assert await page.evaluate(RELAYED)
            await page.evaluate("witness.watch()")
        await program.kill()
        for page in call.pages:
            at_first = await counters(page)
            await expect(page.get_by_text("Reconnecting… your call goes on.")).to_be_visible()
            await until(page, GROWS, at_first)
        await program.start()
        for page in call.pages:
            await until(page, "document.querySelector('#line-banner').hidden")
        before = [await page.evaluate(UFRAGS) for page in call.pages]
        told = []
        for page in call.pages:
            samples = await stop_watching(page)
            assert {each["state"] for each in samples} == {"connected"}
            told.append(max(pause_ms(samples, key) for key in ("frames", "packets")))
        with capsys.disabled():
            sys.stdout.write(f"\nthe relay's calls while the server was dead: pauses {told} ms\n")
        await call.client.evaluate("dispatchEvent(new Event('online'))")
        await until(call.client, RESTARTED, before[1][0])
        await flow(*call.pages)
        assert await call.therapist.evaluate(UFRAGS) == before[0], "its leg was not found again"
        await gone(call)


async def test_a_relay_that_dies_gives_place_to_the_direct_way(
    tmp_path: Path, chromium: Chromium, capsys: pytest.CaptureFixture[str]
) -> None:
    config = apart(configure(tmp_path))
    rows = await booked(config)
    async with serve(config, "relay") as relay, serve(config):
        call = await nearsighted_call(Scene(rows.work, chromium), rows.appointment)
        for page in call.pages:
            await until(page, RELAYED)
        await flow(*call.pages)
        for page in call.pages:
            await page.evaluate(FARSIGHTED)
        await relay.kill()
        died = time.monotonic()
        for page in call.pages:
            await until(page, DIRECT)
        back = time.monotonic() - died
        with capsys.disabled():
            sys.stdout.write(f"\nthe relay died: {back:.1f} s later both are on the direct way\n")
        await flow(*call.pages)
        await keys_are_theirs(call)
        await gone(call)


async def gone(call: Call) -> None:
    """Close both pages, before what they speak with stops."""
    for page in call.pages:
        await page.context.close()


def apart(config: Config) -> Config:
    """Return the configuration with the relay as a process of its own."""
    relay = msgspec.structs.replace(config.relay, control="relay.control")
    return msgspec.structs.replace(config, relay=relay)


async def booked(config: Config) -> Rows:
    inside = msgspec.structs.replace(config.relay, control="")
    async with open_practice(msgspec.structs.replace(config, relay=inside)) as work:
        return Rows(Work(work.app, config, work.therapist), await work.book())
