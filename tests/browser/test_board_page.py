"""The operators' board, while people talk."""

import json
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest
from playwright.async_api import Page, expect

from tests.browser.chromium import Chromium
from tests.browser.patience import until
from tests.browser.scene import Scene, admit, report
from tests.practice import configure, open_practice
from videocall.access.people import Role
from videocall.config import Calls, Relay, Turn

pytestmark = pytest.mark.browser

TURN_IS_DOWN = {
    "calls": Calls(address_privacy=True),
    "relay": Relay(enabled=False),
    "turn": Turn(urls=["turn:127.0.0.1:9?transport=udp"], secret_file="turn.secret"),
}
NAME = "Konstantin Unmistakable"
PLOTS = """() => {
  const plots = [...document.querySelectorAll(".board-plot path:last-child")];
  return plots.length === 2 && plots.every((path) => path.getAttribute("d").includes("L"));
}"""


async def board(scene: Scene) -> Page:
    operator = await scene.work.add(Role.OPERATOR, "operator@example.org")
    page = await scene.sign_in(operator)
    await expect(page.get_by_role("heading", name="Rooms now")).to_be_visible()
    return page


async def test_the_board_shows_a_call_and_never_who_is_in_it(scene: Scene) -> None:
    page = await board(scene)
    await expect(page.get_by_text("No room is open.")).to_be_visible()
    call = await replace(scene, clocked=True).call(await scene.work.book(NAME))
    await report(call)
    rooms = page.get_by_role("listitem")
    await expect(rooms).to_have_count(1)
    await expect(rooms.get_by_text("Connected", exact=True)).to_be_visible()
    await expect(rooms.get_by_text("direct", exact=True)).to_be_visible()
    await until(page, PLOTS)

    told = await page.content()
    rows = await (await page.request.get(f"{scene.work.url}/board/rooms")).text()
    assert json.loads(rows)["rooms"][0]["state"] == "connected"
    secret = (NAME, "Konstantin", "Dr. Rivera", "rivera@example.org", call.appointment.id)
    for each in secret:
        assert each not in told
        assert each not in rows


async def test_media_that_fails_is_shown_as_failing_to_both_and_to_the_operator(
    tmp_path: Path, chromium: Chromium
) -> None:
    (tmp_path / "turn.secret").write_text("nobody listens to it")
    config = msgspec.structs.replace(configure(tmp_path), **TURN_IS_DOWN)
    async with open_practice(config) as work:
        scene = Scene(work, chromium, clocked=True)
        page = await board(scene)
        therapist = await scene.sign_in()
        client = await scene.waiting(await work.book("Alex"))
        await admit(therapist)
        await expect(client.get_by_text("Connecting you with Dr. Rivera")).to_be_visible()
        await client.clock.fast_forward("00:30")
        trouble = "Their picture and sound are not getting through yet"
        await expect(client.locator("#instead").get_by_text(trouble)).to_be_visible()
        await client.clock.run_for("00:15")
        await expect(page.get_by_text("Media failing", exact=True)).to_be_visible()
        await expect(page.get_by_text("1 with failing media")).to_be_visible()
        await expect(page.get_by_text("no way through the network")).to_be_visible()
        await expect(therapist.locator("#instead").get_by_text(trouble)).to_be_visible()

        await client.get_by_role("button", name="Write").click()
        await client.get_by_role("textbox", name="Write a line").fill("I cannot see you")
        await client.keyboard.press("Enter")
        await therapist.get_by_role("button", name="Write, 1 unread").click()
        await expect(therapist.get_by_text("I cannot see you")).to_be_visible()
