"""Make, move, cancel and end an appointment, and give it a new link.

What was typed stays in the form when something is wrong with it.
"""

from collections.abc import Mapping
from datetime import UTC, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

from videocall.access.people import Person
from videocall.errors import Conflict, Invalid, Text
from videocall.ids import AppointmentId
from videocall.scheduling.appointment import (
    COMING,
    Appointment,
    Book,
    Cancel,
    Command,
    Confirm,
    End,
    MarkNoShow,
    Party,
    ReissueLink,
    SetAddressPrivacy,
    State,
)
from videocall.scheduling.zones import wall_at
from videocall.web import changes
from videocall.web.agenda import entry
from videocall.web.dates import make
from videocall.web.fields import Fields, span, start
from videocall.web.guard import own_appointment, therapist
from videocall.web.keys import APPOINTMENTS, NOW, OUTBOX, RENDER, SITE
from videocall.web.pages import page as render_page
from videocall.web.pages import wants_page
from videocall.web.posted import Posted, form
from videocall.web.preview import FIELDS_MAX, kept_choices
from videocall.web.privacy import ground, require_way, wanted
from videocall.web.qr import qr
from videocall.web.repeat import Repeat, unrepeated
from videocall.web.series import part_of
from videocall.web.zones import regions

_USUAL_MIN: Final = 50
_TYPED: Final = "%Y-%m-%dT%H:%M"
_OVERLAP: Final = Text("You have another appointment then:")


async def blank(request: web.Request) -> web.Response:
    """Show the form for a new appointment, at `?start=` or the next full hour."""
    person = await therapist(request)
    values = {
        "name": "",
        "email": "",
        "phone": "",
        "start": _offered(request, person),
        "minutes": str(_USUAL_MIN),
        "kind": "video",
        "zone": person.zone,
        "language": request.app[SITE].language,
        "address_privacy": "",
    }
    return _new(request, person, values | unrepeated(), {})


async def book(request: web.Request) -> web.StreamResponse:
    """Make the appointment, or show the form again with what is wrong.

    One that is to be repeated is shown with all its dates first.
    """
    person = await therapist(request)
    posted = await form(request, FIELDS_MAX)
    fields, repeat = Fields(posted, person.zone), Repeat(posted)
    command = fields.book(person.id)
    clash = None
    if repeat.asked:
        shown = await _repeated(request, person, posted, fields, repeat, command)
        if shown is not None:
            return shown
    elif command is not None:
        try:
            require_way(request.app[SITE], wanted=command.address_privacy)
            made = await request.app[APPOINTMENTS].book(command, request.app[NOW]())
            await changes.tell(request.app, command, made)
        except Invalid as error:
            fields.complain(error)
        except Conflict as error:
            clash = await _clash(request, person, fields, error)
        else:
            return _see(made.id, "booked")
    wrong = fields.wrong | repeat.wrong
    values = fields.values | repeat.values
    return _new(request, person, values, wrong, clash, kept_choices(posted))


async def _repeated(
    request: web.Request,
    person: Person,
    posted: Posted,
    fields: Fields,
    repeat: Repeat,
    command: Book | None,
) -> web.StreamResponse | None:
    """Go on with the dates of a series, unless something is wrong or to be changed first."""
    first = fields.move()
    if first is None:
        return None
    rule = repeat.rule(wall_at(first.start_at, person.zone), person.zone, first.minutes)
    if rule is None or command is None or posted.text("act") == "change":
        return None
    try:
        values = fields.values | repeat.values
        return await make(request, person, command, rule, posted, values)
    except Invalid as error:
        repeat.complain(error)
        return None


async def page(request: web.Request) -> web.Response:
    """Show one appointment with its link."""
    person, appointment = await own_appointment(request)
    return await _page(request, person, appointment, done=request.query.get("done", ""))


async def move(request: web.Request) -> web.StreamResponse:
    """Move it; the link stays the same, and its door tells the new time.

    A page's script is answered with nothing, or with what is wrong.
    """
    person, appointment = await own_appointment(request)
    fields = Fields(await form(request), person.zone)
    command = fields.move()
    clash = None
    if command is not None:
        try:
            await _change(request, person, appointment, command)
        except Invalid as error:
            fields.complain(error)
        except Conflict as error:
            if not wants_page(request):
                raise
            clash = await _clash(request, person, fields, error, appointment.id)
        else:
            if not wants_page(request):
                return web.Response(status=204)
            return _see(appointment.id, "moved")
    if not wants_page(request):
        raise Invalid(next(iter(fields.wrong.values())))
    return await _page(request, person, appointment, fields, clash=clash)


async def cancel(request: web.Request) -> web.StreamResponse:
    """Cancel it, or decline what was asked for; a session that is going on ends."""
    person, appointment = await own_appointment(request)
    fields = Fields(await form(request), person.zone)
    try:
        await _change(request, person, appointment, Cancel(reason=fields.values["reason"]))
    except Invalid as error:
        fields.complain(error)
        return await _page(request, person, appointment, fields, cancelling=True)
    asked = appointment.state is State.TENTATIVE
    return _see(appointment.id, "declined" if asked else "cancelled")


async def confirm(request: web.Request) -> web.StreamResponse:
    """Let a client have the time they asked for."""
    person, appointment = await own_appointment(request)
    await _change(request, person, appointment, Confirm())
    return _see(appointment.id, "confirmed")


async def undo(request: web.Request) -> web.StreamResponse:
    """Put back what she changed last; a page's script is answered with nothing."""
    person, appointment = await own_appointment(request)
    now = request.app[NOW]()
    try:
        await changes.undo(request.app, appointment.id, Party.THERAPIST, person.id, now)
    except Conflict as error:
        if not wants_page(request):
            raise
        return await _page(request, person, appointment, failed=error)
    return _see(appointment.id, "undone") if wants_page(request) else web.Response(status=204)


async def end(request: web.Request) -> web.StreamResponse:
    """End the session for both."""
    person, appointment = await own_appointment(request)
    await _change(request, person, appointment, End())
    return _see(appointment.id, "ended")


async def no_show(request: web.Request) -> web.StreamResponse:
    """Note that the client did not come; the room closes."""
    person, appointment = await own_appointment(request)
    await _change(request, person, appointment, MarkNoShow())
    return _see(appointment.id, "no-show")


async def reissue(request: web.Request) -> web.StreamResponse:
    """Stop the old link at once, also for who is in the room with it, and make a new one."""
    person, appointment = await own_appointment(request)
    await _change(request, person, appointment, ReissueLink())
    return _see(appointment.id, "reissued")


async def set_address_privacy(request: web.Request) -> web.StreamResponse:
    """Keep internet addresses private in its session, or no longer."""
    person, appointment = await own_appointment(request)
    on = wanted(await form(request))
    require_way(request.app[SITE], wanted=on)
    await _change(request, person, appointment, SetAddressPrivacy(on))
    return _see(appointment.id, "private" if on else "not-private")


async def mail_again(request: web.Request) -> web.StreamResponse:
    """Try those letters once more that could not be sent."""
    _, appointment = await own_appointment(request)
    await request.app[OUTBOX].again(appointment.id, request.app[NOW]())
    return _see(appointment.id, "mailed")


async def back(request: web.Request) -> web.Response:
    """Lead whoever loads the page of a refusal anew to the appointment."""
    return web.Response(
        status=303, headers={"Location": f"/appointments/{request.match_info['id']}"}
    )


def _offered(request: web.Request, person: Person) -> str:
    try:
        at = start(request.query.get("start", ""), person.zone)
    except Invalid:
        hour = request.app[NOW]().astimezone(UTC) + timedelta(hours=1)
        return hour.astimezone(ZoneInfo(person.zone)).strftime("%Y-%m-%dT%H:00")
    return at.astimezone(ZoneInfo(person.zone)).strftime(_TYPED)


async def _change(
    request: web.Request, person: Person, appointment: Appointment, command: Command
) -> None:
    await changes.change(request.app, appointment.id, command, person.id, request.app[NOW]())


async def _clash(
    request: web.Request,
    person: Person,
    fields: Fields,
    error: Conflict,
    itself: AppointmentId | None = None,
) -> Appointment | None:
    """Return which of the therapist's own appointments is in the way, and say so."""
    fields.wrong["start"] = error.said
    wanted = fields.move()
    if wanted is None:
        return None
    asked = span(wanted)
    others = await request.app[APPOINTMENTS].of_therapist(person.id, asked.start_at, asked.end_at)
    for other in others:
        if other.state in COMING and other.id != itself:
            fields.wrong["start"] = _OVERLAP
            return other
    return None


def _new(
    request: web.Request,
    person: Person,
    values: Mapping[str, str],
    wrong: Mapping[str, str],
    clash: Appointment | None = None,
    kept: Mapping[str, str] | None = None,
) -> web.Response:
    return render_page(
        request,
        "booking/new.html",
        name="new",
        status=_status(wrong, clash),
        values=values,
        wrong=wrong,
        clash=clash,
        kept=kept or {},
        ground=ground(request.app[SITE], therapist_private=person.address_privacy),
        regions=regions(),
        languages=request.app[RENDER].languages(request.app[SITE].language),
    )


async def _page(
    request: web.Request,
    person: Person,
    appointment: Appointment,
    fields: Fields | None = None,
    *,
    cancelling: bool = False,
    clash: Appointment | None = None,
    failed: Conflict | None = None,
    done: str = "",
) -> web.Response:
    shown, now = entry(request, appointment, person.zone), request.app[NOW]()
    as_it_is = {
        "start": appointment.start_at.astimezone(ZoneInfo(person.zone)).strftime(_TYPED),
        "minutes": str(appointment.minutes),
        "reason": "",
    }
    typed = {} if fields is None else fields.values
    kept = ("reason",) if cancelling else ("start", "minutes", "reason")
    wrong = {} if fields is None else fields.wrong
    rows = request.app[APPOINTMENTS]
    return render_page(
        request,
        "booking/page.html",
        name="appointment",
        status=_status(wrong, failed or clash),
        entry=shown,
        values=as_it_is | {name: typed[name] for name in kept if name in typed},
        wrong=wrong,
        cancelling=cancelling,
        clash=clash,
        failed="" if failed is None else failed.said,
        done=done,
        part=await part_of(request, appointment),
        ground=ground(request.app[SITE], therapist_private=person.address_privacy),
        undo_until=await rows.undoable_until(appointment.id, Party.THERAPIST, now),
        letters=await request.app[OUTBOX].of_appointment(appointment.id),
        qr=qr(shown.link),
        begun=now >= appointment.start_at,
    )


def _status(wrong: Mapping[str, str], conflict: object) -> int:
    if conflict is not None:
        return Conflict.http_status
    return Invalid.http_status if wrong else 200


def _see(appointment: AppointmentId, done: str) -> web.Response:
    return web.Response(
        status=303, headers={"Location": f"/appointments/{appointment}?done={done}"}
    )
