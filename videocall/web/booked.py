"""What a client keeps of an appointment: its link, also as a QR code and as a calendar entry."""

from aiohttp import web

from videocall.errors import Conflict
from videocall.ids import AppointmentId
from videocall.scheduling.appointment import COMING, Appointment, State
from videocall.scheduling.itip import Card, Mailbox, publish
from videocall.web.agenda import session_link
from videocall.web.feed import words
from videocall.web.keys import PEOPLE, SITE
from videocall.web.offers import differ, read_zone
from videocall.web.pages import page as render_page
from videocall.web.posted import Posted
from videocall.web.privacy import ground
from videocall.web.qr import qr
from videocall.web.session import undo_until, visited


async def page(request: web.Request) -> web.Response:
    """Show it, and the way back from the last change."""
    appointment = await visited(request, AppointmentId(request.match_info["id"]))
    return await show(request, appointment, done=request.query.get("done", ""))


async def calendar(request: web.Request) -> web.Response:
    """Return a file that any calendar program can open: the time and the link, no name."""
    appointment = await visited(request, AppointmentId(request.match_info["id"]))
    if appointment.state is not State.BOOKED:
        raise Conflict("This appointment is not certain. There is nothing for a calendar yet.")
    title, _ = words(request)
    card = Card(title, session_link(request, appointment))
    return web.Response(
        body=publish([(appointment, card)], Mailbox("", ""), ""),
        content_type="text/calendar",
        charset="utf-8",
        headers={"Content-Disposition": 'attachment; filename="appointment.ics"'},
    )


async def show(
    request: web.Request, appointment: Appointment, *, done: str = "", failed: str = ""
) -> web.Response:
    """Return the page; what is not to be any more has the page of its door."""
    if appointment.state not in COMING:
        raise web.HTTPSeeOther(f"/session/{appointment.id}")
    host = await request.app[PEOPLE].get(appointment.therapist)
    link = session_link(request, appointment)
    chosen = read_zone(Posted(dict(request.query))) or appointment.client_zone
    here = chosen or (host.zone if host is not None else "UTC")
    return render_page(
        request,
        "booked/page.html",
        name="booked",
        status=Conflict.http_status if failed else 200,
        appointment=appointment,
        host=host,
        zone=here,
        chosen=chosen is not None,
        differs=host is not None and differ(appointment.start_at, here, host.zone),
        link=link,
        qr=qr(link),
        ground=ground(
            request.app[SITE],
            therapist_private=host is not None and host.address_privacy,
            appointment=appointment,
        ),
        undo_until=await undo_until(request, appointment),
        done=done,
        failed=failed,
    )
