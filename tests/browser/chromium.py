"""A real Chromium with cameras and microphones of its own, and what its pages complain of."""

import asyncio
import os
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Response,
    ViewportSize,
    WebError,
    async_playwright,
)

PATH: Final = "/usr/bin/chromium"
WITNESS: Final = Path(__file__).with_name("witness.js")
ALLOWING: Final = "--use-fake-ui-for-media-stream"
REFUSING: Final = "--use-fake-ui-for-media-stream=deny"
ONE_CAMERA: Final = "--use-fake-device-for-media-stream=fps=10"
NO_CAMERA: Final = "--use-fake-device-for-media-stream=device-count=0"
_ALWAYS: Final = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-quic",
)
_GUARDS: Final = ("content-security-policy", "permissions-policy")

_STARTS_WITHIN_S: Final = 30

DESKTOP: Final = ViewportSize(width=1280, height=800)
PHONE: Final = ViewportSize(width=390, height=780)


@dataclass
class Chromium:
    """One browser program in one test; each device in it knows nothing of the others."""

    browser: Browser
    complaints: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    onlookers: list[Callable[[BrowserContext], None]] = field(default_factory=list)
    """Each is shown every device as it comes."""

    async def device(self, **options: Any) -> BrowserContext:
        """Return a device: cookies, storage and tabs of its own."""
        given = {"viewport": DESKTOP, "locale": "en-US", "timezone_id": "Europe/Berlin"} | options
        device = await self.browser.new_context(**given)
        await self.attend(device)
        return device

    async def attend(self, device: BrowserContext) -> None:
        """Watch over every page of `device`."""
        await device.add_init_script(path=WITNESS)
        device.on("console", self._console)
        device.on("weberror", self._error)
        device.on("response", self._response)
        for onlooker in self.onlookers:
            onlooker(device)

    def expect(self, pattern: str) -> None:
        """Let pages write what matches `pattern` to their console: this test provokes it."""
        self.expected.append(pattern)

    @property
    def unexpected(self) -> list[str]:
        return [
            each
            for each in self.complaints
            if not any(re.search(pattern, each) for pattern in self.expected)
        ]

    def _console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.complaints.append(f"{message.text} ({message.location['url']})")

    def _error(self, error: WebError) -> None:
        self.complaints.append(f"uncaught: {error.error}")

    def _response(self, response: Response) -> None:
        if response.request.resource_type != "document" or 300 <= response.status < 400:
            return
        for name in _GUARDS:
            if name not in response.headers:
                self.complaints.append(f"no {name} on {response.url}")


def installed() -> None:
    """Go on where there is a Chromium; elsewhere skip, but fail in continuous integration."""
    if Path(PATH).exists():
        return
    reason = f"{PATH} is missing, so no real browser was tried; run: deploy/setup browser"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@asynccontextmanager
async def start(
    *, camera: str = ONE_CAMERA, asked: str = ALLOWING, program: str = PATH
) -> AsyncIterator[Browser]:
    """Start a Chromium with `camera`, which answers as `asked` when a page wants to capture."""
    installed()
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=program, args=[*_ALWAYS, camera, asked]
        )
        yield browser
        await browser.close()


@asynccontextmanager
async def watched(browser: Browser) -> AsyncIterator[Chromium]:
    """Watch over what a test does in `browser`, and put its devices away at the end."""
    chromium = Chromium(browser)
    try:
        yield chromium
        # What closing cuts off is nobody's fault.
        complaints = chromium.unexpected
    finally:
        for device in browser.contexts:
            await device.close()
    assert not complaints, complaints


@asynccontextmanager
async def launch(
    *, camera: str = ONE_CAMERA, asked: str = ALLOWING, program: str = PATH
) -> AsyncIterator[Chromium]:
    """Start a Chromium for a single test."""
    started = start(camera=camera, asked=asked, program=program)
    async with started as browser, watched(browser) as chromium:
        yield chromium


@asynccontextmanager
async def launch_for_background(folder: Path) -> AsyncIterator[Chromium]:
    """Start a Chromium whose only device has tabs that are hidden when another is in front.

    Playwright's own contexts tell every page that it is looked at; a browser's default context,
    reached over its debugging port, tells the truth.
    """
    installed()
    port_file = folder / "DevToolsActivePort"
    process = await asyncio.create_subprocess_exec(
        PATH, *_ALWAYS, ONE_CAMERA, ALLOWING, "--headless=new", "--mute-audio",
        "--remote-debugging-port=0", f"--user-data-dir={folder}", "about:blank",
        stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        async with asyncio.timeout(_STARTS_WITHIN_S):
            while not port_file.exists() or not port_file.read_text().count("\n"):
                await asyncio.sleep(0.05)
        port = port_file.read_text().split()[0]
        async with async_playwright() as playwright:
            browser = await playwright.chromium.connect_over_cdp(
                f"http://127.0.0.1:{port}", no_defaults=True
            )
            chromium = Chromium(browser)
            await chromium.attend(browser.contexts[0])
            yield chromium
            await browser.close()
    finally:
        process.terminate()
        await process.wait()
    assert not chromium.unexpected, chromium.unexpected
