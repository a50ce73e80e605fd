"""A client keeps their own internet address private: chosen before entering, told, remembered."""

import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import pytest_asyncio
from playwright.async_api import Page, WebSocket, expect

from tests.browser.scene import Scene, enter, heading
from tests.practice import Work, configure, open_practice
from videocall.config import Turn

pytestmark = pytest.mark.browser


@pytest_asyncio.fixture(loop_scope="session")
async def work(tmp_path: Path) -> AsyncIterator[Work]:
    (tmp_path / "turn.secret").write_text("a secret between us and nobody")
    turn = Turn(urls=["turn:127.0.0.1:9"], secret_file="turn.secret")
    config = msgspec.structs.replace(configure(tmp_path), turn=turn)
    async with open_practice(config) as practice:
        yield practice


def hellos(page: Page) -> list[dict[str, Any]]:
    """Return what this page says first on each of its sockets from now on."""
    said: list[dict[str, Any]] = []

    def sent(frame: str | bytes) -> None:
        message = json.loads(frame)["message"]
        if message["type"] == "hello":
            said.append(message)

    def opened(socket: WebSocket) -> None:
        socket.on("framesent", sent)

    page.on("websocket", opened)
    return said


async def test_a_client_chooses_it_once_and_each_arrival_says_so(scene: Scene) -> None:
    appointment = await scene.work.book()
    device = await scene.device()
    page = await scene.open_link(appointment, device)
    box = page.get_by_role("checkbox", name="Keep my internet address private")
    await expect(box).not_to_be_checked()
    said = hellos(page)
    await enter(page)
    await expect(heading(page, "You are in the waiting room")).to_be_visible()
    await page.reload()
    await box.check()
    await enter(page)
    await expect(heading(page, "You are in the waiting room")).to_be_visible()
    await page.reload()
    await expect(box).to_be_checked()
    await enter(page)
    await expect(heading(page, "You are in the waiting room")).to_be_visible()
    assert [hello["address_privacy"] for hello in said] == [False, True, True]
