"""Somebody presses reload in the middle of a call."""

import pytest
from playwright.async_api import expect

from tests.browser.scene import Scene, end, enter, flow, heading

pytestmark = pytest.mark.browser


async def test_a_therapist_who_reloads_is_back_and_her_client_stays_admitted(scene: Scene) -> None:
    call = await scene.call()
    await call.client.evaluate(
        """globalThis.waited = false;
        new MutationObserver(() => { waited ||= document.body.dataset.view !== "stage"; })
          .observe(document.body, { attributes: true });"""
    )
    await call.therapist.reload()
    await flow(*call.pages)
    assert not await call.client.evaluate("waited")
    await expect(call.therapist.get_by_role("complementary", name="Waiting room")).to_be_hidden()
    await end(call.therapist)
    await expect(heading(call.client, "The session is over")).to_be_visible()


async def test_a_client_who_reloads_is_back_without_a_new_admission(scene: Scene) -> None:
    call = await scene.call()
    await call.client.reload()
    await enter(call.client)
    await flow(*call.pages)
    await expect(call.therapist.get_by_role("complementary", name="Waiting room")).to_be_hidden()
    await end(call.therapist)
    await expect(heading(call.client, "The session is over")).to_be_visible()
