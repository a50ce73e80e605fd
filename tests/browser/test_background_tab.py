"""A client who looks at another tab while waiting."""

from pathlib import Path

import pytest
from playwright.async_api import expect

from tests.browser.chromium import launch_for_background
from tests.browser.patience import until
from tests.browser.scene import Scene, admit, counters, flow, heading

pytestmark = pytest.mark.browser

DECODES = """async (before) => {
  const now = await witness.counters();
  return document.hidden && now.state === "connected" && now.frames >= before.frames + 5
    && now.energy > before.energy;
}"""


async def test_a_client_in_a_background_tab_is_called_in(scene: Scene, tmp_path: Path) -> None:
    appointment = await scene.work.book("Alex")
    therapist = await scene.sign_in()
    async with launch_for_background(tmp_path / "profile") as chromium:
        device = chromium.browser.contexts[0]
        client = await Scene(scene.work, chromium).waiting(appointment, device)
        other = await device.new_page()
        await other.goto("data:text/html,<title>Something else</title>")
        await other.bring_to_front()
        await until(client, "document.hidden")

        await admit(therapist)
        await until(client, "document.title === '● It is time'")
        await flow(therapist)
        await until(client, "witness.connections.length > 0")
        await until(client, DECODES, await counters(client))

        await client.bring_to_front()
        await until(client, "document.title === 'Session'")
        await flow(client)
        await expect(heading(client, "You are in the waiting room")).to_be_hidden()
