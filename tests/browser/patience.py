"""Waiting for what a page must come to; polled, as Playwright's own wait returns too early.

(Observed: `wait_for_function` with an async predicate returns at once, a promise being truthy.)
"""

import asyncio
from typing import Any, Final, Protocol

from playwright.async_api import Error

PATIENCE_S: Final = 60
LOOK_EVERY_S: Final = 0.1


class Evaluates(Protocol):
    """A page, of whichever browser."""

    @property
    def url(self) -> str: ...
    async def evaluate(self, expression: str, arg: Any = None, /) -> Any: ...
    def is_closed(self) -> bool: ...


async def until(page: Evaluates, condition: str, given: object = None) -> None:
    """Return when the JavaScript `condition` holds; what throws meanwhile does not hold yet."""
    seen: Any = None
    try:
        async with asyncio.timeout(PATIENCE_S):
            while True:
                try:
                    seen = await page.evaluate(condition, given)
                except Error as error:
                    if page.is_closed():
                        raise
                    seen = error
                if seen and not isinstance(seen, Error):
                    return
                await asyncio.sleep(LOOK_EVERY_S)
    except TimeoutError:
        shown = await page.evaluate("document.body.innerText")
        told = f"{condition} (given {given}) came to {seen}"
        raise AssertionError(f"{told}, at {page.url} showing:\n{shown[:2000]}") from None
