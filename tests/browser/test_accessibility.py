"""Every page, on a phone and on a desk, by day and by night, for everybody."""

from typing import Final

import pytest
from playwright.async_api import Page

from tests.browser.axe import violations
from tests.browser.scene import Scene
from tests.browser.walk import WALKS

pytestmark = pytest.mark.browser

SIZES: Final = ((360, 740), (1280, 800))
NARROW: Final = (320, 640)
WIDER: Final = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


async def faults(page: Page) -> list[str]:
    """Return what is wrong with a page: all rules by day, contrast by night, and its width."""
    found = []
    for width, height in SIZES:
        await page.set_viewport_size({"width": width, "height": height})
        await page.emulate_media(color_scheme="light", reduced_motion="reduce")
        found += [f"{width} light {each}" for each in await violations(page)]
        await page.emulate_media(color_scheme="dark", reduced_motion="reduce")
        found += [f"{width} dark {each}" for each in await violations(page, "color-contrast")]
        found += await sideways(page)
    await page.set_viewport_size({"width": NARROW[0], "height": NARROW[1]})
    return found + await sideways(page)


async def sideways(page: Page) -> list[str]:
    over, width = await page.evaluate(f"[{WIDER}, innerWidth]")
    return [f"scrolls sideways by {over} px at {width} px"] if over > 0 else []


@pytest.mark.parametrize("walk", WALKS)
async def test_no_page_shuts_anybody_out(scene: Scene, walk: str) -> None:
    scene.chromium.expect("Failed to load resource|WebSocket connection to .* failed")
    found = {}
    async for name, page in WALKS[walk](scene):
        before = page.viewport_size
        wrong = await faults(page)
        await page.emulate_media(color_scheme="light")
        if before is not None:
            await page.set_viewport_size(before)
        if wrong:
            found[name] = wrong
    assert found == {}
