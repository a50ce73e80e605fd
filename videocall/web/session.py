"""The door: one function decides who reaches a room, for the page, the JSON and the socket.

A client shows a link once, and from then on the visit cookie it was exchanged for; both carry the
generation of the link, and today's row has the last word. Nothing is written: opening a page,
however often and by whomever, consumes nothing.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from aiohttp import web

from videocall.access.tokens import Visit
from videocall.errors import Conflict, LinkInvalid, Text
from videocall.ids import AppointmentId, VisitId
from videocall.scheduling.appointment import Appointment, Party, State
from videocall.scheduling.door import Answer, Door, door, nearest
from videocall.store.appointments import Known
from videocall.web.cookies import keep_visit, visit_token
from videocall.web.guard import own_appointment
from videocall.web.headers import CLEAR
from videocall.web.keys import APPOINTMENTS, HUB, KEYRING, NOW, PEOPLE, SITE
from videocall.web.pages import page as render_page
from videocall.web.posted import Link, json_body
from videocall.web.privacy import Ground, ground

_VISIT_OUTLIVES: Final = timedelta(days=1)
_VISIT_ID_BYTES: Final = 16
_OVERRUN_MAX: Final = timedelta(hours=4)
"""How far past its time a session may run and still be found again after a restart."""
_LINK_TEXT: Final = "This link does not open anything. Please ask for a new one."
_CLOSED: Final = {
    Door.EARLY: Text("The room is not open yet."),
    Door.MOVED: Text("The appointment was moved to another time."),
    Door.TENTATIVE: Text("The appointment is not confirmed yet."),
    Door.OVER: Text("This appointment is over."),
    Door.CANCELLED: Text("This appointment was cancelled."),
}


@dataclass(frozen=True, slots=True)
class Admission:
    """A client whom the door lets through, as far as the waiting room."""

    known: Known
    visit: VisitId


@dataclass(frozen=True, slots=True)
class _Look:
    answer: Answer
    known: Known | None
    visit: VisitId | None

    @property
    def shown(self) -> Appointment | None:
        """The appointment, for those with today's link."""
        if self.known is None or self.answer.door in (Door.UNKNOWN, Door.REVOKED):
            return None
        return self.known.appointment


async def admit_client(request: web.Request, appointment_id: AppointmentId) -> Admission:
    """Return the client who may come in by this request's visit cookie.

    Who was admitted finds back in past the time as well: a call that runs over outlives a restart
    of the server, which then knows of no live session. Raises LinkInvalid where the link is
    unknown or revoked, Conflict with the door as its code where the room is closed.
    """
    look = await _look(request, appointment_id, returning=True)
    where = look.answer.door
    if where is Door.OPEN and look.known is not None and look.visit is not None:
        return Admission(look.known, look.visit)
    if where in _CLOSED:
        raise Conflict(_CLOSED[where], code=where)
    raise LinkInvalid(_LINK_TEXT, code=where)


async def link(request: web.Request) -> web.Response:
    """Show the static shell whose script posts the token of `/j#<token>`."""
    return render_page(request, "session/link.html", name="link")


async def exchange(request: web.Request) -> web.Response:
    """Exchange the token of a session link for the cookie of a visit.

    A browser that was here before with this link stays the same visit, so that it need not be
    admitted again; an older link never displaces a newer one.
    """
    shown = await json_body(request, Link)
    now = request.app[NOW]()
    opened = request.app[KEYRING].read_session_link(shown.token, now)
    led_to = await request.app[APPOINTMENTS].by_link(opened.link)
    going_on = [each for each in led_to if request.app[HUB].is_live(each.id)]
    appointment = nearest(going_on or led_to, now, request.app[SITE].door)
    if appointment is None:
        raise LinkInvalid(_LINK_TEXT)
    response = web.json_response({"to": f"/session/{appointment.id}"})
    before = _visit(request, appointment.id)
    if before is not None and before.generation > opened.generation:
        return response
    same = before is not None and before.generation == opened.generation
    visit = before.id if before is not None and same else VisitId(_new_visit())
    _keep(request, response, appointment, Visit(appointment.id, opened.generation, visit), now)
    return response


def begin_visit(
    request: web.Request, response: web.StreamResponse, appointment: Appointment, now: datetime
) -> None:
    """Let this browser be a visit of the appointment it has just booked."""
    visit = Visit(appointment.id, appointment.link_generation, VisitId(_new_visit()))
    _keep(request, response, appointment, visit, now)


def stay(
    request: web.Request, response: web.StreamResponse, appointment: Appointment, now: datetime
) -> None:
    """Let this visit last as long as the appointment, which now may end later."""
    visit = _visit(request, appointment.id)
    if visit is not None:
        _keep(request, response, appointment, visit, now)


async def undo_until(request: web.Request, appointment: Appointment | None) -> datetime | None:
    """Return until when the client can undo what they changed last, if there is anything."""
    if appointment is None or appointment.changed_by is not Party.CLIENT:
        return None
    rows, now = request.app[APPOINTMENTS], request.app[NOW]()
    return await rows.undoable_until(appointment.id, Party.CLIENT, now)


async def visited(request: web.Request, appointment_id: AppointmentId) -> Appointment:
    """Return the appointment this browser has a visit of under today's link.

    Raises LinkInvalid otherwise.
    """
    appointment = (await _look(request, appointment_id)).shown
    if appointment is None:
        raise LinkInvalid(_LINK_TEXT)
    return appointment


async def page(request: web.Request) -> web.Response:
    """Show the room's page where the door is open, and the page of the door where it is not."""
    look = await _look(request, AppointmentId(request.match_info["id"]))
    if look.answer.door is Door.OPEN and look.shown is not None:
        host = await request.app[PEOPLE].get(look.shown.therapist)
        return render_page(
            request,
            "session/room.html",
            name="session",
            seat="client",
            appointment=look.shown,
            therapist_name=host.name if host is not None else "",
            ground=_ground(request, look.known),
        )
    response = await _closed(request, look)
    if look.answer.door is Door.OVER:
        response.headers["Clear-Site-Data"] = CLEAR
    return response


async def refused(
    request: web.Request, appointment: AppointmentId, error: Conflict
) -> web.Response:
    """Show the page of a closed door, and why what was asked for was not done."""
    return await _closed(request, await _look(request, appointment), error)


async def _closed(request: web.Request, look: _Look, error: Conflict | None = None) -> web.Response:
    return render_page(
        request,
        "session/door.html",
        name="door",
        status=200 if error is None else error.http_status,
        door=look.answer,
        appointment=look.shown,
        ground=_ground(request, look.known),
        undo_until=await undo_until(request, look.shown),
        failed="" if error is None else error.said,
    )


async def door_now(request: web.Request) -> web.Response:
    """Tell the page how the door is now: its countdown has ended, or its socket was refused."""
    look = await _look(request, AppointmentId(request.match_info["id"]))
    answer, shown = look.answer, look.shown
    return web.json_response(
        {
            "door": answer.door,
            "opens_at_ms": _ms(answer.opens_at),
            "closes_at_ms": _ms(answer.closes_at),
            "start_at_ms": _ms(shown.start_at if shown is not None else None),
            "changed_at": shown.changed_at.isoformat() if shown is not None else None,
            "now_ms": _ms(request.app[NOW]()),
        }
    )


async def call(request: web.Request) -> web.StreamResponse:
    """Show the therapist her side of the room; what is over has its own page."""
    person, appointment = await own_appointment(request)
    if appointment.state is not State.BOOKED:
        raise web.HTTPSeeOther(f"/appointments/{appointment.id}")
    return render_page(
        request,
        "session/room.html",
        name="call",
        seat="therapist",
        appointment=appointment,
        therapist_name=person.name,
        ground=ground(
            request.app[SITE], therapist_private=person.address_privacy, appointment=appointment
        ),
    )


async def _look(
    request: web.Request, appointment_id: AppointmentId, *, returning: bool = False
) -> _Look:
    now, rules = request.app[NOW](), request.app[SITE].door
    visit = _visit(request, appointment_id)
    if visit is None:
        return _Look(door(None, None, now, rules, live=False), None, None)
    known = await request.app[APPOINTMENTS].known(appointment_id)
    if known is None:
        return _Look(door(None, None, now, rules, live=False), None, visit.id)
    live = request.app[HUB].is_live(appointment_id)
    if returning and visit.id in known.admitted:
        live = live or timedelta() <= now - known.appointment.end_at < _OVERRUN_MAX
    answer = door(known.appointment, visit.generation, now, rules, live=live)
    return _Look(answer, known, visit.id)


def _keep(
    request: web.Request,
    response: web.StreamResponse,
    appointment: Appointment,
    visit: Visit,
    now: datetime,
) -> None:
    until = max(appointment.end_at, now) + _VISIT_OUTLIVES
    token = request.app[KEYRING].visit(visit, now, until)
    keep_visit(request, response, appointment.id, token, int((until - now).total_seconds()))


def _visit(request: web.Request, appointment_id: AppointmentId) -> Visit | None:
    token = visit_token(request, appointment_id)
    if token is None:
        return None
    try:
        visit = request.app[KEYRING].read_visit(token, request.app[NOW]())
    except LinkInvalid:
        return None
    return visit if visit.appointment == appointment_id else None


def _ground(request: web.Request, known: Known | None) -> Ground | None:
    if known is None:
        return None
    private = known.therapist_private
    return ground(request.app[SITE], therapist_private=private, appointment=known.appointment)


def _new_visit() -> str:
    return secrets.token_urlsafe(_VISIT_ID_BYTES)


def _ms(at: datetime | None) -> int | None:
    return int(at.timestamp() * 1000) if at is not None else None
