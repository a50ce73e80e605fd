"""A therapist's appointments in a calendar of her own: a private address to subscribe to.

Titles are neutral and no client is named. An entry links to the therapist's page of it, which asks
who she is, never to the client's link: calendars are kept by many hands.
"""

import asyncio
import hashlib
from collections.abc import Mapping
from datetime import timedelta
from typing import Final

from aiohttp import web

from videocall.access.people import Person
from videocall.errors import NotFound, Refusal
from videocall.scheduling.contents import BYTES_MAX
from videocall.scheduling.itip import Card, Mailbox, publish
from videocall.store.calendars import CALENDARS_MAX
from videocall.web.guard import therapist
from videocall.web.keys import APPOINTMENTS, CALENDARS, FEEDS, NOW, PEOPLE, RENDER, SITE
from videocall.web.pages import page as render_page

_BACK: Final = timedelta(days=30)
_AHEAD: Final = timedelta(days=2 * 366)


async def page(request: web.Request) -> web.Response:
    """Show whether there is an address, and what to do with it."""
    person = await therapist(request)
    return await show(request, person)


async def make(request: web.Request) -> web.Response:
    """Make a new address and show it, this once; an old one stops."""
    person = await therapist(request)
    secret = await request.app[FEEDS].make(person.id, request.app[NOW]())
    address = f"{request.app[SITE].public_url}/feed/{secret}.ics"
    return await show(request, person, address)


async def stop(request: web.Request) -> web.Response:
    """Stop the address."""
    person = await therapist(request)
    await request.app[FEEDS].stop(person.id, request.app[NOW]())
    return web.Response(status=303, headers={"Location": "/calendar?done=stopped"})


async def feed(request: web.Request) -> web.Response:
    """Return the appointments for a calendar program, or 304 where it has them already."""
    owner = await request.app[FEEDS].owner(request.match_info["secret"])
    person = await request.app[PEOPLE].get(owner) if owner is not None else None
    if person is None:
        raise NotFound("There is nothing at this address.")
    now = request.app[NOW]()
    appointments = await request.app[APPOINTMENTS].of_therapist(
        person.id, now - _BACK, now + _AHEAD
    )
    title, name = _words(request)
    url = request.app[SITE].public_url
    entries = [(each, Card(title, f"{url}/appointments/{each.id}")) for each in appointments]
    body = await asyncio.to_thread(publish, entries, Mailbox(request.app[SITE].practice, ""), name)
    tag = hashlib.sha256(body).hexdigest()[:32]
    known = request.if_none_match or ()
    response = web.Response(content_type="text/calendar", charset="utf-8")
    if any(each.value in (tag, "*") for each in known):
        response = web.Response(status=304)
    else:
        response.body = body
    response.etag = tag
    return response


async def show(
    request: web.Request,
    person: Person,
    address: str = "",
    *,
    typed: Mapping[str, str] | None = None,
    wrong: Mapping[str, Refusal] | None = None,
) -> web.Response:
    """Answer with the page of both ways: a new `address` of ours, and her other calendars.

    `wrong`: what was refused, by the field that it is told beside.
    """
    refused = dict(wrong or {})
    return render_page(
        request,
        "feed/page.html",
        name="calendar",
        status=next((error.http_status for error in refused.values()), 200),
        address=address,
        made_at=await request.app[FEEDS].made_at(person.id),
        others=await request.app[CALENDARS].of(person.id, request.app[NOW]()),
        most=CALENDARS_MAX,
        max_bytes=BYTES_MAX,
        typed=dict(typed or {}),
        wrong={field: error.said for field, error in refused.items()},
        done=request.query.get("done", ""),
    )


def _words(request: web.Request) -> tuple[str, str]:
    """Return the title of an entry and the name of the calendar, in the subscriber's language."""
    text = request.app[RENDER]("feed/words.txt", request.headers.get("Accept-Language", ""), {})
    title, name = text.split("\n")[:2]
    return title, name
