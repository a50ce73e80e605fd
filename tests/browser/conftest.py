"""The practice and the browser of a browser test."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.chromium import Chromium, launch
from tests.browser.patience import PATIENCE_S
from tests.browser.program import Program, Rows, serve
from tests.browser.scene import Scene
from tests.practice import Work, configure, open_practice

expect.set_options(timeout=PATIENCE_S * 1000)


@pytest.fixture
async def work(tmp_path: Path) -> AsyncIterator[Work]:
    async with open_practice(configure(tmp_path)) as practice:
        yield practice


@pytest.fixture
async def chromium() -> AsyncIterator[Chromium]:
    async with launch() as browser:
        yield browser


@pytest.fixture
async def scene(work: Work, chromium: Chromium) -> Scene:
    return Scene(work, chromium)


@pytest.fixture
async def rows(tmp_path: Path) -> Rows:
    async with open_practice(configure(tmp_path)) as work:
        return Rows(work, await work.book())


@pytest.fixture
async def program(rows: Rows) -> AsyncIterator[Program]:
    async with serve(rows.work.config) as running:
        yield running
