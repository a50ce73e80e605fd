"""One session in two tabs, and one link on two devices."""

import pytest
from playwright.async_api import expect

from tests.browser.chromium import PHONE
from tests.browser.scene import Scene, captures_ended, enter, flow, heading

pytestmark = pytest.mark.browser


async def test_a_second_tab_asks_and_the_first_is_told_that_the_call_moved(scene: Scene) -> None:
    call = await scene.call()
    second = await scene.open_link(call.appointment, call.client.context)
    await enter(second)
    await expect(heading(second, "Move the call here?")).to_be_visible()
    await second.get_by_role("button", name="Leave it there").click()
    await expect(heading(second, "You stepped out")).to_be_visible()
    await captures_ended(second)
    await flow(*call.pages)

    await second.get_by_role("button", name="Come back").click()
    await second.get_by_role("button", name="Move the call here").click()
    await expect(heading(call.client, "The call was moved")).to_be_visible()
    await captures_ended(call.client)
    await flow(call.therapist, second)
    await call.client.get_by_role("button", name="Move it back here").click()
    await expect(heading(second, "The call was moved")).to_be_visible()
    await flow(*call.pages)


async def test_a_forwarded_link_is_shown_and_displaces_nobody_until_admitted(scene: Scene) -> None:
    call = await scene.call()
    second = await scene.waiting(call.appointment)
    card = call.therapist.get_by_role("complementary", name="Waiting room").get_by_role("listitem")
    await expect(card.get_by_text("Second device")).to_be_visible()
    await flow(*call.pages)
    await card.get_by_role("button", name="Admit", exact=True).click()
    await expect(heading(call.client, "The call was moved")).to_be_visible()
    await flow(call.therapist, second)


async def test_somebody_declined_reads_a_kind_page_and_never_gets_in(scene: Scene) -> None:
    scene.chromium.expect(r"WebSocket connection to .* failed")
    appointment = await scene.work.book("Alex")
    therapist = await scene.sign_in()
    stranger = await scene.chromium.device(viewport=PHONE)
    page = await scene.waiting(appointment, stranger)
    await therapist.get_by_role("button", name="Decline").click()
    await therapist.get_by_role("button", name="Yes, decline").click()
    await expect(heading(page, "You were not let in")).to_be_visible()
    await expect(page.get_by_text("please contact them directly")).to_be_visible()
    await captures_ended(page)
    await expect(therapist.get_by_role("button", name="Admit")).to_have_count(0)

    again = await scene.open_link(appointment, stranger)
    await enter(again)
    await expect(heading(again, "You were not let in")).to_be_visible()
    await scene.waiting(appointment)
    await expect(therapist.get_by_role("button", name="Admit")).to_have_count(1)
