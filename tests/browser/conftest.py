"""The practice and the browser of a browser test.

All these tests share one event loop, because they share a Chromium.
"""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from tests.browser.chromium import Chromium, start, watched
from tests.browser.patience import PATIENCE_S
from tests.browser.program import Program, Rows, serve
from tests.browser.scene import Scene
from tests.practice import Work, configure, open_practice

expect.set_options(timeout=PATIENCE_S * 1000)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents and pytest_asyncio.is_async_test(item):
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest_asyncio.fixture(loop_scope="session")
async def work(tmp_path: Path) -> AsyncIterator[Work]:
    async with open_practice(configure(tmp_path)) as practice:
        yield practice


@pytest_asyncio.fixture(loop_scope="session", scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with start() as running:
        yield running


@pytest_asyncio.fixture(loop_scope="session")
async def chromium(browser: Browser) -> AsyncIterator[Chromium]:
    async with watched(browser) as chromium:
        yield chromium


@pytest_asyncio.fixture(loop_scope="session")
async def scene(work: Work, chromium: Chromium) -> Scene:
    return Scene(work, chromium)


@pytest_asyncio.fixture(loop_scope="session")
async def rows(tmp_path: Path) -> Rows:
    async with open_practice(configure(tmp_path)) as work:
        return Rows(work, await work.book())


@pytest_asyncio.fixture(loop_scope="session")
async def program(rows: Rows) -> AsyncIterator[Program]:
    async with serve(rows.work.config) as running:
        yield running
