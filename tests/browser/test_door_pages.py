"""Every door that is closed: what it says, and what to do next."""

from datetime import timedelta

import pytest
from playwright.async_api import Page, expect

from tests.browser.chromium import PHONE
from tests.browser.scene import Scene, enter, heading
from videocall import clock
from videocall.scheduling.appointment import Appointment, Cancel, Command, End, Move, ReissueLink
from videocall.web import keys

pytestmark = pytest.mark.browser

OPENS_BEFORE = timedelta(minutes=15)
OPENS_SOON = timedelta(seconds=5)


async def change(scene: Scene, appointment: Appointment, command: Command) -> Appointment:
    rows = scene.work.app[keys.APPOINTMENTS]
    by = scene.work.therapist.id
    return await rows.change(appointment.id, command, by, clock.now())


async def reads(page: Page, title: str, next_step: str) -> None:
    """See one heading, a next step, and how to reach the practice."""
    await expect(heading(page, title)).to_be_visible()
    await expect(page.get_by_text(next_step)).to_be_visible()
    contact = page.get_by_text("If you are stuck: 030 123 456").filter(visible=True)
    await expect(contact).to_have_count(1)
    await expect(page.get_by_role("heading", level=1)).to_have_count(1)
    await expect(page.get_by_role("button", name="Enter waiting room")).to_have_count(0)


async def test_an_early_door_counts_down_and_opens_by_itself(scene: Scene) -> None:
    now = clock.now()
    into_the_minute = now - now.replace(second=0, microsecond=0)
    soon = into_the_minute + OPENS_BEFORE + OPENS_SOON
    page = await scene.open_link(await scene.work.book(starts_in=soon))
    await reads(page, "You are early", "it goes on by itself")
    await expect(page.get_by_role("timer")).to_contain_text("second")
    await enter(page)
    await expect(heading(page, "You are in the waiting room")).to_be_visible()


async def test_a_door_that_is_days_away_says_when_it_opens(scene: Scene) -> None:
    page = await scene.open_link(await scene.work.book(starts_in=timedelta(days=3)))
    await reads(page, "You are early", "Or come back with the same link.")
    await expect(page.get_by_role("timer")).to_contain_text("days")
    await expect(
        page.get_by_text("Times are shown in your own zone: Europe/Berlin")
    ).to_be_visible()


async def test_a_moved_door_tells_both_times_and_the_page_of_before_learns_it(scene: Scene) -> None:
    appointment = await scene.work.book(starts_in=timedelta(days=3))
    device = await scene.chromium.device(timezone_id="America/New_York")
    await device.clock.install()
    page = await scene.open_link(appointment, device)
    await reads(page, "You are early", "it goes on by itself")
    before = await page.locator("strong time").first.inner_text()
    later = appointment.start_at + timedelta(days=1, hours=2)
    await change(scene, appointment, Move(later, 50))
    await page.clock.fast_forward("01:00")
    await reads(page, "Your appointment has a new time", "it goes on by itself")
    assert await page.locator("s time").inner_text() == before
    shown = await page.locator("strong time").first.inner_text()
    assert shown != before
    expected = await page.evaluate(
        """(at) => new Intl.DateTimeFormat("en-US", { timeZone: "America/New_York",
             weekday: "long", day: "numeric", month: "long", hour: "numeric", minute: "2-digit" })
             .format(at)""",
        later.timestamp() * 1000,
    )
    assert shown == expected


async def test_a_door_of_yesterday_says_that_it_is_over(scene: Scene) -> None:
    appointment = await scene.work.book()
    await change(scene, appointment, End())
    page = await scene.open_link(appointment)
    await reads(page, "This appointment is over", "please contact your therapist")


async def test_a_cancelled_door_says_so(scene: Scene) -> None:
    appointment = await scene.work.book()
    await change(scene, appointment, Cancel())
    page = await scene.open_link(appointment)
    await reads(page, "This appointment was cancelled", "please contact your therapist")


async def test_a_revoked_link_says_that_there_is_a_newer_one(scene: Scene) -> None:
    appointment = await scene.work.book()
    page = await scene.open_link(appointment)
    reissued = await change(scene, appointment, ReissueLink())
    await page.reload()
    await reads(page, "This link has been replaced", "open the newest message")
    again = await scene.open_link(appointment)
    await reads(again, "This link has been replaced", "open the newest message")
    newest = await scene.open_link(reissued, page.context)
    await expect(newest.get_by_role("button", name="Enter waiting room")).to_be_visible()


async def test_an_unknown_link_is_a_page_with_a_next_step(scene: Scene) -> None:
    scene.chromium.expect("Failed to load resource")
    device = await scene.chromium.device(viewport=PHONE)
    for token in ("", "#", "#x", "#a.b.c", "#" + "x" * 3000):
        page = await device.new_page()
        await page.goto(f"{scene.work.url}/j{token}")
        await reads(page, "This link does not open anything", "open the newest message")
        assert "#" not in page.url


async def test_a_session_without_its_cookie_asks_for_the_link_once_more(scene: Scene) -> None:
    appointment = await scene.work.book()
    page = await (await scene.chromium.device(viewport=PHONE)).new_page()
    await page.goto(f"{scene.work.url}/session/{appointment.id}")
    await reads(page, "This link does not open anything", "open the session link")
