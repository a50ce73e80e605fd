"""Clients' open pages outside a room: each is woken when its appointment changes, and looks anew.

A page is told that something changed, never what: the door has the only word on that.
"""

import asyncio
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from videocall.ids import AppointmentId


class Page:
    """One open page. What changes while nobody waits for it is heard at the next wait."""

    __slots__ = ("_news", "over")

    def __init__(self) -> None:
        self._news = asyncio.Event()
        self.over = False
        """Whether there will be no more news from this process."""

    async def wait(self, at_most_s: float) -> bool:
        """Return whether there was news, as soon as there is any."""
        with suppress(TimeoutError):
            async with asyncio.timeout(at_most_s):
                await self._news.wait()
        heard = self._news.is_set()
        self._news.clear()
        return heard

    def wake(self) -> None:
        self._news.set()


class Watch:
    """Every open page, by appointment."""

    def __init__(self) -> None:
        self._pages: defaultdict[AppointmentId, set[Page]] = defaultdict(set)
        self._over = False

    @contextmanager
    def open(self, appointment: AppointmentId) -> Iterator[Page]:
        """Keep a page told for as long as it is open."""
        page = Page()
        page.over = self._over
        self._pages[appointment].add(page)
        try:
            yield page
        finally:
            pages = self._pages[appointment]
            pages.discard(page)
            if not pages:
                del self._pages[appointment]

    def changed(self, appointment: AppointmentId) -> None:
        """Wake the pages of an appointment."""
        for page in self._pages.get(appointment, ()):
            page.wake()

    def close(self) -> None:
        """Let every page go: the process stops."""
        self._over = True
        for pages in self._pages.values():
            for page in pages:
                page.over = True
                page.wake()
