"""People and their devices: how each comes to where a test begins."""

import asyncio
from dataclasses import dataclass
from typing import Any

from playwright.async_api import BrowserContext, Page, expect

from tests.browser.chromium import PHONE, Chromium
from tests.browser.patience import Evaluates, until
from tests.practice import Work
from videocall.access.people import Person
from videocall.scheduling.appointment import Appointment

REPORT_EVERY_MS = 5_000
REPORTS = 3  # The first look has none before it to be compared with.
FLOWS = """async (before) => {
  const now = await witness.counters();
  const { totalVideoFrames } = document.querySelector("#remote").getVideoPlaybackQuality();
  return now.state === "connected" && now.frames >= before.frames + 5
    && now.energy > before.energy && totalVideoFrames > 0;
}"""


@dataclass(frozen=True, slots=True)
class Call:
    """Two people in their call."""

    appointment: Appointment
    therapist: Page
    client: Page

    @property
    def pages(self) -> tuple[Page, Page]:
        return self.therapist, self.client


@dataclass(frozen=True, slots=True)
class Scene:
    """A practice, and the browser in which its people are."""

    work: Work
    chromium: Chromium
    clocked: bool = False
    """Whether the clocks of pages can be put forward; they go on by themselves all the same."""

    async def device(self, **options: Any) -> BrowserContext:
        device = await self.chromium.device(**options)
        if self.clocked:
            await device.clock.install()
        return device

    async def sign_in(self, person: Person | None = None, **options: Any) -> Page:
        """Return a page of somebody of the practice, just signed in."""
        device = await self.device(**options)
        page = await device.new_page()
        await page.goto(self.work.signin_url(person), wait_until="commit")
        await page.wait_for_url("**/agenda" if person is None else "**/*")
        return page

    async def open_link(
        self, appointment: Appointment, device: BrowserContext | None = None, **options: Any
    ) -> Page:
        """Return a client's page, wherever the link of `appointment` led it."""
        if device is None:
            device = await self.device(viewport=PHONE, **options)
        page = await device.new_page()
        await page.goto(self.work.client_url(appointment), wait_until="commit")
        await page.wait_for_url(f"**/session/{appointment.id}")
        return page

    async def waiting(self, appointment: Appointment, device: BrowserContext | None = None) -> Page:
        """Return a client's page in the waiting room."""
        page = await self.open_link(appointment, device)
        await enter(page)
        await expect(heading(page, "You are in the waiting room")).to_be_visible()
        return page

    async def call(self, appointment: Appointment | None = None) -> Call:
        """Bring a therapist and a client together until they see and hear each other."""
        booked = appointment or await self.work.book()
        therapist, client = await asyncio.gather(self.sign_in(), self.waiting(booked))
        await let_in(therapist, booked)
        call = Call(booked, therapist, client)
        await flow(*call.pages)
        return call


def heading(page: Page, text: str) -> Any:
    return page.get_by_role("heading", name=text, level=1)


async def enter(page: Page) -> None:
    """Press the one button of the pre-call page, once it has looked for camera and microphone."""
    await expect(page.locator("#asking")).to_be_hidden()
    await page.get_by_role("button", name="Enter waiting room").click()


async def admit(therapist: Page) -> None:
    """Press "Admit" on the first card of whoever waits."""
    await therapist.get_by_role("button", name="Admit", exact=True).first.click()


async def let_in(therapist: Page, appointment: Appointment) -> None:
    """Admit the client who waits, and come to the call with them."""
    await admit(therapist)
    await therapist.wait_for_url(f"**/call/{appointment.id}")


async def end(therapist: Page) -> None:
    """Press "End session", and mean it."""
    await therapist.locator("#end").click()
    dialog = therapist.get_by_role("dialog")
    await dialog.get_by_role("button", name="End session").click()


async def report(call: Call) -> None:
    """Put the clocks forward until both pages have told the operators' board twice."""
    for _ in range(REPORTS):
        for page in call.pages:
            await page.clock.run_for(REPORT_EVERY_MS)


async def counters(page: Evaluates) -> dict[str, Any]:
    """Return what came through this page's connection so far."""
    seen: dict[str, Any] = await page.evaluate("witness.counters()")
    return seen


async def flow(*pages: Evaluates) -> None:
    """Wait until each page decodes new frames, plays new sound and shows the picture."""
    await asyncio.gather(*(_flow(page) for page in pages))


async def _flow(page: Evaluates) -> None:
    await until(page, "globalThis.witness?.connections.length > 0")
    await until(page, FLOWS, await counters(page))


async def captures_ended(page: Page) -> None:
    """Wait until every camera and microphone this page ever opened is off."""
    await until(
        page,
        "witness.captures.length > 0 && witness.captures.every((t) => t.readyState === 'ended')",
    )
