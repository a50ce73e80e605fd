"""The pages as people meet them: focus, keys, and what is typed and not lost."""

from datetime import datetime, timedelta

import pytest
from playwright.async_api import expect

from tests.browser.chromium import PHONE
from tests.browser.scene import Scene
from tests.practice import Work
from videocall import clock
from videocall.scheduling.hours import Rules, WallSpan
from videocall.signalling.messages import Admitted
from videocall.web import keys

pytestmark = pytest.mark.browser

REFUSED = "Failed to load resource: .* status of 4"


async def test_a_guest_abroad_sees_both_clocks_and_the_first_wrong_field_has_the_focus(
    scene: Scene,
) -> None:
    scene.chromium.expect(REFUSED)
    page = await (await scene.device(viewport=PHONE, timezone_id="Asia/Tokyo")).new_page()
    await page.goto(scene.work.url + await open_booking(scene.work))
    await page.wait_for_url("**zone=Asia%2FTokyo")
    await expect(page.get_by_text("in Berlin").first).to_be_visible()
    await page.locator("button.slot").first.click()
    await page.get_by_role("button", name="Book this time").click()
    await expect(page.get_by_label("Your name")).to_be_focused()
    await page.get_by_label("Your name").fill("Blue Heron")
    await page.get_by_role("button", name="Book this time").click()
    await page.wait_for_url("**/booked/*")


async def test_hours_that_nobody_can_read_have_the_focus(scene: Scene) -> None:
    scene.chromium.expect(REFUSED)
    page = await scene.sign_in()
    await page.goto(scene.work.url + "/hours")
    await page.get_by_label("Monday").fill("from nine")
    await page.get_by_role("button", name="Save").press("Enter")
    await expect(page.get_by_label("Monday")).to_be_focused()


async def test_booking_needs_no_mouse_and_somebody_faster_costs_nothing_typed(
    scene: Scene,
) -> None:
    scene.chromium.expect(REFUSED)
    work = scene.work
    path = await open_booking(work)
    page = await (await scene.device()).new_page()
    await page.goto(work.url + path)
    slot = page.locator("button.slot").first
    taken = await slot.get_attribute("value") or ""
    await slot.press("Enter")
    await page.get_by_label("Your name").fill("Quiet Owl")
    # The time runs out, and the therapist gives it to somebody else.
    await page.context.clear_cookies()
    await work.app[keys.DATABASE].write(lambda tables: tables.execute("DELETE FROM holds"))
    await work.book(starts_in=datetime.fromisoformat(taken) - this_minute())
    await page.get_by_label("Your name").press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("Someone was faster")
    await page.locator("button.slot").first.press("Enter")
    await expect(page.get_by_label("Your name")).to_have_value("Quiet Owl")
    await page.get_by_label("Your name").press("Enter")
    await page.wait_for_url("**/booked/*")
    await page.get_by_role("link", name="Go to the waiting room").press("Enter")
    await expect(page.get_by_role("heading", name="You are early")).to_be_visible()


async def open_booking(work: Work) -> str:
    """Give the therapist hours and a booking page; return its path."""
    plans, therapist, now = work.app[keys.PLANS], work.therapist.id, clock.now()
    rules = Rules(lengths_min=(25, 50))
    await plans.set_hours(therapist, ((WallSpan(540, 1080),),) * 7, rules, now)
    page = work.app[keys.KEYRING].booking_page(therapist, 1)
    await plans.open_page(therapist, page, 1, now)
    return f"/book/{page}"


def this_minute() -> datetime:
    return clock.now().replace(second=0, microsecond=0)


async def test_a_sign_in_link_leaves_the_address_bar_at_once(scene: Scene) -> None:
    scene.chromium.expect(REFUSED)
    page = await (await scene.device()).new_page()
    await page.goto(scene.work.url + "/signin#broken")
    failed = page.get_by_role("alert")
    await expect(failed).to_contain_text("no longer works")
    assert page.url == scene.work.url + "/signin"
    await expect(failed).to_be_focused()
    # Pasted into the same page: only the fragment changes.
    await page.goto(scene.work.signin_url())
    await page.wait_for_url("**/agenda")
    assert "#" not in page.url


async def test_the_first_wrong_field_has_the_focus_and_what_was_typed_stays(scene: Scene) -> None:
    scene.chromium.expect(REFUSED)
    page = await scene.sign_in()
    await page.get_by_role("link", name="New appointment").first.click()
    await page.get_by_label("Client's name").fill("Otto")
    await page.get_by_label("Date and time").fill("2020-01-01T10:00")
    await page.get_by_role("button", name="Make the appointment").click()
    await expect(page.get_by_label("Date and time")).to_be_focused()
    await expect(page.get_by_label("Client's name")).to_have_value("Otto")


async def test_on_any_page_the_therapist_is_told_writes_a_line_and_admits_with_one_click(
    scene: Scene,
) -> None:
    work = scene.work
    appointment = await work.book("Blue Heron")
    page = await scene.sign_in()
    await page.goto(work.url + "/appointments/new")
    client = await work.client(appointment)
    tray = page.get_by_role("complementary", name="Waiting room")
    await expect(tray).to_contain_text("Blue Heron")
    await expect(tray).to_contain_text("just now")
    await expect(page).to_have_title("(1) waiting – New appointment")
    assert "Blue Heron" in await page.locator("#desk-spoken").inner_text()
    await tray.get_by_role("button", name="Two more minutes").click()
    await expect(tray).to_contain_text("Sent:")
    await tray.get_by_role("button", name="Admit").click()
    await page.wait_for_url(f"**/call/{appointment.id}")
    await expect(page.get_by_role("complementary", name="Waiting room")).to_be_hidden()
    await client.hear(Admitted)


async def test_declining_asks_once_and_then_the_tray_is_gone(scene: Scene) -> None:
    work = scene.work
    await work.client(await work.book("Blue Heron"))
    page = await scene.sign_in(viewport=PHONE)
    await page.get_by_role("button", name="Decline").click()
    await page.get_by_role("button", name="No", exact=True).click()
    await expect(page.get_by_role("button", name="Decline")).to_be_focused()
    await page.get_by_role("button", name="Decline").click()
    await page.get_by_role("button", name="Yes, decline").click()
    await expect(page.locator("#desk")).to_be_hidden()
    await expect(page).to_have_title("Appointments")


async def test_a_line_half_written_outlives_a_change_of_who_waits(scene: Scene) -> None:
    work = scene.work
    await work.client(await work.book("Blue Heron", minutes=10))
    page = await scene.sign_in()
    await page.get_by_role("button", name="Write a line").click()
    field = page.get_by_label("A line to them").first
    await field.fill("I am on my")
    await work.client(await work.book("Otto", starts_in=timedelta(minutes=10)))
    await expect(page).to_have_title("(2) waiting – Appointments")
    await expect(field).to_have_value("I am on my")
    await expect(field).to_be_focused()
