"""The week and the day: moved by mouse, by finger, by keyboard; followed; used without a script."""

import asyncio
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from playwright.async_api import CDPSession, FloatRect, Locator, Page, expect

from tests.browser.axe import violations
from tests.browser.chromium import PHONE
from tests.browser.patience import until
from tests.browser.scene import Scene
from tests.practice import EMAIL, PASSWORD
from videocall import clock
from videocall.scheduling.appointment import Appointment, Cancel, End
from videocall.scheduling.hours import Rules, WallSpan
from videocall.web import keys

pytestmark = pytest.mark.browser

BERLIN = ZoneInfo("Europe/Berlin")
DAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
FINGER_MS = 700
"""Longer than a finger is held before it drags."""


def at(weekday: int, hour: int, minute: int = 0) -> datetime:
    """Return a time of next week in Berlin."""
    today = clock.now().astimezone(BERLIN).date()
    on = today + timedelta(days=7 + weekday - today.weekday())
    return datetime(on.year, on.month, on.day, hour, minute, tzinfo=BERLIN).astimezone(UTC)


def day_of(weekday: int) -> date:
    return at(weekday, 12).date()


async def book(scene: Scene, start_at: datetime, name: str, minutes: int = 50) -> Appointment:
    now = clock.now().replace(second=0, microsecond=0)
    return await scene.work.book(name, starts_in=start_at - now, minutes=minutes)


async def open_hours(scene: Scene) -> None:
    week = ((WallSpan(9 * 60, 18 * 60),),) * 7
    rules = Rules(notice_min=0, buffer_after_min=0)
    therapist = scene.work.therapist.id
    await scene.work.app[keys.PLANS].set_hours(therapist, week, rules, clock.now())


async def look(scene: Scene, path: str = "/week", **options: Any) -> Page:
    page = await scene.sign_in(**options)
    await page.goto(f"{scene.work.url}{path}?on={day_of(1)}")
    await expect(page.locator("html.scripted")).to_be_visible()
    return page


def block(page: Page, name: str) -> Locator:
    return page.locator(f'.week-block[data-name="{name}"]:not(.continued)')


def asked(page: Page) -> Locator:
    return page.get_by_role("dialog")


async def place(page: Page, start_at: datetime) -> tuple[float, float]:
    """Return the point of the window where an instant lies, in the middle of its column."""
    local = start_at.astimezone(BERLIN)
    column = page.locator(f'.week-column[data-on="{local.date()}"]')
    await column.scroll_into_view_if_needed()
    box = await column.bounding_box()
    assert box is not None
    first, last = 9, await page.locator(".week-mark").count()
    minutes = (local.hour - first) * 60 + local.minute
    return box["x"] + box["width"] / 2, box["y"] + box["height"] * minutes / (last * 60)


async def middle(element: Locator) -> tuple[float, float]:
    await element.scroll_into_view_if_needed()
    box: FloatRect | None = await element.bounding_box()
    assert box is not None
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


async def drag(page: Page, name: str, appointment: Appointment, to: datetime) -> None:
    """Take an appointment in its middle and hold it over another time."""
    lasts = appointment.end_at - appointment.start_at
    await page.mouse.move(*await middle(block(page, name)))
    await page.mouse.down()
    await page.mouse.move(*await place(page, to + lasts / 2), steps=5)


async def stored(scene: Scene, appointment: Appointment) -> Appointment:
    found = await scene.work.app[keys.APPOINTMENTS].get(appointment.id)
    assert found is not None
    return found


async def test_a_mouse_drags_it_to_another_day_and_time(scene: Scene) -> None:
    made = await book(scene, at(1, 10), "Blue Heron")
    page = await look(scene)
    await drag(page, "Blue Heron", made, at(2, 14))
    await expect(page.locator(".week-ghost")).to_have_text("2:00 PM Blue Heron")
    await page.mouse.up()
    await expect(asked(page)).to_contain_text("Blue Heron")
    await expect(asked(page).get_by_role("heading")).to_contain_text(f"Move to {DAYS[2]}")
    await expect(asked(page).get_by_role("heading")).to_contain_text("2:00 PM?")
    assert await stored(scene, made) == made
    await asked(page).get_by_role("button", name="Move").click()
    await expect(page.locator("#week-told")).to_contain_text("Moved to Wednesday")
    wednesday = page.locator(f'.week-column[data-on="{day_of(2)}"]')
    await expect(wednesday.get_by_role("link", name="Blue Heron 2:00 PM")).to_be_focused()
    await expect(page.locator(".week-ghost")).to_have_count(0)
    assert (await stored(scene, made)).start_at == at(2, 14)


async def test_a_move_can_be_undone(scene: Scene) -> None:
    made = await book(scene, at(1, 10), "Blue Heron")
    page = await look(scene)
    await drag(page, "Blue Heron", made, at(2, 14))
    await page.mouse.up()
    await asked(page).get_by_role("button", name="Move").click()
    await page.get_by_role("button", name="Undo").click()
    await expect(page.locator("#week-told")).to_contain_text("It is as it was before.")
    tuesday = page.locator(f'.week-column[data-on="{day_of(1)}"]')
    await expect(tuesday.get_by_role("link", name="Blue Heron 10:00 AM")).to_be_focused()
    assert (await stored(scene, made)).start_at == at(1, 10)


async def test_a_click_opens_it_and_a_drag_does_not(scene: Scene) -> None:
    made = await book(scene, at(1, 10), "Blue Heron")
    page = await look(scene)
    await drag(page, "Blue Heron", made, at(1, 14))
    await page.mouse.move(*await middle(block(page, "Blue Heron")))
    await page.mouse.up()
    await expect(page.locator(".week-ghost")).to_have_count(0)
    await expect(asked(page)).to_be_hidden()
    assert "/week" in page.url
    await block(page, "Blue Heron").get_by_role("link").click()
    await page.wait_for_url(f"**/appointments/{made.id}")


async def test_escape_leaves_it_where_it_was_while_it_is_dragged_and_when_asked(
    scene: Scene,
) -> None:
    made = await book(scene, at(1, 10), "Blue Heron")
    page = await look(scene)
    # Let go over itself, after Escape: that is no click on it.
    await drag(page, "Blue Heron", made, at(1, 10, 15))
    await expect(page.locator(".week-ghost")).to_have_count(1)
    await page.keyboard.press("Escape")
    await page.mouse.up()
    await expect(page.locator(".week-ghost")).to_have_count(0)
    await expect(asked(page)).to_be_hidden()
    assert "/week" in page.url
    await drag(page, "Blue Heron", made, at(2, 14))
    await page.mouse.up()
    await expect(asked(page)).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(asked(page)).to_be_hidden()
    await expect(block(page, "Blue Heron").get_by_role("link")).to_be_focused()
    await drag(page, "Blue Heron", made, at(2, 14))
    await page.mouse.up()
    await asked(page).get_by_role("button", name="Keep").click()
    await expect(page.locator(".week-ghost, .carried")).to_have_count(0)
    assert await stored(scene, made) == made


async def test_keys_move_it_by_quarters_and_days_and_it_is_said(scene: Scene) -> None:
    made = await book(scene, at(1, 10), "Blue Heron")
    page = await look(scene)
    link = block(page, "Blue Heron").get_by_role("link")
    await link.focus()
    await page.keyboard.press("m")
    bar = page.locator("#week-bar")
    await expect(bar).to_contain_text("Move Blue Heron")
    # 10:15, 10:20, then the next quarter, and five minutes back.
    for key in ("ArrowDown", "Shift+ArrowDown", "ArrowDown", "Shift+ArrowUp"):
        await page.keyboard.press(key)
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
        await page.keyboard.press(key)
    await expect(bar).to_contain_text("10:25 AM")
    await expect(page.locator("#week-spoken")).to_contain_text("Wednesday")
    await expect(page.locator("#week-spoken")).to_contain_text("10:25 AM")
    await page.keyboard.press("Enter")
    await expect(asked(page)).to_contain_text("10:25 AM?")
    await page.keyboard.press("Enter")
    await expect(page.locator("#week-told")).to_contain_text("10:25 AM")
    await expect(link).to_be_focused()
    assert (await stored(scene, made)).start_at == at(2, 10, 25)


async def test_the_edges_of_the_page_are_said_and_escape_goes_back_to_the_block(
    scene: Scene,
) -> None:
    await book(scene, at(0, 9), "Blue Heron")
    page = await look(scene)
    move = block(page, "Blue Heron").get_by_role("button", name="Move Blue Heron")
    await move.focus()
    await page.keyboard.press("Enter")
    await page.keyboard.press("ArrowLeft")
    await expect(page.locator("#week-spoken")).to_have_text("The page shows no more than this.")
    for _ in range(3):
        await page.keyboard.press("ArrowUp")
    await page.keyboard.press("Escape")
    await expect(page.locator("#week-bar")).to_be_hidden()
    await expect(page.locator(".week-ghost")).to_have_count(0)
    await expect(block(page, "Blue Heron").get_by_role("link")).to_be_focused()


async def test_buttons_move_it_where_there_are_no_arrow_keys(scene: Scene) -> None:
    made = await book(scene, at(1, 10), "Blue Heron")
    page = await look(scene, "/day", viewport=PHONE, has_touch=True, is_mobile=True)
    await page.get_by_role("button", name="Move Blue Heron").tap()
    await page.get_by_role("button", name="Later").tap()
    await page.get_by_role("button", name="Move here").tap()
    await asked(page).get_by_role("button", name="Move").tap()
    await expect(page.locator("#week-told")).to_be_visible()
    assert (await stored(scene, made)).start_at == at(1, 10, 15)


async def touch(session: CDPSession, kind: str, *points: tuple[float, float]) -> None:
    await session.send(
        "Input.dispatchTouchEvent",
        {"type": kind, "touchPoints": [{"x": x, "y": y} for x, y in points]},
    )


async def test_a_finger_that_is_held_drags_and_one_that_is_not_scrolls(scene: Scene) -> None:
    made = await book(scene, at(1, 11), "Blue Heron")
    page = await look(scene, "/day", viewport=PHONE, has_touch=True, is_mobile=True)
    session = await page.context.new_cdp_session(page)
    x, y = await middle(block(page, "Blue Heron"))
    await touch(session, "touchStart", (x, y))
    for step in range(1, 9):
        await touch(session, "touchMove", (x, y - 15 * step))
    await touch(session, "touchEnd")
    await until(page, "scrollY > 30")
    await expect(page.locator(".week-ghost")).to_have_count(0)
    await page.evaluate("scrollTo(0, 0)")

    _, there = await place(page, at(1, 12))
    _, here = await place(page, at(1, 11))
    x, y = await middle(block(page, "Blue Heron"))
    before = await page.evaluate("scrollY")
    await touch(session, "touchStart", (x, y))
    await asyncio.sleep(FINGER_MS / 1000)
    await expect(page.locator(".week-ghost")).to_have_count(1)
    for step in range(1, 6):
        await touch(session, "touchMove", (x, y + (there - here) * step / 5))
    await expect(page.locator(".week-ghost")).to_contain_text("12:00 PM")
    assert await page.evaluate("scrollY") == before
    await touch(session, "touchEnd")
    await asked(page).get_by_role("button", name="Move").tap()
    await expect(page.locator("#week-told")).to_contain_text("12:00 PM")
    assert (await stored(scene, made)).start_at == at(1, 12)


async def test_what_is_in_the_way_is_named_and_nothing_moves(scene: Scene) -> None:
    scene.chromium.expect("Failed to load resource")
    made = await book(scene, at(1, 10), "Blue Heron")
    await book(scene, at(2, 14), "Otto")
    page = await look(scene)
    await drag(page, "Blue Heron", made, at(2, 14, 30))
    await page.mouse.up()
    move = asked(page).get_by_role("button", name="Move")
    await move.click()
    await expect(asked(page).get_by_role("alert")).to_have_text(
        "You have another appointment then: Otto, 2:00 PM. Nothing was changed."
    )
    await asked(page).get_by_role("button", name="Keep").click()
    await expect(page.locator(".week-ghost, .carried")).to_have_count(0)
    tuesday = page.locator(f'.week-column[data-on="{day_of(1)}"]')
    await expect(tuesday.get_by_role("link", name="Blue Heron 10:00 AM")).to_be_focused()
    assert await stored(scene, made) == made


async def test_what_has_passed_and_what_has_ended_meanwhile_is_told(scene: Scene) -> None:
    scene.chromium.expect("Failed to load resource")
    made = await book(scene, at(1, 10), "Blue Heron")
    page = await look(scene)
    await drag(page, "Blue Heron", made, at(2, 14))
    await page.mouse.up()
    appointments, now = scene.work.app[keys.APPOINTMENTS], clock.now()
    await appointments.change(made.id, End(), made.therapist, now)
    await asked(page).get_by_role("button", name="Move").click()
    await expect(asked(page).get_by_role("alert")).to_contain_text("This appointment is over")
    await asked(page).get_by_role("button", name="Keep").click()
    await expect(block(page, "Blue Heron")).to_contain_text("Done")
    await expect(block(page, "Blue Heron").get_by_role("button")).to_have_count(0)


async def test_signed_out_meanwhile_she_is_led_to_sign_in(scene: Scene) -> None:
    scene.chromium.expect("Failed to load resource|WebSocket connection to .* failed")
    made = await book(scene, at(1, 10), "Blue Heron")
    page = await look(scene)
    await drag(page, "Blue Heron", made, at(2, 14))
    await page.mouse.up()
    await page.context.clear_cookies()
    await asked(page).get_by_role("button", name="Move").click()
    await expect(asked(page).get_by_role("alert")).to_contain_text("sign in again")
    await expect(asked(page).get_by_role("link", name="Sign in again")).to_be_visible()
    assert await stored(scene, made) == made


async def test_a_service_that_does_not_answer_costs_nothing(scene: Scene) -> None:
    scene.chromium.expect("Failed to load resource")
    made = await book(scene, at(1, 10), "Blue Heron")
    page = await look(scene)
    await page.route("**/move", lambda route: route.abort())
    await drag(page, "Blue Heron", made, at(2, 14))
    await page.mouse.up()
    await asked(page).get_by_role("button", name="Move").click()
    await expect(asked(page).get_by_role("alert")).to_contain_text("Please try again")
    await page.unroute("**/move")
    await asked(page).get_by_role("button", name="Move").click()
    await expect(page.locator("#week-told")).to_be_visible()
    assert (await stored(scene, made)).start_at == at(2, 14)


async def test_free_time_leads_to_a_new_appointment_then(scene: Scene) -> None:
    await open_hours(scene)
    page = await look(scene)
    x, y = await place(page, at(3, 15, 20))
    await page.mouse.move(x, y)
    await expect(page.locator(".week-chip")).to_have_text("+ 3:15 PM")
    await page.mouse.click(x, y)
    await page.wait_for_url("**/appointments/new?start=*")
    local = at(3, 15, 15).astimezone(BERLIN)
    await expect(page.get_by_label("Date and time")).to_have_value(f"{local:%Y-%m-%dT%H:%M}")


async def test_keys_choose_a_quarter_of_free_time(scene: Scene) -> None:
    await open_hours(scene)
    await book(scene, at(1, 9), "Blue Heron", 60)
    page = await look(scene, "/day")
    await page.get_by_role("link", name="Free from 10:00 AM").focus()
    await expect(page.locator(".week-chip")).to_have_text("+ 10:00 AM")
    for key in ("ArrowUp", "ArrowDown", "ArrowDown"):
        await page.keyboard.press(key)
    await expect(page.locator("#week-spoken")).to_have_text("10:30 AM")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/appointments/new?start=*")
    local = at(1, 10, 30).astimezone(BERLIN)
    await expect(page.get_by_label("Date and time")).to_have_value(f"{local:%Y-%m-%dT%H:%M}")


async def test_the_page_follows_what_changes_elsewhere_and_the_focus_stays(scene: Scene) -> None:
    made = await book(scene, at(1, 10), "Blue Heron")
    gone = await book(scene, at(1, 12), "Otto")
    page = await look(scene)
    link = block(page, "Blue Heron").get_by_role("link")
    await link.focus()
    await book(scene, at(3, 10), "Quiet Owl")
    appointments, now = scene.work.app[keys.APPOINTMENTS], clock.now()
    await appointments.change(gone.id, Cancel(), made.therapist, now)
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await expect(block(page, "Quiet Owl")).to_be_visible()
    await expect(block(page, "Otto")).to_have_count(0)
    await expect(link).to_be_focused()
    # What is on its way is not taken out of the hand; it is followed afterwards.
    await drag(page, "Blue Heron", made, at(2, 14))
    await book(scene, at(4, 10), "Late Lark")
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await asyncio.sleep(0.5)
    await expect(page.locator(".week-ghost")).to_have_count(1)
    await expect(block(page, "Late Lark")).to_have_count(0)
    await page.keyboard.press("Escape")
    await page.mouse.up()
    await expect(block(page, "Late Lark")).to_be_visible()


async def test_the_agenda_follows_as_well_and_its_buttons_still_work(scene: Scene) -> None:
    now = await scene.work.book("Blue Heron")
    page = await scene.sign_in(permissions=["clipboard-write"])
    copy = page.get_by_role("button", name="Copy link for Blue Heron")
    await copy.focus()
    await scene.work.client(now)
    await expect(page.locator(".agenda-state")).to_contain_text("Waiting now")
    await scene.work.book("Otto", starts_in=timedelta(days=1))
    await page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    await expect(page.get_by_role("link", name="Otto", exact=True)).to_be_visible()
    await expect(page.locator(".agenda-state").first).to_contain_text("Waiting now")
    await expect(copy).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#copied")).to_have_text("Copied")


async def test_who_waits_now_is_shown_at_once(scene: Scene) -> None:
    made = await scene.work.book("Blue Heron")
    page = await scene.sign_in()
    await page.goto(f"{scene.work.url}/day?whole")
    await expect(block(page, "Blue Heron")).to_contain_text("Room open")
    await scene.work.client(made)
    await expect(block(page, "Blue Heron")).to_contain_text("Waiting now")


async def test_the_line_of_now_moves_by_itself(scene: Scene) -> None:
    clocked = Scene(scene.work, scene.chromium, clocked=True)
    page = await clocked.sign_in()
    await page.goto(f"{scene.work.url}/day?whole")
    line = page.locator(".week-now")
    local = clock.now().astimezone(BERLIN)
    await expect(line).to_have_count(1)
    before = await line.evaluate("element => element.offsetTop")
    minute_px = await page.locator(".week-column").evaluate("each => each.offsetHeight / 1440")
    ahead_min = 8 if local.hour < 23 else -8
    await page.clock.set_system_time(await page.evaluate(f"Date.now() / 1000 + {ahead_min} * 60"))
    await page.clock.run_for(20_000)
    moved = await line.evaluate("element => element.offsetTop") - before
    assert abs(moved - ahead_min * minute_px) < 3 * minute_px


async def test_it_can_be_read_and_used_without_a_script(scene: Scene) -> None:
    made = await book(scene, at(1, 10), "Blue Heron")
    await open_hours(scene)
    device = await scene.chromium.device(java_script_enabled=False)
    page = await device.new_page()
    await page.goto(f"{scene.work.url}/week?on={day_of(1)}")
    await page.get_by_label("E-mail address").fill(EMAIL)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/week")
    await page.get_by_role("link", name="Week after").click()
    tuesday = await page.locator(f'.week-column[data-on="{day_of(1)}"]').bounding_box()
    heron = await block(page, "Blue Heron").bounding_box()
    assert tuesday is not None
    assert heron is not None
    assert abs(heron["x"] - tuesday["x"]) < 2
    assert abs(heron["y"] - tuesday["y"] - tuesday["height"] / 9) < 3
    assert await page.get_by_role("button", name="Move").count() == 0
    await page.get_by_role("link", name="Free from").first.click()
    await page.wait_for_url("**/appointments/new?start=*")
    await page.go_back()
    await page.get_by_role("link", name="Blue Heron").click()
    await page.wait_for_url(f"**/appointments/{made.id}")


@pytest.mark.parametrize("path", ["/week", "/day"])
async def test_moving_shuts_nobody_out(scene: Scene, path: str) -> None:
    await open_hours(scene)
    await book(scene, at(1, 10), "Blue Heron")
    page = await look(scene, path)
    await page.emulate_media(reduced_motion="reduce")
    await block(page, "Blue Heron").get_by_role("link").focus()
    await page.keyboard.press("m")
    await expect(page.locator("#week-bar")).to_be_visible()
    assert await violations(page) == []
    await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    await expect(asked(page)).to_be_visible()
    for scheme in ("light", "dark"):
        await page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        assert await violations(page) == []
