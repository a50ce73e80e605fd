"""Rooms now, for operators: under opaque ids, never with a name, an address or content."""

import msgspec
from aiohttp import web

from videocall.web.guard import operator
from videocall.web.keys import BOARD, HUB, RELAY, STEADY
from videocall.web.pages import page as render_page


async def page(request: web.Request) -> web.Response:
    """Show the board; its script fills it every two seconds."""
    await operator(request)
    return render_page(request, "board/page.html", name="board")


async def rooms(request: web.Request) -> web.Response:
    """Return the rooms now, those in trouble first, and the relay; instants are steady Unix
    seconds.
    """
    await operator(request)
    now = request.app[STEADY]()
    rows = request.app[BOARD].rows(request.app[HUB].rooms(), now)
    relay = request.app[RELAY]() if RELAY in request.app else None
    body = msgspec.json.encode({"now": now, "rooms": rows, "relay": relay})
    return web.Response(body=body, content_type="application/json")
