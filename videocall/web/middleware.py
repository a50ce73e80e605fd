"""Rules that hold for every request: where it comes from, and what its failure looks like."""

import logging
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from aiohttp import web
from aiohttp.typedefs import Handler

from videocall.errors import Forbidden, NotFound, Text, TooMany, VideocallError, trace
from videocall.web.api.problems import Fault, Unusable, is_api
from videocall.web.api.problems import problem as api_problem
from videocall.web.guard import SignedOut
from videocall.web.keys import BOARD, RENDER, SITE
from videocall.web.pages import page, wants_page

_log: Final = logging.getLogger(__name__)
_SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
_BODY_TEXT: Final = Text("This is larger than anything this page sends.")
_UNEXPECTED: Final = Text("Something went wrong on our side. Please try again in a moment.")
_NOTHING: Final = Text("There is nothing at this address.")
_OTHERWISE: Final = Text("This address is used another way.")


@web.middleware
async def failures(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Translate what went wrong into a page for people, or problem+json (RFC 9457)."""
    try:
        return await handler(request)
    except SignedOut as error:
        if wants_page(request) and request.method == "GET":
            return _to_signin(request)
        return _failure(request, error.http_status, error.code, error.said)
    except VideocallError as error:
        if error.http_status < 500 or error.http_status == 503:
            faults = error.faults if isinstance(error, Unusable) else ()
            return _failure(request, error.http_status, error.code, error.said, faults)
        return _unexpected(request, error)
    except web.HTTPRequestEntityTooLarge as error:
        return _failure(request, error.status, "too_large", _BODY_TEXT)
    except web.HTTPNotFound as error:
        return _failure(request, error.status, NotFound.code, _NOTHING)
    except web.HTTPMethodNotAllowed as error:
        answer = _failure(request, error.status, "method", _OTHERWISE)
        answer.headers["Allow"] = error.headers["Allow"]
        return answer
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _failure(request, error.status, "http", error.reason)
    except ConnectionError:  # The browser left before it was answered: nobody is there to tell.
        return web.Response(status=499)
    except Exception as error:  # The last line of defence: told by type, never by content.
        return _unexpected(request, error)


@web.middleware
async def same_origin(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let unsafe methods come from our own pages only.

    Browsers of today say so in Sec-Fetch-Site (which a page cannot forge); an older one must send
    our exact Origin. Neither, or `null`, is refused. The API knows no cookies: who asks there has a
    token, which no page can make a browser send.
    """
    if request.method not in _SAFE_METHODS and not is_api(request):
        fetch_site = request.headers.get("Sec-Fetch-Site")
        if fetch_site is None:
            allowed = request.headers.get("Origin") == request.app[SITE].public_url
        else:
            allowed = fetch_site == "same-origin"
        if not allowed:
            raise Forbidden("This was not sent from a page of this site.", code="cross_site")
    return await handler(request)


MIDDLEWARES: Final = (failures, same_origin)


def problem(status: int, code: str, text: str) -> web.Response:
    """Answer with problem+json, and our short `text` beside its `detail`."""
    return web.json_response(
        {"type": f"about:blank#{code}", "title": code.replace("_", " "), "status": status,
         "detail": text, "code": code, "text": text},
        status=status,
        content_type="application/problem+json",
    )  # fmt: skip


def _failure(
    request: web.Request, status: int, code: str, text: str, faults: Sequence[Fault] = ()
) -> web.Response:
    if is_api(request):
        answer = api_problem(request, status, code, str(text), faults)
    elif wants_page(request):
        answer = page(request, "failure.html", name="failure", status=status, code=code, text=text)
    else:
        accepted = request.headers.get("Accept-Language", "")
        answer = problem(status, code, request.app[RENDER].say(text, accepted))
    if status in (TooMany.http_status, 503):
        answer.headers["Retry-After"] = "30"
    return answer


def _unexpected(request: web.Request, error: Exception) -> web.Response:
    resource = request.match_info.route.resource
    place = resource.canonical if resource is not None else "no route"
    _log.error("a page failed: %s: %s", place, trace(error))
    request.app[BOARD].failed("page")
    return _failure(request, 500, "internal", _UNEXPECTED)


def _to_signin(request: web.Request) -> web.Response:
    to = quote(request.path, safe="/")
    return web.Response(status=303, headers={"Location": f"/signin?to={to}"})
