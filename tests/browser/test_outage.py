"""The server dies in the middle of a call, and comes back."""

import asyncio
import sys
import time
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.chromium import Chromium
from tests.browser.patience import until
from tests.browser.program import Program, Rows
from tests.browser.scene import Call, Scene, captures_ended, counters, end, flow, heading

pytestmark = pytest.mark.browser

GROWS = """async (before) => {
  const now = await witness.counters();
  return now.frames >= before.frames + 15 && now.packets >= before.packets + 50
    && now.energy > before.energy;
}"""
RESTARTED = """async (before) => {
  const now = await witness.counters();
  return now.state === "connected" && now.ufrag !== before;
}"""


@pytest_asyncio.fixture(loop_scope="session")
async def call(rows: Rows, program: Program, chromium: Chromium) -> Call:
    """A call over a server that is a process of its own."""
    return await Scene(rows.work, chromium).call(rows.appointment)


async def test_a_killed_server_pauses_nothing_and_both_come_back_by_themselves(
    call: Call, program: Program, chromium: Chromium, capsys: pytest.CaptureFixture[str]
) -> None:
    chromium.expect(r"WebSocket connection to .* failed|ERR_CONNECTION_REFUSED|Failed to load")
    for page in call.pages:
        await page.evaluate("witness.watch()")
    await program.kill()
    for page in call.pages:
        at_first = await counters(page)
        await expect(page.get_by_text("Reconnecting… your call goes on.")).to_be_visible()
        await until(page, GROWS, at_first)
    await program.start()
    listening = time.monotonic()

    async def back(page: Page) -> float:
        await until(page, "document.querySelector('#line-banner').hidden")
        return time.monotonic() - listening

    seconds = await asyncio.gather(*(back(page) for page in call.pages))
    told = [f"back in their seats {max(seconds):.1f} s after the server listened again"]
    for name, page in zip(("therapist", "client"), call.pages, strict=True):
        samples = await stop_watching(page)
        assert {each["state"] for each in samples} == {"connected"}
        pauses = {key: pause_ms(samples, key) for key in ("frames", "packets", "energy")}
        told.append(f"{name}: longest pause in ms of {len(samples)} looks: {pauses}")
    with capsys.disabled():
        sys.stdout.write("\n" + "\n".join(told) + "\n")

    before = [(await counters(page))["ufrag"] for page in call.pages]
    await call.client.evaluate("dispatchEvent(new Event('online'))")
    for page, ufrag in zip(call.pages, before, strict=True):
        await until(page, RESTARTED, ufrag)
    await flow(*call.pages)

    await end(call.therapist)
    for page in call.pages:
        await expect(heading(page, "The session is over")).to_be_visible()
        await captures_ended(page)


async def stop_watching(page: Page) -> list[dict[str, Any]]:
    samples: list[dict[str, Any]] = await page.evaluate("witness.unwatch(), witness.samples")
    return samples


def pause_ms(samples: list[dict[str, Any]], key: str) -> int:
    """Return the longest time in which a counter did not grow."""
    longest, grew_at, last = 0.0, samples[0]["at"], samples[0][key]
    for sample in samples:
        if sample[key] > last:
            longest = max(longest, sample["at"] - grew_at)
            grew_at, last = sample["at"], sample[key]
    return round(longest)
