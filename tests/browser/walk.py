"""A walk past every page, in every state in which somebody may meet it."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta

from playwright.async_api import Page, expect

from tests.browser.chromium import DESKTOP, PHONE, REFUSING, launch
from tests.browser.scene import Scene, admit, end, enter, flow, heading, report
from videocall import clock
from videocall.access.people import Role
from videocall.scheduling.appointment import (
    Appointment,
    Cancel,
    Command,
    End,
    Kind,
    Move,
    ReissueLink,
)
from videocall.scheduling.hours import Rules, WallSpan
from videocall.web import keys

Sight = tuple[str, Page]
IN_APP = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605 Instagram 330"


async def outside(scene: Scene) -> AsyncIterator[Sight]:
    """What anybody may see."""
    page = await (await scene.chromium.device()).new_page()
    for name, path in (
        ("front", "/"),
        ("keep", "/keep"),
        ("api", "/api"),
        ("nothing", "/nowhere"),
    ):
        await page.goto(f"{scene.work.url}{path}")
        yield name, page
    await page.goto(f"{scene.work.url}/signin")
    yield "signin", page
    await page.get_by_label("E-mail address").fill("rivera@example.org")
    await page.get_by_label("Password").fill("not this one")
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("alert")).to_contain_text("do not fit together")
    yield "signin-wrong", page


async def practice(scene: Scene) -> AsyncIterator[Sight]:
    """What a therapist sees outside her calls."""
    page = await scene.sign_in()
    await expect(page.get_by_role("heading", name="Nothing booked")).to_be_visible()
    yield "agenda-empty", page
    work = scene.work
    now = await work.book("Alex")
    later = await work.book("Kim", starts_in=timedelta(hours=3))
    dropped = await work.book("Sascha with a rather long name", starts_in=timedelta(days=1))
    await work.book("Robin", starts_in=timedelta(days=2, hours=1))
    await change(scene, dropped, Cancel())
    await change(scene, later, Move(later.start_at + timedelta(hours=2), 50))
    await page.reload()
    yield "agenda", page
    for name in ("week", "day"):
        await page.goto(f"{work.url}/{name}?whole&cancelled")
        yield name, page
    await page.goto(f"{work.url}/appointments/{now.id}")
    start = await page.locator("#start").input_value()
    await page.goto(f"{work.url}/appointments/new")
    yield "new", page
    await page.get_by_label("Client's name or alias").fill("Mika")
    await page.get_by_label("Date and time").fill(start)
    await page.get_by_role("button", name="Make the appointment").click()
    await expect(page.get_by_role("link", name="Alex")).to_be_visible()
    yield "new-wrong", page
    await page.goto(f"{work.url}/appointments/{now.id}?done=booked")
    yield "appointment", page
    for fold in await page.locator("summary").all():
        await fold.click()
    yield "appointment-unfolded", page
    for name, appointment in (("moved", later), ("cancelled", dropped)):
        await page.goto(f"{work.url}/appointments/{appointment.id}")
        yield f"appointment-{name}", page
    await page.goto(f"{work.url}/hours")
    yield "hours", page
    await page.get_by_label("Monday").fill("from nine")
    await page.get_by_role("button", name="Save").press("Enter")
    await expect(page.get_by_label("Monday")).to_be_focused()
    yield "hours-wrong", page
    await page.goto(f"{work.url}/calendar")
    yield "calendar-none", page
    await page.get_by_role("button", name="Make an address").click()
    await expect(page.get_by_role("heading", name="Your private address")).to_be_visible()
    yield "calendar-made", page


async def doors(scene: Scene) -> AsyncIterator[Sight]:
    """What a client sees who cannot come in."""
    device = await scene.chromium.device(viewport=PHONE)
    work = scene.work
    page = await device.new_page()
    await page.goto(f"{work.url}/j#broken")
    await expect(heading(page, "This link does not open anything")).to_be_visible()
    yield "door-broken-link", page
    await page.goto(f"{work.url}/session/unknown")
    yield "door-unknown", page
    app = await (await scene.chromium.device(viewport=PHONE, user_agent=IN_APP)).new_page()
    await app.goto(work.client_url(await work.book()))
    await expect(heading(app, "Please open this in your usual browser")).to_be_visible()
    yield "door-in-app", app
    for days, name, command in (
        (1, "early", None),
        (2, "moved", Move(clock.now() + timedelta(days=9), 50)),
        (3, "over", End()),
        (4, "cancelled", Cancel()),
        (5, "revoked", ReissueLink()),
    ):
        appointment = await work.book(starts_in=timedelta(days=days))
        if command is not None:
            await change(scene, appointment, command)
        yield f"door-{name}", await scene.open_link(appointment, device)


async def changing(scene: Scene) -> AsyncIterator[Sight]:
    """What a client meets who books, moves and cancels; and her therapist meanwhile."""
    work = scene.work
    plans, therapist, now = work.app[keys.PLANS], work.therapist.id, clock.now()
    rules = Rules(notice_min=0, step_min=60, confirm=True)
    await plans.set_hours(therapist, ((WallSpan(540, 1080),),) * 7, rules, now)
    page_id = work.app[keys.KEYRING].booking_page(therapist, 1)
    await plans.open_page(therapist, page_id, 1, now)
    client = await (await scene.device(viewport=PHONE)).new_page()
    await client.goto(f"{work.url}/book/{page_id}?zone=Asia/Tokyo")
    yield "book-times", client
    await client.locator("button.slot").nth(12).click()
    await expect(heading(client, "Your time with Dr. Rivera")).to_be_visible()
    yield "book-details", client
    await client.get_by_role("button", name="Ask for this time").click()
    await expect(client.get_by_label("Your name")).to_be_focused()
    yield "book-details-wrong", client
    await client.get_by_label("Your name").fill("Quiet Owl")
    await client.get_by_label("A few words for your therapist").fill("It is about sleep.")
    await client.get_by_role("button", name="Ask for this time").click()
    await expect(heading(client, "Your request")).to_be_visible()
    yield "booked-asked", client
    desk = await scene.sign_in()
    await expect(desk.get_by_role("link", name="One request")).to_be_visible()
    yield "agenda-asked", desk
    await desk.get_by_role("link", name="Quiet Owl", exact=True).first.click()
    for fold in await desk.locator("summary").all():
        await fold.click()
    yield "appointment-asked", desk
    await desk.get_by_role("button", name="Confirm", exact=True).click()
    await expect(desk.get_by_text("Confirmed.")).to_be_visible()
    await client.get_by_role("link", name="Move or cancel").click()
    await expect(heading(client, "Move or cancel")).to_be_visible()
    yield "change-times", client
    await client.locator("button.slot").nth(20).click()
    await expect(heading(client, "Move it to this time?")).to_be_visible()
    yield "change-move", client
    await client.get_by_role("button", name="Yes, move it").click()
    await expect(client.get_by_text("Your appointment is moved.")).to_be_visible()
    yield "booked-moved", client
    await client.get_by_role("link", name="Move or cancel").click()
    await client.get_by_role("link", name="Cancel the appointment").click()
    await expect(heading(client, "Cancel your appointment?")).to_be_visible()
    yield "change-cancel", client
    await client.get_by_role("button", name="Yes, cancel it").click()
    await expect(heading(client, "You cancelled this appointment")).to_be_visible()
    yield "door-cancelled-by-client", client
    soon = await scene.open_link(await work.book("Alex", starts_in=timedelta(hours=2)))
    await soon.get_by_role("link", name="Move or cancel").click()
    await expect(soon.get_by_role("heading", name="To move it, please contact")).to_be_visible()
    yield "change-late", soon
    await soon.get_by_role("link", name="Cancel the appointment").click()
    await expect(soon.get_by_text("this counts as cancelled late")).to_be_visible()
    yield "change-cancel-late", soon


async def session(scene: Scene) -> AsyncIterator[Sight]:
    """What both see from the pre-call page to the end."""
    work = scene.work
    appointment = await work.book("Alex")
    therapist = await scene.sign_in()
    async with launch(asked=REFUSING) as elsewhere:
        blocked = await Scene(work, elsewhere).open_link(appointment)
        await expect(blocked.get_by_role("heading", name="are blocked")).to_be_visible()
        yield "precall-blocked", blocked
    client = await scene.open_link(appointment)
    await expect(client.locator("#asking")).to_be_hidden()
    await client.get_by_text("Choose devices and test your speaker").click()
    yield "precall", client
    await enter(client)
    await expect(heading(client, "You are in the waiting room")).to_be_visible()
    await therapist.get_by_role("button", name="Two more minutes").click()
    await expect(client.get_by_text("Two more minutes, please.")).to_be_visible()
    yield "waiting", client
    yield "desk", therapist
    await admit(therapist)
    await therapist.wait_for_url(f"**/call/{appointment.id}")
    await flow(therapist, client)
    yield "call-therapist", therapist
    yield "call-client", client
    await therapist.get_by_role("button", name="Write").click()
    await therapist.get_by_role("textbox", name="Write a line").fill("Can you hear me?")
    await therapist.keyboard.press("Enter")
    await client.get_by_role("button", name="Write, 1 unread").click()
    await client.get_by_role("textbox", name="Write a line").fill("Yes, very well.")
    await client.keyboard.press("Enter")
    await expect(therapist.get_by_text("Yes, very well.")).to_be_visible()
    yield "call-words-therapist", therapist
    yield "call-words-client", client
    await client.get_by_role("button", name="Settings", exact=True).click()
    yield "call-settings", client
    await client.keyboard.press("Escape")
    await client.get_by_role("button", name="Check words").click()
    await expect(client.locator(".proof-word")).to_have_count(4)
    yield "call-proof", client
    await client.get_by_text("What this proves, and what it cannot").click()
    yield "call-proof-unfolded", client
    await client.keyboard.press("Escape")
    second = await scene.waiting(appointment)
    await expect(therapist.get_by_text("Second device")).to_be_visible()
    yield "call-second-device", therapist
    await therapist.get_by_role("button", name="Decline").click()
    await therapist.get_by_role("button", name="Yes, decline").click()
    await expect(heading(second, "You were not let in")).to_be_visible()
    yield "declined", second
    async for sight in comings(scene, appointment, client):
        yield sight
    await client.get_by_role("button", name="Turn camera off").click()
    await client.get_by_role("button", name="Mute").click()
    await expect(therapist.get_by_text("Camera is off")).to_be_visible()
    yield "call-camera-off", therapist
    await therapist.locator("#end").click()
    yield "call-end-dialog", therapist
    await therapist.keyboard.press("Escape")
    await end(therapist)
    await expect(heading(therapist, "The session is over")).to_be_visible()
    await expect(heading(client, "The session is over")).to_be_visible()
    yield "ended-therapist", therapist
    yield "ended-client", client


async def comings(scene: Scene, appointment: Appointment, client: Page) -> AsyncIterator[Sight]:
    """What a client sees who comes twice, or steps out."""
    tab = await scene.open_link(appointment, client.context)
    await enter(tab)
    await expect(heading(tab, "Move the call here?")).to_be_visible()
    yield "asking", tab
    await tab.get_by_role("button", name="Move the call here").click()
    await expect(heading(client, "The call was moved")).to_be_visible()
    yield "replaced", client
    await client.get_by_role("button", name="Move it back here").click()
    await flow(client)
    await client.get_by_role("button", name="Leave").click()
    await expect(heading(client, "You stepped out")).to_be_visible()
    yield "left", client
    await client.get_by_role("button", name="Come back").click()
    await flow(client)


async def kinds(scene: Scene) -> AsyncIterator[Sight]:
    """A session of sound alone, and one of text alone."""
    audio = await scene.work.book("Kim", kind=Kind.AUDIO, minutes=5)
    client = await scene.open_link(audio)
    await expect(client.locator("#asking")).to_be_hidden()
    yield "precall-audio", client
    chat = await scene.work.book("Robin", kind=Kind.CHAT, starts_in=timedelta(minutes=6))
    yield "precall-chat", await scene.open_link(chat)
    for appointment in (audio, chat):
        therapist = await scene.sign_in()
        await therapist.goto(f"{scene.work.url}/call/{appointment.id}")
        await expect(therapist.get_by_text("Waiting for")).to_be_visible()
        yield f"call-{appointment.kind}-alone", therapist


async def operating(scene: Scene) -> AsyncIterator[Sight]:
    """What an operator sees."""
    operator = await scene.work.add(Role.OPERATOR, "operator@example.org")
    page = await scene.sign_in(operator)
    await expect(page.get_by_text("No room is open.")).to_be_visible()
    yield "board-empty", page
    await report(await replace(scene, clocked=True).call())
    await expect(page.get_by_text("direct", exact=True)).to_be_visible()
    yield "board", page


WALKS = {
    walk.__name__: walk for walk in (outside, practice, doors, changing, session, kinds, operating)
}
SIZES = {"phone": PHONE, "desktop": DESKTOP}


async def change(scene: Scene, appointment: Appointment, command: Command) -> Appointment:
    """Let the therapist change an appointment, as far as rows go."""
    rows = scene.work.app[keys.APPOINTMENTS]
    return await rows.change(appointment.id, command, scene.work.therapist.id, clock.now())
