"""What a client can change: move an appointment to a free time, cancel it, undo that.

Reached by the visit under today's link alone. What is not to be changed any more has the page of
its door. GET changes nothing; nor does a POST from a page that has become old meanwhile: it gets
the appointment as it is now, and what was typed is kept.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import quote

from aiohttp import web

from videocall.access.people import Person
from videocall.errors import Conflict, Invalid, LinkInvalid, NotFound, Text
from videocall.ids import AppointmentId
from videocall.scheduling.appointment import COMING, Appointment, Cancel, Move, Party, State
from videocall.scheduling.hours import Rules
from videocall.scheduling.timespan import Timespan
from videocall.store.journal import CLIENT
from videocall.web import booked, changes
from videocall.web.fields import Fields
from videocall.web.keys import BOOKINGS, NOW, PEOPLE, PLANS
from videocall.web.offers import differ, read_from, read_zone, times
from videocall.web.pace import keep_pace
from videocall.web.pages import page as render_page
from videocall.web.posted import Posted, form
from videocall.web.session import refused, stay, visited
from videocall.web.zones import regions

_FASTER: Final = Text(
    "Someone was faster: this time is no longer free. Your appointment stays as it is."
)
_MEANWHILE: Final = Text("This appointment has changed meanwhile. This is how it is now.")
_UNDO_TAKEN: Final = Text("Your time of before is taken by now. Nothing was changed.")
_TAKEN: Final = frozenset({"taken", "overlap", "held"})


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody looks at, and what they have typed so far."""

    zone: str
    chosen: bool
    minutes: int
    from_on: date | None
    typed: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Mine:
    """A client's own appointment that may still be changed."""

    appointment: Appointment
    host: Person
    rules: Rules
    posted: Posted
    wish: Wish

    @property
    def notice(self) -> timedelta:
        return timedelta(minutes=self.rules.change_notice_min)

    @property
    def path(self) -> str:
        return f"/session/{self.appointment.id}/change"


async def page(request: web.Request) -> web.Response:
    """Show the appointment, what it can be moved to, and the way to cancel it."""
    return await _page(request, await _mine(request))


async def choose(request: web.Request) -> web.Response:
    """Show the time that was chosen beside the one there is, and ask whether to move."""
    mine = await _mine(request)
    now, start_at = request.app[NOW](), Fields(mine.posted, None).start()
    if start_at is None:
        return await _page(request, mine, Invalid("Please choose a time."))
    _leave_if_there_already(mine.appointment, start_at)
    only = Timespan(start_at, start_at + timedelta(seconds=1))
    if now > mine.appointment.start_at - mine.notice:
        return await _page(request, mine)
    if not await _free(request, mine, only):
        return await _page(request, mine, Conflict(_FASTER))
    return _sure(request, mine, start_at)


async def move(request: web.Request) -> web.StreamResponse:
    """Move it to a free time."""
    mine = await _mine(request)
    start_at = Fields(mine.posted, None).start()
    if start_at is None:
        return await _page(request, mine, Invalid("Please choose a time."))
    _leave_if_there_already(mine.appointment, start_at)
    if _is_old(mine):
        return await _page(request, mine, Conflict(_MEANWHILE))
    keep_pace(request)
    now, words = request.app[NOW](), mine.posted.text("reason")
    command = Move(start_at, mine.appointment.minutes, Party.CLIENT, words, mine.notice)
    try:
        moved = await request.app[BOOKINGS].move(mine.appointment, command, now)
    except Invalid as error:
        if error.code == "reason":
            return _sure(request, mine, start_at, {"reason": error.said})
        return await _page(request, mine, error)
    except Conflict as error:
        faster = Conflict(_FASTER) if error.code in _TAKEN else error
        return await _page(request, await _mine(request), faster)
    await changes.tell(request.app, command, moved)
    place = f"/booked/{moved.id}?done=moved&zone={quote(mine.wish.zone, safe='')}"
    return _see(request, moved, place, now)


async def ask_to_cancel(request: web.Request) -> web.Response:
    """Ask whether to cancel it, and say beforehand what that counts as."""
    return _sure_to_cancel(request, await _mine(request))


async def cancel(request: web.Request) -> web.StreamResponse:
    """Cancel it; its door tells so, and how to undo that."""
    mine = await _mine(request)
    if _is_old(mine):
        return _sure_to_cancel(request, mine, failed=Conflict(_MEANWHILE))
    keep_pace(request)
    now = request.app[NOW]()
    command = Cancel(Party.CLIENT, mine.posted.text("reason"), mine.notice)
    try:
        after = await changes.change(request.app, mine.appointment.id, command, CLIENT, now)
    except Invalid as error:
        return _sure_to_cancel(request, mine, {"reason": error.said})
    except Conflict as error:
        return _sure_to_cancel(request, await _mine(request), failed=error)
    return _see(request, after, f"/session/{after.id}", now)


async def undo(request: web.Request) -> web.StreamResponse:
    """Put back what the client changed last."""
    appointment = await _visited(request)
    keep_pace(request)
    now = request.app[NOW]()
    try:
        after = await changes.undo(request.app, appointment.id, Party.CLIENT, CLIENT, now)
    except Conflict as error:
        text = _UNDO_TAKEN if error.code in _TAKEN else error.said
        if appointment.state in COMING:
            return await booked.show(request, appointment, failed=text)
        return await refused(request, appointment.id, Conflict(text))
    return _see(request, after, f"/booked/{after.id}?done=undone", now)


async def back(request: web.Request) -> web.Response:
    """Lead whoever loads the page of a refusal anew to where changes begin."""
    place = f"/session/{request.match_info['id']}/change"
    return web.Response(status=303, headers={"Location": place})


async def _visited(request: web.Request) -> Appointment:
    """Return the appointment of this visit; whoever has none is sent to the door."""
    id = AppointmentId(request.match_info["id"])
    try:
        return await visited(request, id)
    except LinkInvalid as error:
        raise web.HTTPSeeOther(f"/session/{id}") from error


async def _mine(request: web.Request) -> Mine:
    appointment = await _visited(request)
    if appointment.state not in COMING or request.app[NOW]() >= appointment.end_at:
        raise web.HTTPSeeOther(f"/session/{appointment.id}")
    host = await request.app[PEOPLE].get(appointment.therapist)
    if host is None:
        raise NotFound("There is no such appointment.")
    rules = (await request.app[PLANS].get(host.id)).rules
    posted = Posted(dict(request.query)) if request.method == "GET" else await form(request)
    here = read_zone(posted)
    wish = Wish(
        zone=here or appointment.client_zone or host.zone,
        chosen=here is not None,
        minutes=appointment.minutes,
        from_on=read_from(posted),
        typed={"reason": posted.text("reason") if request.method == "POST" else ""},
    )
    return Mine(appointment, host, rules, posted, wish)


def _is_old(mine: Mine) -> bool:
    """Tell whether the page that was posted showed the appointment as it was before."""
    return mine.posted.text("sequence") != str(mine.appointment.sequence)


def _leave_if_there_already(appointment: Appointment, start_at: datetime) -> None:
    """Send whoever has moved it there already (twice, or in another tab) to what they have."""
    if start_at == appointment.start_at:
        raise web.HTTPSeeOther(f"/booked/{appointment.id}?done=moved")


async def _free(request: web.Request, mine: Mine, horizon: Timespan) -> list[Timespan]:
    appointment, now = mine.appointment, request.app[NOW]()
    free = await request.app[BOOKINGS].free(
        mine.host.id, appointment.minutes, now, horizon, itself=appointment.id
    )
    return [slot for slot in free if slot.start_at != appointment.start_at]


async def _page(
    request: web.Request, mine: Mine, failed: Conflict | Invalid | None = None
) -> web.Response:
    now, appointment = request.app[NOW](), mine.appointment
    ahead = Timespan(now, now + timedelta(days=mine.rules.ahead_days))
    late = now > appointment.start_at - mine.notice
    free = [] if late else await _free(request, mine, ahead)
    return _render(
        request,
        mine,
        "change/times.html",
        failed=failed,
        late=late,
        begun=now >= appointment.start_at,
        times=times(free, mine.wish.zone, mine.host.zone, mine.wish.from_on),
        regions=regions(),
    )


def _sure(
    request: web.Request, mine: Mine, start_at: datetime, wrong: Mapping[str, str] | None = None
) -> web.Response:
    span = Timespan(start_at, start_at + mine.appointment.span.duration)
    return _render(request, mine, "change/move.html", wrong=wrong, span=span)


def _sure_to_cancel(
    request: web.Request,
    mine: Mine,
    wrong: Mapping[str, str] | None = None,
    failed: Conflict | None = None,
) -> web.Response:
    now, appointment = request.app[NOW](), mine.appointment
    certain = appointment.state is State.BOOKED
    return _render(
        request,
        mine,
        "change/cancel.html",
        failed=failed,
        wrong=wrong,
        late=certain and now > appointment.start_at - mine.notice,
        begun=now >= appointment.start_at,
    )


def _render(
    request: web.Request,
    mine: Mine,
    template: str,
    *,
    failed: Conflict | Invalid | None = None,
    wrong: Mapping[str, str] | None = None,
    **values: object,
) -> web.Response:
    status = Invalid.http_status if wrong else 200
    return render_page(
        request,
        template,
        name="change",
        status=status if failed is None else failed.http_status,
        mine=mine,
        appointment=mine.appointment,
        asked=mine.appointment.state is State.TENTATIVE,
        host=mine.host,
        wish=mine.wish,
        zone=mine.wish.zone,
        differs=differ(mine.appointment.start_at, mine.wish.zone, mine.host.zone),
        failed="" if failed is None else failed.said,
        wrong=wrong or {},
        **values,
    )


def _see(
    request: web.Request, appointment: Appointment, place: str, now: datetime
) -> web.StreamResponse:
    response = web.Response(status=303, headers={"Location": place})
    stay(request, response, appointment, now)
    return response
