"""The API explained, for people and as OpenAPI: open to anybody, it tells of no practice."""

from functools import cache
from typing import Final

import msgspec
from aiohttp import web

from videocall.scheduling.events import EventType
from videocall.store.answers import KEPT_FOR
from videocall.store.deliveries import TRIED_FOR
from videocall.web.api import examples
from videocall.web.api.caller import PER_WINDOW, WINDOW_S
from videocall.web.api.openapi import EVENTS, document
from videocall.web.api.problems import PREFIX, PROBLEMS
from videocall.web.api.repeats import HEADER
from videocall.web.api.routes import OPERATIONS
from videocall.web.api.wire import PAGE_MAX
from videocall.web.keys import SITE
from videocall.web.pages import page as render_page

_HOUR_S: Final = 3600


def routes() -> list[web.RouteDef]:
    """Return the table of what is served."""
    return [
        web.get("/api", page),
        web.get(f"{PREFIX}/openapi.json", openapi),
        *(operation.route() for operation in OPERATIONS),
    ]


async def page(request: web.Request) -> web.Response:
    """Explain the API to a person."""
    url = request.app[SITE].public_url
    return render_page(
        request,
        "api/page.html",
        name="api",
        base=url + PREFIX,
        operations=OPERATIONS,
        problems=PROBLEMS,
        events=EVENTS,
        arrived=EventType.ARRIVED,
        key_header=HEADER,
        key_hours=int(KEPT_FOR.total_seconds()) // _HOUR_S,
        tried_days=TRIED_FOR.days,
        page_max=PAGE_MAX,
        per_window=PER_WINDOW,
        window_s=WINDOW_S,
        key=examples.KEY,
        new=examples.pretty(examples.NEW),
        made=examples.pretty(examples.made(url)),
        refused=examples.pretty(examples.refused(url)),
        message=examples.MESSAGE_BODY,
        message_headers=examples.MESSAGE_HEADERS,
        secret=examples.SECRET,
    )


async def openapi(request: web.Request) -> web.Response:
    """Return the OpenAPI document."""
    site = request.app[SITE]
    return web.Response(
        body=_document(site.public_url, site.version), content_type="application/json"
    )


@cache
def _document(public_url: str, version: str) -> bytes:
    return msgspec.json.encode(document(OPERATIONS, public_url, version))
