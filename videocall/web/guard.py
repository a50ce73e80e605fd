"""Who is signed in, and what they may see.

A therapist's rows are found by their id and hers together: whatever belongs to somebody else is
answered like something that was never there.
"""

from aiohttp import web

from videocall.access.people import Person, Role
from videocall.errors import Forbidden, NotFound, Refusal, Text
from videocall.ids import AppointmentId
from videocall.scheduling.appointment import Appointment
from videocall.store.appointments import Known
from videocall.web.cookies import signin_token
from videocall.web.keys import APPOINTMENTS, NOW, PEOPLE
from videocall.web.pages import PERSON


class SignedOut(Refusal):
    """Nobody is signed in here: pages go to the sign-in page, the rest is told so."""

    code = "signed_out"
    http_status = 401


async def someone(request: web.Request) -> Person | None:
    """Return who is signed in, if anyone, and remember it for the page's header."""
    token = signin_token(request)
    if token is None:
        return None
    person = await request.app[PEOPLE].by_signin(token, request.app[NOW]())
    if person is not None:
        request[PERSON] = person
    return person


async def therapist(request: web.Request) -> Person:
    """Return the therapist who is signed in; raises SignedOut or Forbidden."""
    return await _signed_in(request, Role.THERAPIST, Text("This page is for therapists."))


async def operator(request: web.Request) -> Person:
    """Return the operator who is signed in; raises SignedOut or Forbidden."""
    return await _signed_in(request, Role.OPERATOR, Text("This page is for operators."))


async def own_appointment(request: web.Request) -> tuple[Person, Appointment]:
    """Return the therapist and her appointment of this address; raises NotFound as well."""
    person, known = await own_known(request)
    return person, known.appointment


async def own_known(request: web.Request) -> tuple[Person, Known]:
    """Return the same with who was admitted to it."""
    person = await therapist(request)
    known = await request.app[APPOINTMENTS].known(AppointmentId(request.match_info["id"]))
    if known is None or known.appointment.therapist != person.id:
        raise NotFound("There is no such appointment.")
    return person, known


async def _signed_in(request: web.Request, role: Role, otherwise: Text) -> Person:
    person = await someone(request)
    if person is None:
        raise SignedOut("Please sign in again.")
    if person.role is not role:
        raise Forbidden(otherwise)
    return person
