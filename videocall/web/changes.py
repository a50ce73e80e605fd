"""A change to appointments: rows first; then rooms and every open page are told.

The one way for a therapist's pages, a client's, a whole series and the API.
"""

from collections.abc import Iterable
from datetime import datetime

from aiohttp import web

from videocall.ids import AppointmentId
from videocall.live.hub import Hub
from videocall.scheduling.appointment import (
    Appointment,
    Command,
    Party,
    ReissueLink,
    SetAddressPrivacy,
    State,
)
from videocall.store.appointments import First, Last
from videocall.web.keys import APPOINTMENTS, HUB, PEOPLE, SITE
from videocall.web.privacy import ground


async def change(
    app: web.Application,
    appointment: AppointmentId,
    command: Command,
    by: str,
    now: datetime,
    *,
    first: First | None = None,
    last: Last | None = None,
) -> Appointment:
    """Write the change on behalf of `by` (an id); then tell of it.

    Raises as `Appointments.change`; nothing was changed and nobody told then.
    """
    after = await app[APPOINTMENTS].change(appointment, command, by, now, first=first, last=last)
    await tell(app, command, after)
    return after


async def undo(
    app: web.Application,
    appointment: AppointmentId,
    party: Party,
    by: str,
    now: datetime,
    *,
    first: First | None = None,
    last: Last | None = None,
) -> Appointment:
    """Put back what `party` changed last, in the same way. Raises as `Appointments.undo`."""
    after = await app[APPOINTMENTS].undo(appointment, party, by, now, first=first, last=last)
    tell_all(app[HUB], [after])
    return after


async def tell(app: web.Application, command: Command, after: Appointment) -> None:
    """Tell of a change that is written: one made, changed, or given a new link."""
    hub = app[HUB]
    match command:
        case ReissueLink():
            hub.revoked(after.id)
            for each in await app[APPOINTMENTS].by_link(after.link):
                hub.revoked(each.id)
                hub.changed(each.therapist, each.id)
        case SetAddressPrivacy():
            await tell_privacy(app, after)
            hub.changed(after.therapist, after.id)
        case _:
            tell_all(hub, [after])


async def tell_privacy(app: web.Application, appointment: Appointment) -> None:
    """Tell an open room whether addresses stay private in it from now on."""
    host = await app[PEOPLE].get(appointment.therapist)
    private = host is not None and host.address_privacy
    wanted = ground(app[SITE], therapist_private=private, appointment=appointment)
    app[HUB].keep_private(appointment.id, wanted=wanted is not None)


def tell_all(hub: Hub, changed: Iterable[Appointment]) -> None:
    """Tell the room of each of these, and pages that show it, how it is from now on."""
    for each in changed:
        match each.state:
            case State.TENTATIVE | State.BOOKED:
                hub.moved(each.id, each.start_at.timestamp(), each.end_at.timestamp())
            case State.CANCELLED:
                hub.cancelled(each.id)
            case State.ENDED | State.NO_SHOW:
                hub.ended(each.id)
        hub.changed(each.therapist, each.id)
