"""From a link to the end of a session, as the two people see it."""

import pytest
from playwright.async_api import expect

from tests.browser.patience import until
from tests.browser.scene import Scene, admit, captures_ended, end, enter, flow, heading

pytestmark = pytest.mark.browser


async def test_the_whole_way_from_a_link_to_the_end(scene: Scene) -> None:
    appointment = await scene.work.book("Alex")
    therapist = await scene.sign_in()
    client = await scene.open_link(appointment)
    assert "#" not in client.url
    await expect(heading(client, "Your session with Dr. Rivera")).to_be_visible()
    await until(client, "document.querySelector('#preview').videoWidth > 0")
    await until(client, "document.querySelector('#level').value > 0")
    assert await therapist.title() == "Appointments"

    await enter(client)
    await expect(heading(client, "You are in the waiting room")).to_be_visible()
    await expect(
        client.get_by_text("Your therapist has been told that you are here.")
    ).to_be_visible()
    card = therapist.get_by_role("complementary", name="Waiting room").get_by_role("listitem")
    await expect(card.get_by_role("heading", name="Alex")).to_be_visible()
    await expect(card.get_by_text("Waiting since")).to_be_visible()
    assert await therapist.title() == "(1) waiting – Appointments"
    await card.get_by_role("button", name="Two more minutes").click()
    await expect(client.get_by_text("Two more minutes, please.")).to_be_visible()

    await admit(therapist)
    await therapist.wait_for_url(f"**/call/{appointment.id}")
    await flow(therapist, client)
    await expect(therapist.get_by_label("Picture of Alex")).to_be_visible()
    await expect(client.get_by_label("Picture of Dr. Rivera")).to_be_visible()

    await therapist.get_by_role("button", name="Write").click()
    await therapist.get_by_role("textbox", name="Write a line").fill("Can you hear me?")
    await therapist.get_by_role("button", name="Send").click()
    await client.get_by_role("button", name="Write, 1 unread").click()
    await expect(client.get_by_role("log").get_by_text("Can you hear me?")).to_be_visible()
    await client.get_by_role("textbox", name="Write a line").fill("<b>Yes</b>")
    await client.keyboard.press("Enter")
    await expect(therapist.get_by_role("log").get_by_text("<b>Yes</b>")).to_be_visible()
    await client.get_by_role("button", name="Close words").click()

    await client.get_by_role("button", name="Mute").click()
    await expect(therapist.get_by_text("Alex · muted")).to_be_visible()
    await client.get_by_role("button", name="Unmute").click()
    await expect(therapist.get_by_text("Alex · muted")).to_be_hidden()
    await client.get_by_role("button", name="Turn camera off").click()
    await expect(therapist.get_by_text("Camera is off")).to_be_visible()
    await client.get_by_role("button", name="Turn camera on").click()
    await expect(therapist.get_by_label("Picture of Alex")).to_be_visible()

    await client.get_by_role("button", name="Leave").click()
    await expect(heading(client, "You stepped out")).to_be_visible()
    await captures_ended(client)
    await expect(therapist.get_by_text("Alex stepped out", exact=True)).to_be_visible()
    await client.get_by_role("button", name="Come back").click()
    await flow(therapist, client)

    await end(therapist)
    await expect(therapist.get_by_text("You have ended the session for both.")).to_be_visible()
    await expect(heading(client, "The session is over")).to_be_visible()
    await expect(client.get_by_text("Your therapist has ended the session.")).to_be_visible()
    await captures_ended(therapist)
    await captures_ended(client)
    await client.reload()
    await expect(heading(client, "This appointment is over")).to_be_visible()


async def test_the_own_picture_stays_hidden_once_hidden(scene: Scene) -> None:
    call = await scene.call()
    own = call.client.get_by_label("Your own picture")
    await expect(own.last).to_be_visible()
    await call.client.get_by_role("button", name="Settings", exact=True).click()
    await call.client.get_by_role("button", name="Hide my own picture").click()
    await expect(own.last).to_be_hidden()
    await call.client.reload()
    await enter(call.client)
    await flow(*call.pages)
    await expect(own.last).to_be_hidden()


async def test_a_shared_screen_is_seen_and_taken_back(scene: Scene) -> None:
    call = await scene.call()
    await call.therapist.get_by_role("button", name="Share screen").click()
    await expect(call.client.get_by_text("shares the screen")).to_be_visible()
    await flow(call.client)
    await call.therapist.get_by_role("button", name="Stop sharing").click()
    await expect(call.client.get_by_text("shares the screen")).to_be_hidden()
    await flow(*call.pages)
