"""The three WebSockets: who may open one is decided here, before the upgrade."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from aiohttp import web

from videocall.errors import Conflict, Forbidden, Unavailable
from videocall.ids import AppointmentId, VisitId
from videocall.live.entrance import enter_desk, enter_room
from videocall.live.hub import Approach, Opening
from videocall.scheduling.appointment import State
from videocall.signalling.messages import Seat
from videocall.store.appointments import Known
from videocall.web.guard import own_known, therapist
from videocall.web.household import SOCKETS, counted
from videocall.web.keys import HUB, SITE, STEADY
from videocall.web.privacy import ground
from videocall.web.session import admit_client


async def client_socket(request: web.Request) -> web.StreamResponse:
    """Bring a client with an open door to the waiting room, or back to the seat."""
    with _let_in(request), _approach(request, Seat.CLIENT) as approach:
        opening, visit = await _client(request)
        return await enter_room(
            request, request.app[HUB], approach, opening, visit, request.app[STEADY]
        )


async def therapist_socket(request: web.Request) -> web.StreamResponse:
    """Bring a therapist to her seat in her own room."""
    with _let_in(request), _approach(request, Seat.THERAPIST) as approach:
        opening, visit = await _therapist(request)
        return await enter_room(
            request, request.app[HUB], approach, opening, visit, request.app[STEADY]
        )


async def desk_socket(request: web.Request) -> web.StreamResponse:
    """Keep a therapist's page told of who waits."""
    with _let_in(request):
        person = await therapist(request)
        return await enter_desk(request, request.app[HUB], person.id, request.app[STEADY])


@contextmanager
def _let_in(request: web.Request) -> Iterator[None]:
    """Refuse foreign pages and too many sockets, for as long as this one is open.

    Cookies travel with a WebSocket from any page, so the Origin must be ours to the letter; a
    missing one, or `null`, is refused (RFC 6455 section 10.2).
    """
    app = request.app
    if app[HUB].draining:
        raise Unavailable("The server is restarting. Your call goes on; this takes seconds.")
    if request.headers.get("Origin") != app[SITE].public_url:
        raise Forbidden("This was not opened from a page of this site.", code="cross_site")
    with counted(request, SOCKETS):
        yield


def _approach(request: web.Request, seat: Seat) -> AbstractContextManager[Approach]:
    return request.app[HUB].approach(AppointmentId(request.match_info["id"]), seat)


# Rows are looked at in functions of their own: what they read is let go before the socket opens,
# which may then stay for hours.


async def _client(request: web.Request) -> tuple[Opening, VisitId]:
    admission = await admit_client(request, AppointmentId(request.match_info["id"]))
    return _opening(request, admission.known), admission.visit


async def _therapist(request: web.Request) -> tuple[Opening, VisitId]:
    """A therapist is the same visit on every device: whoever is signed in as her is her."""
    person, known = await own_known(request)
    if known.appointment.state is not State.BOOKED:
        raise Conflict("This appointment is over or cancelled.", code="over")
    return _opening(request, known), VisitId(person.id)


def _opening(request: web.Request, known: Known) -> Opening:
    private = ground(
        request.app[SITE],
        therapist_private=known.therapist_private,
        appointment=known.appointment,
    )
    return Opening(
        appointment=known.appointment.id,
        therapist=known.appointment.therapist,
        client_name=known.appointment.client_name,
        address_privacy=private is not None,
        admitted=known.admitted,
        declined=known.declined,
    )
