"""Joining without camera or microphone, by choice or because there is none."""

import pytest
from playwright.async_api import Page, expect

from tests.browser.chromium import NO_CAMERA, PHONE, REFUSING, launch
from tests.browser.patience import until
from tests.browser.scene import Scene, admit, counters, enter, heading
from videocall.scheduling.appointment import Appointment

pytestmark = pytest.mark.browser

INSTAGRAM = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Version/4.0 Chrome/129.0 Mobile Safari/537.36 Instagram 350.0"
)
# The microphone of a Chromium in a test beeps with its camera, and is silent without.
HEARS = """async (before) => {
  const now = await witness.counters();
  return now.state === "connected" && now.packets >= before.packets + 50;
}"""
BEEPS = """async (before) => (await witness.counters()).energy > before.energy"""
SEES = """async (before) => {
  const now = await witness.counters();
  return now.state === "connected" && now.frames >= before.frames + 5;
}"""
CONNECTED = "async () => (await witness.counters()).state === 'connected'"


async def come_in(client: Page, therapist: Page, appointment: Appointment) -> None:
    await enter(client)
    await expect(heading(client, "You are in the waiting room")).to_be_visible()
    await admit(therapist)
    await therapist.wait_for_url(f"**/call/{appointment.id}")
    for page in (client, therapist):
        await until(page, CONNECTED)


async def test_a_client_who_wants_no_camera_is_heard(scene: Scene) -> None:
    appointment = await scene.work.book("Alex")
    therapist = await scene.sign_in()
    client = await scene.open_link(appointment)
    await expect(client.locator("#asking")).to_be_hidden()
    await client.get_by_role("button", name="Join without camera").click()
    await expect(client.get_by_text("Camera off")).to_be_visible()
    ended = (
        "witness.captures.filter((t) => t.kind === 'video').every((t) => t.readyState === 'ended')"
    )
    await until(client, ended)
    await come_in(client, therapist, appointment)
    await expect(therapist.get_by_text("Camera is off")).to_be_visible()
    await expect(client.get_by_text("Your camera is off", exact=True)).to_be_visible()
    await until(therapist, HEARS, await counters(therapist))
    await until(client, SEES, await counters(client))


async def test_a_client_who_wants_no_microphone_is_seen(scene: Scene) -> None:
    appointment = await scene.work.book("Alex")
    therapist = await scene.sign_in()
    client = await scene.open_link(appointment)
    await expect(client.locator("#asking")).to_be_hidden()
    await client.get_by_role("button", name="Join without microphone").click()
    await come_in(client, therapist, appointment)
    await expect(therapist.get_by_text("Alex · muted")).to_be_visible()
    await until(therapist, SEES, await counters(therapist))
    await until(client, HEARS, await counters(client))
    await client.get_by_role("button", name="Unmute").click()
    await until(therapist, BEEPS, await counters(therapist))


async def test_a_computer_without_a_camera_is_helped_and_gets_in(scene: Scene) -> None:
    appointment = await scene.work.book("Alex")
    therapist = await scene.sign_in()
    async with launch(camera=NO_CAMERA) as elsewhere:
        client = await Scene(scene.work, elsewhere).open_link(appointment)
        await expect(client.get_by_role("heading", name="No camera was found")).to_be_visible()
        await expect(client.get_by_role("button", name="Try again")).to_be_visible()
        await come_in(client, therapist, appointment)
        await expect(therapist.get_by_text("Camera is off")).to_be_visible()
        await until(therapist, HEARS, await counters(therapist))


async def test_a_blocked_permission_is_explained_and_keeps_nobody_out(scene: Scene) -> None:
    appointment = await scene.work.book("Alex")
    therapist = await scene.sign_in()
    async with launch(asked=REFUSING) as elsewhere:
        client = await Scene(scene.work, elsewhere).open_link(appointment)
        title = "Camera and microphone are blocked"
        await expect(client.get_by_role("heading", name=title)).to_be_visible()
        await expect(
            client.get_by_text("Click the sign on the left of the address")
        ).to_be_visible()
        await expect(client.get_by_text("You can also enter without it")).to_be_visible()
        await come_in(client, therapist, appointment)
        await expect(therapist.get_by_text("Camera is off")).to_be_visible()
        await until(client, SEES, await counters(client))
        await until(client, HEARS, await counters(client))
        await client.get_by_role("button", name="Unmute").click()
        await expect(client.get_by_text("Your microphone is blocked")).to_be_visible()


async def test_an_app_without_a_camera_shows_the_way_to_a_browser(scene: Scene) -> None:
    device = await scene.chromium.device(viewport=PHONE, user_agent=INSTAGRAM)
    await device.grant_permissions(["clipboard-write"])
    page = await device.new_page()
    appointment = await scene.work.book()
    link = scene.work.client_url(appointment)
    await page.goto(link)
    await expect(heading(page, "Please open this in your usual browser")).to_be_visible()
    elsewhere = await page.get_by_role("link", name="Open in Chrome").get_attribute("href")
    assert elsewhere is not None
    assert elsewhere.startswith("intent://localhost")
    assert scene.work.link(appointment) in elsewhere
    await page.get_by_role("button", name="Copy link").click()
    await expect(page.get_by_text("Copied.")).to_be_visible()
    notebook = await device.new_page()
    await notebook.set_content("<textarea autofocus></textarea>")
    await notebook.keyboard.press("Control+V")
    await expect(notebook.locator("textarea")).to_have_value(link)
    await page.get_by_role("button", name="Go on here anyway").click()
    await expect(page.get_by_role("button", name="Enter waiting room")).to_be_visible()
