"""What a client changes by themselves is seen at once by both, and nothing typed is lost.

No clock is put forward here: what a page shows, it was told.
"""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import pytest
from playwright.async_api import Page, expect

from tests.browser.chromium import PHONE
from tests.browser.scene import Scene, heading
from tests.store.series_play import wanted
from videocall import clock
from videocall.scheduling.appointment import (
    Appointment,
    Cancel,
    Command,
    Move,
    Party,
    ReissueLink,
)
from videocall.scheduling.hours import Rules, WallSpan
from videocall.scheduling.series import Series
from videocall.web import keys
from videocall.web.changes import change

pytestmark = pytest.mark.browser

TOLD_MS: Final = 15_000
"""A page that was not told asks the door after 30 s; half of that on a busy machine."""
RULES: Final = Rules(notice_min=0, step_min=60, change_notice_min=60)
DAYS: Final = timedelta(days=3)


async def hours(scene: Scene, rules: Rules = RULES) -> None:
    week = ((WallSpan(0, 1440),),) * 7
    therapist = scene.work.therapist.id
    await scene.work.app[keys.PLANS].set_hours(therapist, week, rules, clock.now())


async def by_therapist(scene: Scene, appointment: Appointment, command: Command) -> Appointment:
    """Let the therapist change it, from wherever she is."""
    therapist = scene.work.therapist.id
    return await change(scene.work.app, appointment.id, command, therapist, clock.now())


async def choose_another_time(page: Page, number: int = 30) -> str:
    """Go from the door to a free time and ask for it; return when it begins."""
    await page.get_by_role("link", name="Move or cancel").click()
    await expect(heading(page, "Move or cancel")).to_be_visible()
    slot = page.locator("button.slot").nth(number)
    start = await slot.get_attribute("value")
    await slot.click()
    await expect(heading(page, "Move it to this time?")).to_be_visible()
    return start or ""


async def test_a_client_moves_on_the_phone_and_the_open_agenda_shows_it(scene: Scene) -> None:
    await hours(scene)
    appointment = await scene.work.book("Alex", starts_in=DAYS)
    therapist = await scene.sign_in()
    shown = therapist.locator("[data-appointment-entry]").filter(has_text="Alex").locator("time")
    before = await shown.first.get_attribute("datetime")
    client = await scene.open_link(appointment)
    start = await choose_another_time(client)
    assert start != before
    await client.get_by_label("A few words for your therapist").fill("The train is late")
    await client.get_by_role("button", name="Yes, move it").click()
    await expect(client.get_by_text("Your appointment is moved.")).to_be_visible()
    await expect(shown.first).to_have_attribute("datetime", start, timeout=TOLD_MS)

    await therapist.get_by_role("link", name="Alex", exact=True).click()
    await expect(therapist.get_by_text("The train is late")).to_be_visible()
    await client.get_by_role("button", name="Undo").click()
    await expect(client.get_by_text("All is as it was before.")).to_be_visible()
    await expect(therapist.get_by_text("The train is late")).to_have_count(0, timeout=TOLD_MS)
    await therapist.get_by_role("link", name="Appointments").first.click()
    await expect(shown.first).to_have_attribute("datetime", before or "")


async def test_a_door_that_counts_down_shows_a_cancellation_and_its_undo_at_once(
    scene: Scene,
) -> None:
    appointment = await scene.work.book("Alex", starts_in=timedelta(minutes=40))
    client = await scene.open_link(appointment)
    await expect(client.get_by_role("timer")).to_contain_text("minutes")
    therapist = await scene.sign_in()
    await therapist.goto(f"{scene.work.url}/appointments/{appointment.id}")
    await therapist.get_by_text("Cancel the appointment").click()
    await therapist.get_by_label("Why").last.fill("I am ill, sorry")
    await therapist.get_by_role("button", name="Yes, cancel it").click()
    cancelled = heading(client, "This appointment was cancelled")
    await expect(cancelled).to_be_visible(timeout=TOLD_MS)
    await expect(client.get_by_text("I am ill, sorry")).to_be_visible()
    await therapist.get_by_role("button", name="Undo").click()
    await expect(client.get_by_role("timer")).to_be_visible(timeout=TOLD_MS)


async def test_a_client_cancels_and_undoes_it_while_her_page_of_it_is_open(scene: Scene) -> None:
    await hours(scene)
    appointment = await scene.work.book("Alex", starts_in=DAYS)
    therapist = await scene.sign_in()
    await therapist.goto(f"{scene.work.url}/appointments/{appointment.id}")
    client = await scene.open_link(appointment)
    second = await scene.open_link(appointment)
    await client.get_by_role("link", name="Move or cancel").click()
    await client.get_by_role("link", name="Cancel the appointment").click()
    await client.get_by_role("button", name="Yes, cancel it").click()
    await expect(heading(client, "You cancelled this appointment")).to_be_visible()
    await expect(heading(second, "You cancelled this appointment")).to_be_visible(timeout=TOLD_MS)
    gone = therapist.locator(".appointment-head").get_by_text("Cancelled")
    await expect(gone).to_be_visible(timeout=TOLD_MS)
    await client.get_by_role("button", name="Undo").click()
    await expect(heading(client, "Your appointment")).to_be_visible()
    await expect(heading(second, "You are early")).to_be_visible(timeout=TOLD_MS)
    await expect(gone).to_have_count(0, timeout=TOLD_MS)


async def test_what_is_asked_for_is_told_in_her_header_and_confirmed_on_their_page(
    scene: Scene,
) -> None:
    await hours(scene, replace(RULES, confirm=True))
    work = scene.work
    page_id = work.app[keys.KEYRING].booking_page(work.therapist.id, 1)
    await work.app[keys.PLANS].open_page(work.therapist.id, page_id, 1, clock.now())
    rule = Series(
        clock.now().replace(tzinfo=None, microsecond=0) + 9 * DAYS, "Europe/Berlin", 50, count=2
    )
    series = wanted(work.therapist.id, rule, now=clock.now())
    await work.app[keys.SERIES].book(series, work.therapist.id, clock.now())
    therapist = await scene.sign_in()
    await therapist.goto(f"{work.url}/series/{series.id}")
    await therapist.get_by_role("link", name="Move them to another day or time").click()
    # She looks at what answered a form, which cannot be asked for again.
    await therapist.get_by_role("button", name="Show all dates").click()
    await expect(therapist.get_by_role("button", name="Move 2 appointments")).to_be_visible()
    client = await (await scene.device(viewport=PHONE)).new_page()
    await client.goto(f"{work.url}/book/{page_id}?zone=Europe/Berlin")
    await client.locator("button.slot").nth(30).click()
    await client.get_by_label("Your name").fill("Quiet Owl")
    await client.get_by_role("button", name="Ask for this time").click()
    await expect(heading(client, "Your request")).to_be_visible()
    told = therapist.get_by_role("link", name="One request")
    await expect(told).to_be_visible(timeout=TOLD_MS)
    await client.get_by_role("link", name="See whether it is confirmed").click()
    await expect(heading(client, "Your request is with your therapist")).to_be_visible()
    await told.click()
    await therapist.get_by_role("button", name="Confirm").click()
    await expect(therapist.get_by_text("Confirmed.")).to_be_visible()
    await expect(heading(client, "You are early")).to_be_visible(timeout=TOLD_MS)
    await expect(told).to_have_count(0)


async def test_words_half_written_outlive_a_change_by_the_other(scene: Scene) -> None:
    await hours(scene)
    appointment = await scene.work.book("Alex", starts_in=DAYS)
    client = await scene.open_link(appointment)
    await choose_another_time(client)
    words = client.get_by_label("A few words for your therapist")
    await words.fill("I would rather")
    later = appointment.start_at + timedelta(days=1)
    await by_therapist(scene, appointment, Move(later, 50))
    meanwhile = client.get_by_role("status").filter(has_text="has just changed")
    await expect(meanwhile).to_be_visible(timeout=TOLD_MS)
    await expect(words).to_have_value("I would rather")
    scene.chromium.expect("status of 409")
    await client.get_by_role("button", name="Yes, move it").click()
    await expect(client.get_by_role("alert")).to_contain_text("has changed meanwhile")
    await expect(client.locator("input[name=reason]").first).to_have_value("I would rather")
    assert await starts(scene, appointment) == later
    await client.locator("button.slot").nth(40).click()
    await expect(words).to_have_value("I would rather")
    await client.get_by_role("button", name="Yes, move it").click()
    await expect(client.get_by_text("Your appointment is moved.")).to_be_visible()


async def test_a_page_that_is_only_looked_at_shows_what_is_new_by_itself(scene: Scene) -> None:
    await hours(scene)
    appointment = await scene.work.book("Alex", starts_in=DAYS)
    client = await scene.open_link(appointment)
    await client.get_by_role("link", name="Move or cancel").click()
    await expect(client.locator(".change-now time").first).to_be_visible()
    later = appointment.start_at + timedelta(days=1)
    await by_therapist(scene, appointment, Move(later, 50))
    shown = client.locator(f'.change-now time[datetime="{later:%Y-%m-%dT%H:%M:%SZ}"]')
    await expect(shown).to_be_visible(timeout=TOLD_MS)


async def test_her_form_half_filled_stays_and_a_line_tells_of_the_change(scene: Scene) -> None:
    appointment = await scene.work.book("Alex", starts_in=DAYS)
    therapist = await scene.sign_in()
    await therapist.goto(f"{scene.work.url}/appointments/{appointment.id}")
    await therapist.get_by_text("Move to another time").click()
    await therapist.get_by_label("Why").first.fill("A workshop")
    command = Cancel(Party.CLIENT)
    await change(scene.work.app, appointment.id, command, "client", clock.now())
    meanwhile = therapist.get_by_role("status").filter(has_text="has just changed")
    await expect(meanwhile).to_be_visible(timeout=TOLD_MS)
    await expect(therapist.get_by_label("Why").first).to_have_value("A workshop")
    await therapist.get_by_role("link", name="Show it as it is now").click()
    await expect(therapist.locator(".appointment-head").get_by_text("Cancelled")).to_be_visible()


async def test_a_link_made_anew_closes_the_open_pages_of_the_old(scene: Scene) -> None:
    early = await scene.work.book("Alex", starts_in=DAYS)
    now = await scene.work.book("Kim")
    door, room = await scene.open_link(early), await scene.open_link(now)
    await expect(heading(door, "You are early")).to_be_visible()
    await expect(room.get_by_role("button", name="Enter waiting room")).to_be_visible()
    for appointment in (early, now):
        await by_therapist(scene, appointment, ReissueLink())
    for page in (door, room):
        replaced = heading(page, "This link has been replaced")
        await expect(replaced).to_be_visible(timeout=TOLD_MS)


async def test_before_the_waiting_room_a_cancellation_is_told_as_well(scene: Scene) -> None:
    appointment = await scene.work.book("Alex")
    client = await scene.open_link(appointment)
    await expect(client.get_by_role("button", name="Enter waiting room")).to_be_visible()
    await by_therapist(scene, appointment, Cancel())
    cancelled = heading(client, "This appointment was cancelled")
    await expect(cancelled).to_be_visible(timeout=TOLD_MS)


async def test_without_a_script_a_client_chooses_a_zone_and_moves(scene: Scene) -> None:
    await hours(scene)
    appointment = await scene.work.book("Alex", starts_in=DAYS)
    visited = (await scene.open_link(appointment)).context
    bare = await scene.chromium.browser.new_context(
        java_script_enabled=False, viewport=PHONE, storage_state=await visited.storage_state()
    )
    page = await bare.new_page()
    await page.goto(f"{scene.work.url}/session/{appointment.id}/change")
    await page.get_by_label("Your time zone").select_option("Asia/Tokyo")
    await page.get_by_role("button", name="Show").click()
    await expect(page.locator(".slot-there").first).to_contain_text("in Berlin")
    slot = page.locator("button.slot").nth(30)
    start = datetime.fromisoformat(await slot.get_attribute("value") or "")
    await slot.click()
    await page.get_by_role("button", name="Yes, move it").click()
    await expect(page.get_by_text("Tokyo time")).to_be_visible()
    assert await starts(scene, appointment) == start
    await page.get_by_role("button", name="Undo").click()
    assert await starts(scene, appointment) == appointment.start_at
    await bare.close()


async def starts(scene: Scene, appointment: Appointment) -> datetime:
    row = await scene.work.app[keys.APPOINTMENTS].get(appointment.id)
    assert row is not None
    return row.start_at
