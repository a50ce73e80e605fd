"""Sessions by sound alone and by text alone."""

import pytest
from playwright.async_api import expect

from tests.browser.patience import until
from tests.browser.scene import Scene, admit, captures_ended, counters, end, enter, heading
from videocall.scheduling.appointment import Kind

pytestmark = pytest.mark.browser

HEARS = """async (before) => {
  const now = await witness.counters();
  return now.state === "connected" && now.packets >= before.packets + 50;
}"""
KINDS = "[...new Set(witness.captures.map(({ kind }) => kind))].join()"


async def test_a_session_by_sound_opens_no_camera(scene: Scene) -> None:
    appointment = await scene.work.book("Alex", kind=Kind.AUDIO)
    therapist = await scene.sign_in()
    client = await scene.waiting(appointment)
    await admit(therapist)
    await therapist.wait_for_url(f"**/call/{appointment.id}")
    for page in (therapist, client):
        await until(page, "globalThis.witness?.connections.length > 0")
        await until(page, HEARS, await counters(page))
        assert await page.evaluate(KINDS) == "audio"
        await expect(page.get_by_role("button", name="Turn camera")).to_have_count(0)
    await end(therapist)
    await expect(heading(client, "The session is over")).to_be_visible()
    await captures_ended(client)


async def test_a_session_by_text_opens_neither_camera_nor_microphone(scene: Scene) -> None:
    appointment = await scene.work.book("Alex", kind=Kind.CHAT)
    therapist = await scene.sign_in()
    client = await scene.open_link(appointment)
    await enter(client)
    await admit(therapist)
    await therapist.wait_for_url(f"**/call/{appointment.id}")
    for writer, reader in ((therapist, client), (client, therapist)):
        line = f"from {writer.url}"
        await writer.get_by_role("textbox", name="Write a line").fill(line)
        await writer.keyboard.press("Enter")
        await expect(reader.get_by_role("log").get_by_text(line)).to_be_visible()
    for page in (therapist, client):
        assert await page.evaluate(KINDS) == ""
    await end(therapist)
    await expect(heading(client, "The session is over")).to_be_visible()
