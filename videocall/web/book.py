"""A therapist's booking page: free times, a form while the time is held, the session link.

It is found by a private id alone. What was typed goes along with every choice, so that nothing is
lost when somebody was faster. Opening it changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Final

from aiohttp import web

from videocall.access.people import Person
from videocall.errors import Conflict, Invalid, NotFound, Text, TooMany
from videocall.scheduling.appointment import Party
from videocall.scheduling.hours import Rules
from videocall.scheduling.timespan import Timespan
from videocall.store.bookings import Hold
from videocall.web.changes import tell
from videocall.web.cookies import forget_hold, hold_token, keep_hold
from videocall.web.fields import Fields
from videocall.web.keys import BOOKINGS, NOW, PEOPLE, PLANS, SITE
from videocall.web.offers import differ, read_from, read_zone
from videocall.web.offers import times as offers
from videocall.web.pace import keep_pace
from videocall.web.pages import language
from videocall.web.pages import page as render_page
from videocall.web.posted import Posted, form
from videocall.web.privacy import ground, require_way
from videocall.web.session import begin_visit
from videocall.web.zones import regions

_TYPED: Final = ("name", "email", "phone", "kind", "reason", "address_privacy")
_NO_PAGE: Final = (
    "This booking link opens nothing any more. Please ask your therapist for a new one."
)


@dataclass(frozen=True, slots=True)
class Wish:
    """Which times somebody looks at, and what they have typed so far."""

    zone: str
    chosen: bool
    """Whether the zone was chosen; the page may guess it otherwise."""
    minutes: int
    from_on: date | None
    typed: Mapping[str, str]

    @property
    def typing(self) -> bool:
        """Whether there is anything that could be lost."""
        return any(text for name, text in self.typed.items() if name != "kind")


async def page(request: web.Request) -> web.Response:
    """Show free times."""
    host = await _host(request)
    query = request.query
    asked = {name: query.get(name, "") for name in ("zone", "minutes", "from")}
    return await _times(request, host, await _wish(request, host, Posted(asked)))


async def times(request: web.Request) -> web.Response:
    """Show free times again, and keep what was typed for later."""
    host = await _host(request)
    return await _times(request, host, await _wish(request, host, await _posted(request)))


async def choose(request: web.Request) -> web.Response:
    """Hold a time for this browser and show the form; or fresh times if somebody was faster."""
    host = await _host(request)
    posted = await _posted(request)
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
    response = await _details(request, host, wish, hold.span, {}, hold)
    keep_hold(request, response, hold.token, int((hold.expires_at - now).total_seconds()))
    return response


async def book(request: web.Request) -> web.StreamResponse:
    """Book the time; whoever was slower gets fresh times and loses nothing of what was typed."""
    host = await _host(request)
    posted = await _posted(request)
    wish = await _wish(request, host, posted)
    fields = Fields(posted, None)
    command = fields.book(host.id)
    rules = (await request.app[PLANS].get(host.id)).rules
    if command is not None and command.kind not in rules.kinds:
        fields.wrong["kind"] = Text("Please choose how you meet.")
    if command is None or fields.wrong:
        move = fields.move()
        if move is None:
            return await _times(request, host, wish, Invalid("Please choose a time."))
        span = Timespan(move.start_at, move.start_at + timedelta(minutes=max(move.minutes, 1)))
        return await _details(request, host, wish, span, fields.wrong)
    keep_pace(request)
    now = request.app[NOW]()
    asked = replace(
        command, by=Party.CLIENT, tentative=rules.confirm, client_language=language(request)
    )
    try:
        require_way(request.app[SITE], wanted=asked.address_privacy)
        made = await request.app[BOOKINGS].book(asked, now, hold_token(request))
    except (Conflict, Invalid) as error:
        return await _times(request, host, wish, error)
    await tell(request.app, asked, made)
    response = web.Response(status=303, headers={"Location": f"/booked/{made.id}"})
    begin_visit(request, response, made, now)
    forget_hold(request, response)
    return response


async def _host(request: web.Request) -> Person:
    """Return whose page this is; raises NotFound, the same for every id that opens nothing."""
    therapist = await request.app[PLANS].by_page(request.match_info["page"])
    host = None if therapist is None else await request.app[PEOPLE].get(therapist)
    if host is None:
        raise NotFound(_NO_PAGE)
    return host


async def _posted(request: web.Request) -> Posted:
    """Read the form; a telephone number only where it would be of use."""
    posted = await form(request)
    texts = request.app[SITE].texts
    return Posted({name: text for name, text in posted.fields.items() if texts or name != "phone"})


async def _wish(request: web.Request, host: Person, posted: Posted) -> Wish:
    """Read what was asked for; what cannot be read is as if it was not said."""
    rules = (await request.app[PLANS].get(host.id)).rules
    here = read_zone(posted)
    typed = {name: posted.text(name) for name in _TYPED}
    minutes = _minutes(posted.text("minutes"), rules)
    return Wish(here or host.zone, here is not None, minutes, read_from(posted), typed)


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
    return render_page(
        request,
        "book/times.html",
        name="book",
        status=200 if failed is None else failed.http_status,
        host=host,
        path=f"/book/{request.match_info['page']}",
        wish=wish,
        failed="" if failed is None else failed.said,
        times=offers(free, wish.zone, host.zone, wish.from_on),
        rules=rules,
        regions=regions(),
    )


async def _details(
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
        rules=(await request.app[PLANS].get(host.id)).rules,
        differs=differ(span.start_at, wish.zone, host.zone),
        ground=ground(request.app[SITE], therapist_private=host.address_privacy),
        wrong=wrong,
        held_until=hold.expires_at if hold is not None else None,
    )
