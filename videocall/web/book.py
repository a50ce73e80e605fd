"""A therapist's booking page: free times, a form while the time is held, the session link.

It is found by a private id alone. What was typed goes along with every choice, so that nothing is
lost when somebody was faster. Opening it changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

from videocall.access.people import Person
from videocall.errors import Conflict, Invalid, NotFound, TooMany
from videocall.ids import AppointmentId
from videocall.scheduling.hours import Rules
from videocall.scheduling.timespan import Timespan
from videocall.scheduling.zones import zone
from videocall.store.bookings import Hold
from videocall.web.agenda import session_link
from videocall.web.cookies import forget_hold, hold_token, keep_hold
from videocall.web.fields import Fields
from videocall.web.keys import BOOKINGS, NOW, PEOPLE, PLANS
from videocall.web.pace import keep_pace
from videocall.web.pages import page as render_page
from videocall.web.posted import Posted, form
from videocall.web.qr import qr
from videocall.web.session import begin_visit, visited
from videocall.web.zones import regions

_DAYS_SHOWN: Final = 7
_NO_PAGE: Final = (
    "This booking link opens nothing any more. Please ask your therapist for a new one."
)


@dataclass(frozen=True, slots=True)
class Offer:
    """A free time, as its button tells it."""

    start_at: datetime
    differs: bool
    """Whether the therapist's clock reads another time."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Which times somebody looks at, and what they have typed so far."""

    zone: str
    chosen: bool
    """Whether the zone was chosen; the page may guess it otherwise."""
    minutes: int
    from_on: date | None
    typed: Mapping[str, str]


async def page(request: web.Request) -> web.Response:
    """Show free times."""
    host = await _host(request)
    query = request.query
    asked = {name: query.get(name, "") for name in ("zone", "minutes", "from")}
    return await _times(request, host, await _wish(request, host, Posted(asked)))


async def times(request: web.Request) -> web.Response:
    """Show free times again, and keep what was typed for later."""
    host = await _host(request)
    return await _times(request, host, await _wish(request, host, await form(request)))


async def choose(request: web.Request) -> web.Response:
    """Hold a time for this browser and show the form; or fresh times if somebody was faster."""
    host = await _host(request)
    posted = await form(request)
    wish = await _wish(request, host, posted)
    fields = Fields(posted, None)
    move = fields.move()
    if move is None:
        return await _times(request, host, wish, Invalid("Please choose a time."))
    keep_pace(request)
    now, mine = request.app[NOW](), hold_token(request)
    try:
        hold = await request.app[BOOKINGS].hold(host.id, move.start_at, move.minutes, now, mine)
    except (Conflict, Invalid, TooMany) as error:
        return await _times(request, host, wish, error)
    response = _details(request, host, wish, hold.span, {}, hold)
    keep_hold(request, response, hold.token, int((hold.expires_at - now).total_seconds()))
    return response


async def book(request: web.Request) -> web.StreamResponse:
    """Book the time; whoever was slower gets fresh times and loses nothing of what was typed."""
    host = await _host(request)
    posted = await form(request)
    wish = await _wish(request, host, posted)
    fields = Fields(posted, None)
    command = fields.book(host.id)
    if command is None:
        move = fields.move()
        if move is None:
            return await _times(request, host, wish, Invalid("Please choose a time."))
        span = Timespan(move.start_at, move.start_at + timedelta(minutes=max(move.minutes, 1)))
        return _details(request, host, wish, span, fields.wrong)
    keep_pace(request)
    now = request.app[NOW]()
    try:
        made = await request.app[BOOKINGS].book(command, now, hold_token(request))
    except (Conflict, Invalid) as error:
        return await _times(request, host, wish, error)
    response = web.Response(status=303, headers={"Location": f"/booked/{made.id}"})
    begin_visit(request, response, made, now)
    forget_hold(request, response)
    return response


async def booked(request: web.Request) -> web.Response:
    """Show the session link to the browser that booked it."""
    appointment = await visited(request, AppointmentId(request.match_info["id"]))
    host = await request.app[PEOPLE].get(appointment.therapist)
    link = session_link(request, appointment)
    here = appointment.client_zone or (host.zone if host is not None else "UTC")
    return render_page(
        request,
        "book/booked.html",
        name="booked",
        appointment=appointment,
        host=host,
        zone=here,
        differs=host is not None and _differ(appointment.start_at, here, host.zone),
        link=link,
        qr=qr(link),
    )


async def _host(request: web.Request) -> Person:
    """Return whose page this is; raises NotFound, the same for every id that opens nothing."""
    therapist = await request.app[PLANS].by_page(request.match_info["page"])
    host = None if therapist is None else await request.app[PEOPLE].get(therapist)
    if host is None:
        raise NotFound(_NO_PAGE)
    return host


async def _wish(request: web.Request, host: Person, posted: Posted) -> Wish:
    """Read what was asked for; what cannot be read is as if it was not said."""
    rules = (await request.app[PLANS].get(host.id)).rules
    try:
        here, chosen = zone(posted.text("zone")).key, True
    except Invalid:
        here, chosen = host.zone, False
    try:
        from_on = date.fromisoformat(posted.text("from"))
    except ValueError:
        from_on = None
    typed = {name: posted.text(name) for name in ("name", "email", "kind")}
    return Wish(here, chosen, _minutes(posted.text("minutes"), rules), from_on, typed)


def _minutes(text: str, rules: Rules) -> int:
    offered = {str(length): length for length in rules.lengths_min}
    return offered.get(text, rules.lengths_min[-1])


async def _times(
    request: web.Request,
    host: Person,
    wish: Wish,
    failed: Conflict | Invalid | TooMany | None = None,
) -> web.Response:
    now = request.app[NOW]()
    rules = (await request.app[PLANS].get(host.id)).rules
    ahead = Timespan(now, now + timedelta(days=rules.ahead_days))
    mine = hold_token(request)
    free = await request.app[BOOKINGS].free(host.id, wish.minutes, now, ahead, mine)
    days: dict[date, list[Offer]] = {}
    for slot in free:
        on = slot.start_at.astimezone(ZoneInfo(wish.zone)).date()
        differs = _differ(slot.start_at, wish.zone, host.zone)
        days.setdefault(on, []).append(Offer(slot.start_at, differs))
    order = sorted(days)
    first = next((at for at, on in enumerate(order) if wish.from_on and on >= wish.from_on), 0)
    return render_page(
        request,
        "book/times.html",
        name="book",
        status=200 if failed is None else failed.http_status,
        host=host,
        path=f"/book/{request.match_info['page']}",
        wish=wish,
        failed="" if failed is None else failed.said,
        days=[(days[on][0].start_at, days[on]) for on in order[first : first + _DAYS_SHOWN]],
        earlier=order[max(first - _DAYS_SHOWN, 0)] if first else None,
        later=order[first + _DAYS_SHOWN] if first + _DAYS_SHOWN < len(order) else None,
        lengths=rules.lengths_min,
        regions=regions(),
    )


def _details(
    request: web.Request,
    host: Person,
    wish: Wish,
    span: Timespan,
    wrong: Mapping[str, str],
    hold: Hold | None = None,
) -> web.Response:
    return render_page(
        request,
        "book/details.html",
        name="details",
        status=Invalid.http_status if wrong else 200,
        host=host,
        path=f"/book/{request.match_info['page']}",
        wish=wish,
        span=span,
        differs=_differ(span.start_at, wish.zone, host.zone),
        wrong=wrong,
        held_until=hold.expires_at if hold is not None else None,
    )


def _differ(at: datetime, zone_name: str, other: str) -> bool:
    here, there = at.astimezone(ZoneInfo(zone_name)), at.astimezone(ZoneInfo(other))
    return here.utcoffset() != there.utcoffset()
