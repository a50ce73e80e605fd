"""A second client, while the therapist is in a session."""

from datetime import timedelta

import pytest
from playwright.async_api import expect

from tests.browser.scene import Scene, flow, heading

pytestmark = pytest.mark.browser


async def test_a_second_session_takes_a_second_yes(scene: Scene) -> None:
    call = await scene.call(await scene.work.book("Alex", minutes=10))
    other = await scene.work.book("Kim", starts_in=timedelta(minutes=12))
    client = await scene.waiting(other)
    card = call.therapist.get_by_role("complementary", name="Waiting room").get_by_role("listitem")
    await card.get_by_role("button", name="Admit", exact=True).click()
    as_well = card.get_by_role("button", name="Admit as well")
    await expect(as_well).to_be_focused()
    await flow(*call.pages)
    await card.get_by_role("button", name="Not now").click()
    await expect(heading(client, "You are in the waiting room")).to_be_visible()

    await card.get_by_role("button", name="Admit", exact=True).click()
    await as_well.click()
    await call.therapist.wait_for_url(f"**/call/{other.id}")
    await flow(call.therapist, client)
    await expect(call.client.get_by_text("Dr. Rivera stepped out", exact=True)).to_be_visible()
