"""A page for plays of the modules in static/call, and nothing else on it."""

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Page, Route, async_playwright

from tests.browser.chromium import PATH, installed
from tests.test_house import ROOT


@pytest.fixture
async def page() -> AsyncIterator[Page]:
    """A page of nobody's, with the modules as files."""
    installed()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=PATH, args=["--no-sandbox"])
        page = await browser.new_page()
        await page.route("https://proof.test/**", serve)
        await page.goto("https://proof.test/")
        yield page
        await browser.close()


async def serve(route: Route) -> None:
    path = route.request.url.removeprefix("https://proof.test/")
    if not path:
        await route.fulfill(body="<!doctype html><title>proof</title>", content_type="text/html")
        return
    folder = ROOT / "tests" / "call" if path == "plays.js" else ROOT / "static"
    await route.fulfill(path=folder / path, content_type="text/javascript")
