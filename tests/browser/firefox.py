"""A real Firefox, by WebDriver BiDi over its own WebSocket: as much of it as a call needs.

Playwright drives a Firefox of its own making alone, and Debian has no geckodriver.
"""

import asyncio
import itertools
import json
import os
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
from aiohttp import ClientSession, ClientWebSocketResponse
from playwright.async_api import Error

from tests.browser.chromium import WITNESS
from tests.browser.network import Network

PATH: Final = "/usr/bin/firefox-esr"
_STARTS_WITHIN_S: Final = 60
_PREFERENCES: Final = {
    "media.navigator.streams.fake": True,
    "media.navigator.permission.disabled": True,
    "media.peerconnection.ice.loopback": True,
    "media.autoplay.default": 0,
    "network.proxy.type": 0,
    "datareporting.policy.dataSubmissionEnabled": False,
    "toolkit.telemetry.enabled": False,
    "app.update.disabledForTesting": True,
    "remote.prefs.recommended": True,
}


@dataclass
class Tab:
    """One tab; `evaluate` takes an expression or a function, as Playwright's does."""

    firefox: "Firefox"
    context: str

    @property
    def url(self) -> str:
        return f"tab {self.context} of Firefox"

    def is_closed(self) -> bool:
        return False

    async def goto(self, url: str) -> None:
        given = {"context": self.context, "url": url, "wait": "interactive"}
        await self.firefox.ask("browsingContext.navigate", given)

    async def evaluate(self, expression: str, arg: Any = None) -> Any:
        """Return the value of an expression, as JSON has it. Raises Error for what it throws."""
        function = re.match(r"\s*(async\s*)?\(.*?\)\s*=>", expression)
        call = f"({expression})({json.dumps(arg)})" if function else f"({expression})"
        given = {
            "expression": f"(async () => JSON.stringify((await {call}) ?? null))()",
            "target": {"context": self.context},
            "awaitPromise": True,
            "userActivation": True,
        }
        answer = await self.firefox.ask("script.evaluate", given)
        if answer["type"] == "exception":
            raise Error(answer["exceptionDetails"]["text"])
        return json.loads(answer["result"]["value"])

    async def click(self, selector: str) -> None:
        """Press what `selector` finds, as soon as it is there to be pressed."""
        await self.firefox.patiently(
            self,
            f"""() => {{
              const found = document.querySelector({json.dumps(selector)});
              if (!found?.checkVisibility() || found.disabled) return false;
              found.click();
              return true;
            }}""",
        )


@dataclass
class Firefox:
    """One browser program; each tab is a device with cookies of its own."""

    socket: ClientWebSocketResponse
    serial: Any = None
    answers: Any = None

    def __post_init__(self) -> None:
        self.serial = itertools.count(1)
        self.answers: dict[int, asyncio.Future[Any]] = {}

    async def listen(self) -> None:
        async for message in self.socket:
            heard = message.json()
            waiting = self.answers.pop(heard.get("id"), None)
            if waiting is None or waiting.done():
                continue
            if heard["type"] == "error":
                waiting.set_exception(Error(heard["message"]))
            else:
                waiting.set_result(heard["result"])

    async def ask(self, method: str, given: dict[str, Any]) -> Any:
        """Return the answer to a command. Raises Error."""
        id = next(self.serial)
        self.answers[id] = asyncio.get_running_loop().create_future()
        await self.socket.send_json({"id": id, "method": method, "params": given})
        async with asyncio.timeout(_STARTS_WITHIN_S):
            return await self.answers[id]

    async def patiently(self, tab: Tab, condition: str) -> None:
        from tests.browser.patience import until

        await until(tab, condition)

    async def device(self) -> Tab:
        """Return a tab on a device of its own."""
        user = await self.ask("browser.createUserContext", {})
        made = {"type": "tab", "userContext": user["userContext"]}
        tab = Tab(self, (await self.ask("browsingContext.create", made))["context"])
        script = f"() => {{ {WITNESS.read_text()} }}"
        await self.ask(
            "script.addPreloadScript", {"functionDeclaration": script, "contexts": [tab.context]}
        )
        return tab


def installed() -> None:
    """Go on where there is a Firefox; elsewhere skip, but fail in continuous integration."""
    if Path(PATH).exists():
        return
    reason = f"{PATH} is missing, so it was not tried; run: deploy/setup browser"
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)


@asynccontextmanager
async def launch(folder: Path, inside: Network | None = None) -> AsyncIterator[Firefox]:
    """Start a Firefox with a fake camera and microphone, which allows everything."""
    installed()
    profile = folder / "firefox"
    profile.mkdir()
    lines = [f"user_pref({json.dumps(k)}, {json.dumps(v)});" for k, v in _PREFERENCES.items()]
    (profile / "user.js").write_text("\n".join(lines))
    program = PATH if inside is None else inside.program(folder, PATH)
    process = await asyncio.create_subprocess_exec(
        program, "--headless", "--no-remote", "--remote-debugging-port=0",
        "--profile", str(profile),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE,
        env={**os.environ, "MOZ_DISABLE_CONTENT_SANDBOX": "1", "HOME": str(folder)},
    )  # fmt: skip
    reading: asyncio.Task[Any] | None = None
    try:
        port = await _listens(process)
        assert process.stderr is not None
        reading = asyncio.create_task(_drain(process.stderr))
        async with AsyncExitStack() as stack:
            host = "127.0.0.1"
            if inside is not None:
                host = inside.far
                await stack.enter_async_context(inside.forwarding(host, "127.0.0.1", port))
            http = await stack.enter_async_context(ClientSession())
            url = f"http://{host}:{port}/session"
            # Firefox hears only who asks for this machine itself.
            asked = {"Host": f"127.0.0.1:{port}"}
            socket = await stack.enter_async_context(
                http.ws_connect(url, max_msg_size=0, headers=asked)
            )
            firefox = Firefox(socket)
            listening = asyncio.create_task(firefox.listen())
            await firefox.ask("session.new", {"capabilities": {}})
            yield firefox
            listening.cancel()
    finally:
        process.terminate()
        await process.wait()
        if reading is not None:
            await reading


async def _listens(process: asyncio.subprocess.Process) -> int:
    assert process.stderr is not None
    async with asyncio.timeout(_STARTS_WITHIN_S):
        while line := await process.stderr.readline():
            found = re.search(rb"WebDriver BiDi listening on ws://[^:]+:(\d+)", line)
            if found:
                return int(found[1])
    raise AssertionError("Firefox stopped by itself")


async def _drain(stream: asyncio.StreamReader) -> None:
    """Read on, so that it can write on."""
    while await stream.read(65536):
        pass
