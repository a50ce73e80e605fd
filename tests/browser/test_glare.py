"""Both sides offer at the same moment."""

import asyncio

import pytest
from playwright.async_api import Page

from tests.browser.patience import until
from tests.browser.scene import Scene, counters, flow

pytestmark = pytest.mark.browser

SETTLED = """async (before) => {
  const now = await witness.counters();
  return now.state === "connected" && now.ufrag !== before
    && witness.connections.at(-1).signalingState === "stable";
}"""
ROLLED_BACK = """witness.heardDescriptions.filter(
  ({ type, state }) => type === "offer" && state === "have-local-offer").length"""
ROUNDS = 10


async def new_network(page: Page) -> None:
    """Tell a page what a browser tells it when the network is another one."""
    await page.evaluate("dispatchEvent(new Event('online'))")


async def test_two_offers_at_once_end_in_one_call(scene: Scene) -> None:
    call = await scene.call()
    for _ in range(ROUNDS):
        before = [(await counters(page))["ufrag"] for page in call.pages]
        await asyncio.gather(*(new_network(page) for page in call.pages))
        for page, ufrag in zip(call.pages, before, strict=True):
            await until(page, SETTLED, ufrag)
        if await call.client.evaluate(ROLLED_BACK):
            break
    assert await call.client.evaluate(ROLLED_BACK) > 0, "the polite side met no second offer"
    assert await call.therapist.evaluate(ROLLED_BACK) == 0, "the impolite side gave way"
    await flow(*call.pages)
    for page in call.pages:
        assert await page.evaluate("witness.connections.length") == 1
