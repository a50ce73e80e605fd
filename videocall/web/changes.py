"""A change to an appointment or a series: rows first, then rooms, for pages and API alike."""

from collections.abc import Iterable
from datetime import datetime

from aiohttp import web

from videocall.ids import AppointmentId
from videocall.live.hub import Hub
from videocall.scheduling.appointment import (
    COMING,
    Appointment,
    Cancel,
    Command,
    End,
    MarkNoShow,
    Move,
    Party,
    ReissueLink,
    State,
)
from videocall.store.appointments import First, Last
from videocall.web.keys import APPOINTMENTS, HUB


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
    """Write the change on behalf of `by` (an id); then tell the room, if it is open.

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
    """Tell who is in the room of a change that is written."""
    hub = app[HUB]
    match command:
        case Cancel():
            hub.cancelled(after.id)
        case End() | MarkNoShow():
            hub.ended(after.id)
        case ReissueLink():
            for each in await app[APPOINTMENTS].by_link(after.link):
                hub.revoked(each.id)
        case Move():
            tell_all(hub, [after])
        case _:
            pass


def tell_all(hub: Hub, members: Iterable[Appointment]) -> None:
    """Tell the rooms of these how each of them is now, after many of them may have changed."""
    for each in members:
        if each.state is State.CANCELLED:
            hub.cancelled(each.id)
        elif each.state in COMING:
            hub.moved(each.id, each.start_at.timestamp(), each.end_at.timestamp())
