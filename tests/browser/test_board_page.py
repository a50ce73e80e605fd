"""The operators' board, while people talk."""

import json

import pytest
from playwright.async_api import Page, expect

from tests.browser.patience import until
from tests.browser.scene import Scene
from videocall.access.people import Role

pytestmark = pytest.mark.browser

NAME = "Konstantin Unmistakable"
PLOTS = """(lines) => {
  const plots = [...document.querySelectorAll(".board-plot path:last-child")];
  return plots.length === 2 && plots.every((path) => path.getAttribute("d").includes("L"));
}"""
BREAK = """const connection = witness.connections.at(-1);
connection.close();
Object.defineProperty(connection, "connectionState", { get: () => "failed" });
connection.onconnectionstatechange();"""


async def board(scene: Scene) -> Page:
    operator = await scene.work.add(Role.OPERATOR, "operator@example.org")
    page = await scene.sign_in(operator)
    await expect(page.get_by_role("heading", name="Rooms now")).to_be_visible()
    return page


async def test_the_board_shows_a_call_and_never_who_is_in_it(scene: Scene) -> None:
    page = await board(scene)
    await expect(page.get_by_text("No room is open.")).to_be_visible()
    call = await scene.call(await scene.work.book(NAME))
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
