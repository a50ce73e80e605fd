"""Carries out a play of plays.js on a page."""

from typing import Any, Final

from playwright.async_api import Page

PLAY: Final = """async ({ name, given }) => (await import("/plays.js"))[name](given ?? undefined)"""


async def play(page: Page, name: str, **given: object) -> Any:
    """Return what `name` came to."""
    return await page.evaluate(PLAY, {"name": name, "given": given or None})
