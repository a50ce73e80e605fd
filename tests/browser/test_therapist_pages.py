"""A therapist at her pages: by mouse, by keyboard, and when something is not right."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import Page, expect

from tests.browser.scene import Scene, heading
from tests.practice import EMAIL, PASSWORD
from videocall import clock

pytestmark = pytest.mark.browser

BERLIN = ZoneInfo("Europe/Berlin")


async def tab_to(page: Page, name: str) -> None:
    """Press Tab until something with that name has the focus."""
    focused = """() => { const element = document.activeElement;
      const labels = [...(element.labels ?? [])].map((label) => label.innerText);
      return [element.innerText, ...labels].map((text) => text?.trim()); }"""
    for _ in range(40):
        await page.keyboard.press("Tab")
        if name in await page.evaluate(focused):
            return
    raise AssertionError(f"no Tab leads to {name}")


async def type_date(page: Page, at: datetime) -> None:
    """Type into the parts of a date and time as an English browser shows them."""
    await page.keyboard.type(f"{at:%m%d%Y}")
    await page.keyboard.press("ArrowRight")
    await page.keyboard.type(f"{at:%I%M%p}")


async def test_a_wrong_password_is_told_and_the_right_one_leads_where_she_wanted(
    scene: Scene,
) -> None:
    scene.chromium.expect("Failed to load resource")
    page = await (await scene.chromium.device()).new_page()
    await page.goto(f"{scene.work.url}/appointments/new")
    await page.get_by_label("E-mail address").fill(EMAIL)
    await page.get_by_label("Password").fill("wrong but long enough")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_contain_text("do not fit together")
    await expect(page.get_by_label("E-mail address")).to_have_value(EMAIL)
    await expect(page.get_by_label("Password")).to_have_value("")
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await expect(heading(page, "New appointment")).to_be_visible()
    await page.get_by_role("button", name="Sign out").click()
    await page.goto(f"{scene.work.url}/agenda")
    await expect(heading(page, "Sign in")).to_be_visible()


async def test_an_overlap_is_refused_and_keeps_what_was_typed(scene: Scene) -> None:
    scene.chromium.expect("Failed to load resource")
    taken = await scene.work.book("Alex", starts_in=timedelta(days=2))
    page = await scene.sign_in()
    await page.get_by_role("link", name="New appointment").first.click()
    start = f"{taken.start_at.astimezone(BERLIN) + timedelta(minutes=20):%Y-%m-%dT%H:%M}"
    await page.get_by_label("Client's name or alias").fill("Kim")
    await page.get_by_label("Date and time").fill(start)
    await page.get_by_label("Minutes").fill("45")
    await page.get_by_label("Sound only").check()
    await page.get_by_label("E-mail address").fill("kim@example.org")
    await page.get_by_role("button", name="Make the appointment").click()
    await expect(page.get_by_role("alert")).to_contain_text("Nothing was changed.")
    await expect(page.get_by_role("link", name="Alex")).to_be_visible()
    await expect(page.get_by_label("Client's name or alias")).to_have_value("Kim")
    await expect(page.get_by_label("Date and time")).to_have_value(start)
    await expect(page.get_by_label("Minutes")).to_have_value("45")
    await expect(page.get_by_label("Sound only")).to_be_checked()
    await expect(page.get_by_label("E-mail address")).to_have_value("kim@example.org")

    later = f"{taken.end_at.astimezone(BERLIN):%Y-%m-%dT%H:%M}"
    await page.get_by_label("Date and time").fill(later)
    await page.get_by_role("button", name="Make the appointment").click()
    await expect(heading(page, "Kim")).to_be_visible()
    await expect(page.get_by_text("Send the link to your client.")).to_be_visible()


async def test_an_appointment_is_moved_and_cancelled_by_keyboard_alone(scene: Scene) -> None:
    await scene.work.book("Alex", starts_in=timedelta(days=2))
    page = await scene.sign_in()
    await tab_to(page, "Alex")
    await page.keyboard.press("Enter")
    await expect(heading(page, "Alex")).to_be_visible()
    to = (clock.now() + timedelta(days=40)).astimezone(BERLIN).replace(hour=14, minute=30)
    await tab_to(page, "Move to another time")
    await page.keyboard.press("Enter")
    await tab_to(page, "Date and time")
    await type_date(page, to)
    await expect(page.locator("#start")).to_have_value(f"{to:%Y-%m-%dT%H:%M}")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("The appointment is moved.")).to_be_visible()
    await expect(page.locator("dd").filter(has_text="2:30 PM").first).to_be_visible()

    await tab_to(page, "Cancel the appointment")
    await page.keyboard.press("Space")
    await tab_to(page, "Yes, cancel it")
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("The appointment is cancelled.")).to_be_visible()
    await expect(page.get_by_role("link", name="Open room")).to_have_count(0)
