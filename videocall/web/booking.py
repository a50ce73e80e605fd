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
    Appointment,
    Cancel,
    Command,
    End,
    MarkNoShow,
    Party,
    ReissueLink,
    State,
)
from videocall.web import changes
from videocall.web.agenda import entry
from videocall.web.fields import Fields, span, start
from videocall.web.guard import own_appointment, therapist
from videocall.web.keys import APPOINTMENTS, NOW, OUTBOX
from videocall.web.pages import page as render_page
from videocall.web.pages import wants_page
from videocall.web.posted import form
from videocall.web.qr import qr
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
        "start": _offered(request, person),
        "minutes": str(_USUAL_MIN),
        "kind": "video",
        "zone": person.zone,
    }
    return _new(request, values, {})


async def book(request: web.Request) -> web.StreamResponse:
    """Make the appointment, or show the form again with what is wrong."""
    person = await therapist(request)
    fields = Fields(await form(request), person.zone)
    command = fields.book(person.id)
    clash = None
    if command is not None:
        try:
            made = await request.app[APPOINTMENTS].book(command, request.app[NOW]())
        except Invalid as error:
            fields.complain(error)
        except Conflict as error:
            clash = await _clash(request, person, fields, error)
        else:
            return _see(made.id, "booked")
    return _new(request, fields.values, fields.wrong, clash)


async def page(request: web.Request) -> web.Response:
    """Show one appointment with its link."""
    person, appointment = await own_appointment(request)
    values = {
        "start": appointment.start_at.astimezone(ZoneInfo(person.zone)).strftime(_TYPED),
        "minutes": str(appointment.minutes),
    }
    done = request.query.get("done", "")
    return await _page(request, person, appointment, values, {}, done=done)


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
    return await _page(request, person, appointment, fields.values, fields.wrong, clash=clash)


async def undo(request: web.Request) -> web.StreamResponse:
    """Put back what she changed a moment ago; a page's script is answered with nothing."""
    person, appointment = await own_appointment(request)
    now = request.app[NOW]()
    await changes.undo(request.app, appointment.id, Party.THERAPIST, person.id, now)
    return _see(appointment.id, "undone") if wants_page(request) else web.Response(status=204)


async def cancel(request: web.Request) -> web.StreamResponse:
    """Cancel it; a session that is going on ends."""
    person, appointment = await own_appointment(request)
    await _change(request, person, appointment, Cancel())
    return _see(appointment.id, "cancelled")


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


async def mail_again(request: web.Request) -> web.StreamResponse:
    """Try those letters once more that could not be sent."""
    _, appointment = await own_appointment(request)
    await request.app[OUTBOX].again(appointment.id, request.app[NOW]())
    return _see(appointment.id, "mailed")


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
        if other.state is State.BOOKED and other.id != itself:
            fields.wrong["start"] = _OVERLAP
            return other
    return None


def _new(
    request: web.Request,
    values: Mapping[str, str],
    wrong: Mapping[str, str],
    clash: Appointment | None = None,
) -> web.Response:
    return render_page(
        request,
        "booking/new.html",
        name="new",
        status=_status(wrong, clash),
        values=values,
        wrong=wrong,
        clash=clash,
        regions=regions(),
    )


async def _page(
    request: web.Request,
    person: Person,
    appointment: Appointment,
    values: Mapping[str, str],
    wrong: Mapping[str, str],
    *,
    clash: Appointment | None = None,
    done: str = "",
) -> web.Response:
    shown = entry(request, appointment, person.zone)
    return render_page(
        request,
        "booking/page.html",
        name="appointment",
        status=_status(wrong, clash),
        entry=shown,
        values=values,
        wrong=wrong,
        clash=clash,
        done=done,
        letters=await request.app[OUTBOX].of_appointment(appointment.id),
        qr=qr(shown.link),
        begun=request.app[NOW]() >= appointment.start_at,
    )


def _status(wrong: Mapping[str, str], clash: Appointment | None) -> int:
    if clash is not None:
        return Conflict.http_status
    return Invalid.http_status if wrong else 200


def _see(appointment: AppointmentId, done: str) -> web.Response:
    return web.Response(
        status=303, headers={"Location": f"/appointments/{appointment}?done={done}"}
    )
