"""Address privacy: whether it holds for a session, by whose choice, and a therapist's own switch.

A client's choice in the page of a session is told by that browser, and is not known here.
"""

from enum import StrEnum

from aiohttp import web

from videocall.errors import Invalid
from videocall.scheduling.appointment import Appointment
from videocall.web.guard import therapist
from videocall.web.keys import NOW, PEOPLE, SITE, Site
from videocall.web.posted import Posted, form


class Ground(StrEnum):
    """Who wants internet addresses kept private, the farthest reaching first."""

    PRACTICE = "practice"
    THERAPIST = "therapist"
    APPOINTMENT = "appointment"


def ground(
    site: Site, *, therapist_private: bool, appointment: Appointment | None = None
) -> Ground | None:
    """Return why neither side is to learn the other's internet address; None where they may."""
    if site.address_privacy:
        return Ground.PRACTICE
    if therapist_private:
        return Ground.THERAPIST
    if appointment is not None and appointment.address_privacy:
        return Ground.APPOINTMENT
    return None


def require_way(site: Site, *, wanted: bool) -> None:
    """Raise Invalid where addresses are to be kept private and no call could connect then."""
    if wanted and not site.relay_offered:
        text = "This server has no relay: with internet addresses kept private nobody could meet."
        raise Invalid(text, code="address_privacy")


def wanted(posted: Posted) -> bool:
    """Return what the switch of a form says."""
    return posted.text("address_privacy") == "yes"


async def switch(request: web.Request) -> web.StreamResponse:
    """Keep a therapist's internet address private in every session, or no longer."""
    person = await therapist(request)
    on = wanted(await form(request))
    require_way(request.app[SITE], wanted=on)
    await request.app[PEOPLE].set_address_privacy(person.id, on, request.app[NOW]())
    done = "private" if on else "not-private"
    return web.Response(status=303, headers={"Location": f"/hours?done={done}"})
