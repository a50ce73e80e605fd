"""The pages as people meet them, in a real Chromium: at phone and desktop width, light and dark."""

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.practice import Work, configure, open_practice
from videocall import clock
from videocall.access.people import Role
from videocall.scheduling.hours import Rules, WallSpan
from videocall.signalling.messages import Admitted
from videocall.web import keys

pytestmark = pytest.mark.browser

PHONE, DESKTOP = (360, 740), (1280, 800)
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or "/usr/bin/chromium"


@dataclass
class Scene:
    work: Work
    chromium: Browser

    @asynccontextmanager
    async def page(
        self,
        size: tuple[int, int] = DESKTOP,
        scheme: str = "light",
        zone: str = "Europe/Berlin",
    ) -> AsyncIterator[Page]:
        """Open a fresh browser; anything its console complains of fails the test."""
        context = await self.chromium.new_context(
            viewport={"width": size[0], "height": size[1]},
            color_scheme="dark" if scheme == "dark" else "light",
            locale="en-GB",
            timezone_id=zone,
            reduced_motion="reduce",
        )
        page = await context.new_page()
        complaints: list[str] = []
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on(
            "console",
            lambda line: (
                complaints.append(line.text)
                if line.type in ("error", "warning") and "status of 4" not in line.text
                else None
            ),
        )
        yield page
        # What closing cuts off is nobody's fault.
        seen = list(complaints)
        await context.close()
        assert seen == []

    @asynccontextmanager
    async def therapist(
        self, size: tuple[int, int] = DESKTOP, scheme: str = "light"
    ) -> AsyncIterator[Page]:
        async with self.page(size, scheme) as page:
            await page.goto(self.work.signin_url())
            await page.wait_for_url("**/agenda")
            yield page


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    if shutil.which(CHROMIUM) is None:
        pytest.skip("there is no Chromium; `make test` installs it on Debian")
    async with open_practice(configure(tmp_path)) as work, async_playwright() as playwright:
        chromium = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield Scene(work, chromium)
        await chromium.close()


async def check(page: Page) -> None:
    """Nothing hinders anybody here, and nothing sticks out of the page."""
    results = await Axe().run(page)
    found = [(each["id"], each["nodes"][0]["html"]) for each in results.response["violations"]]
    assert found == []
    width, visible = await page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= visible


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_nothing_on_a_page_hinders_anybody(
    scene: Scene, size: tuple[int, int], scheme: str
) -> None:
    work = scene.work
    appointment = await work.book("Blue Heron")
    await work.client(appointment)
    async with scene.page(size, scheme) as page:
        for path in ("/", "/keep", "/signin", "/nowhere"):
            await page.goto(work.url + path)
            await check(page)
    async with scene.therapist(size, scheme) as page:
        await expect(page.get_by_role("button", name="Admit")).to_be_visible()
        await check(page)
        for path in ("/agenda?from=2030-01-01", "/hours", "/calendar", "/appointments/new"):
            await page.goto(work.url + path)
            await check(page)
        await page.get_by_role("button", name="Make the appointment").click()
        await expect(page.get_by_role("alert")).to_contain_text("not right yet")
        await check(page)
        await page.goto(f"{work.url}/appointments/{appointment.id}")
        for summary in await page.locator("summary").all():
            await summary.press("Enter")
        await check(page)
    operator = await work.add(Role.OPERATOR, "operator@example.org")
    async with scene.page(size, scheme) as page:
        await page.goto(work.signin_url(operator))
        await page.wait_for_url("**/board")
        await expect(page.get_by_text("One room is open.")).to_be_visible()
        await check(page)
        assert "Blue Heron" not in await page.content()


@pytest.mark.parametrize("size", [PHONE, DESKTOP], ids=["phone", "desktop"])
@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_booking_hinders_nobody(scene: Scene, size: tuple[int, int], scheme: str) -> None:
    path = await open_booking(scene.work)
    async with scene.page(size, scheme, "Asia/Tokyo") as page:
        await page.goto(scene.work.url + path)
        await page.wait_for_url("**zone=Asia%2FTokyo")
        await expect(page.get_by_text("in Berlin").first).to_be_visible()
        await check(page)
        await page.locator("button.slot").first.click()
        await check(page)
        await page.get_by_role("button", name="Book this time").click()
        await expect(page.get_by_label("Your name")).to_be_focused()
        await check(page)
        await page.get_by_label("Your name").fill("Blue Heron")
        await page.get_by_role("button", name="Book this time").click()
        await page.wait_for_url("**/booked/*")
        await check(page)
    async with scene.therapist(size, scheme) as page:
        await page.goto(scene.work.url + "/hours")
        await page.get_by_label("Monday").fill("from nine")
        await page.get_by_role("button", name="Save").press("Enter")
        await expect(page.get_by_label("Monday")).to_be_focused()
        await check(page)


async def test_booking_needs_no_mouse_and_somebody_faster_costs_nothing_typed(
    scene: Scene,
) -> None:
    work = scene.work
    path = await open_booking(work)
    async with scene.page() as page:
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
    async with scene.page() as page:
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
    async with scene.therapist() as page:
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
    async with scene.therapist() as page:
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
    async with scene.therapist(PHONE) as page:
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
    async with scene.therapist() as page:
        await page.get_by_role("button", name="Write a line").click()
        field = page.get_by_label("A line to them").first
        await field.fill("I am on my")
        await work.client(await work.book("Otto", starts_in=timedelta(minutes=10)))
        await expect(page).to_have_title("(2) waiting – Appointments")
        await expect(field).to_have_value("I am on my")
        await expect(field).to_be_focused()
