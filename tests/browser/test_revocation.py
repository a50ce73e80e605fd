"""A link that is taken back while somebody talks with it."""

import pytest
from playwright.async_api import expect

from tests.browser.scene import Scene, captures_ended, heading

pytestmark = pytest.mark.browser


async def test_a_link_reissued_mid_call_puts_its_holder_out_at_once(scene: Scene) -> None:
    call = await scene.call()
    other_tab = await call.therapist.context.new_page()
    await other_tab.goto(f"{scene.work.url}/appointments/{call.appointment.id}")
    before = await other_tab.get_by_label("Link", exact=True).input_value()
    await other_tab.get_by_text("Make a new link").click()
    await other_tab.get_by_role("button", name="Stop the old link and make a new one").click()
    await expect(other_tab.get_by_text("The old one opens nothing any more.")).to_be_visible()
    assert await other_tab.get_by_label("Link", exact=True).input_value() != before

    await expect(heading(call.client, "This link has been replaced")).to_be_visible()
    await captures_ended(call.client)
    await expect(call.therapist.get_by_text("Alex stepped out", exact=True)).to_be_visible()
    await call.client.reload()
    await expect(heading(call.client, "This link has been replaced")).to_be_visible()
