"""`python -m tests.browser.screenshots FOLDER`: a picture of every page, to be looked at.

Each at the size of a telephone and of a desk, by day and by night.
"""

import asyncio
import sys
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from playwright.async_api import Page, expect

from tests.browser.chromium import launch
from tests.browser.patience import PATIENCE_S
from tests.browser.scene import Scene
from tests.browser.walk import SIZES, WALKS
from tests.practice import configure, open_practice

SCHEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")


async def photograph(page: Page, name: str, folder: Path) -> None:
    before = page.viewport_size
    for size, viewport in SIZES.items():
        await page.set_viewport_size(viewport)
        for scheme in SCHEMES:
            await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
            await page.screenshot(path=folder / f"{name}-{size}-{scheme}.png", full_page=True)
    await page.emulate_media(color_scheme="light")
    if before is not None:
        await page.set_viewport_size(before)


async def main(folder: Path) -> None:
    expect.set_options(timeout=PATIENCE_S * 1000)
    for walk in WALKS.values():
        with TemporaryDirectory() as rows:
            async with open_practice(configure(Path(rows))) as work, launch() as chromium:
                chromium.expect("Failed to load resource|WebSocket connection to .* failed")
                async for name, page in walk(Scene(work, chromium)):
                    await photograph(page, name, folder)


if __name__ == "__main__":
    album = Path(sys.argv[1])
    album.mkdir(parents=True, exist_ok=True)
    asyncio.run(main(album))
