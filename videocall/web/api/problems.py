"""What goes wrong over the API, as problem+json (RFC 9457).

A problem's `type` is its place on the page `/api`, where PROBLEMS is shown.
"""

from collections.abc import Sequence
from typing import Final

import msgspec
from aiohttp import web

from videocall.errors import Conflict, Invalid, Refusal
from videocall.web.keys import SITE

PREFIX: Final = "/api/v1"

PROBLEMS: Final[dict[str, tuple[int, str]]] = {
    "malformed": (400, "The body is no JSON, or a header cannot be read."),
    "unauthorized": (401, "There is no token, or it opens nothing (any more)."),
    "not_found": (404, "There is no such thing, or it is outside the reach of the token."),
    "method": (405, "The address is used another way; `Allow` says how."),
    "conflict": (409, "What was asked for is not possible in the present state."),
    "overlap": (409, "The therapist has another appointment then."),
    "held": (409, "A client is booking this time just now; it is settled within ten minutes."),
    "taken": (409, "The time is not, or no longer, one of the free slots."),
    "notice": (409, "It is too late for a client to move it."),
    "begun": (409, "It has begun; a client cannot cancel it."),
    "undo": (409, "There is nothing to undo, or it is too late."),
    "in_progress": (409, "A request with this idempotency key is being worked on."),
    "stale": (412, "The appointment is not as `If-Match` says; get it again."),
    "too_large": (413, "The body is larger than 64 KiB."),
    "unsupported": (415, "The body is not sent as application/json."),
    "invalid": (422, "A value cannot be used; `errors` says which."),
    "key_reused": (422, "The idempotency key was used for another request."),
    "too_many": (429, "Too many requests; `Retry-After` says when to go on."),
    "internal": (500, "Something went wrong on our side."),
    "unavailable": (503, "Not now, and nothing was changed; try again shortly."),
}


class Fault(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One value that cannot be used: a place in the body (RFC 6901), or a parameter."""

    detail: str
    pointer: str | None = None
    parameter: str | None = None


class Problem(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What went wrong. Programs look at `code`; `detail` is for people."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    errors: list[Fault] = []


class Unusable(Invalid):
    """Values of a request that cannot be used, each with its place."""

    def __init__(self, text: str, faults: Sequence[Fault]) -> None:
        super().__init__(text)
        self.faults = list(faults)


class Malformed(Refusal):
    code = "malformed"
    http_status = 400


class Unauthorized(Refusal):
    code = "unauthorized"
    http_status = 401


class Stale(Conflict):
    code = "stale"
    http_status = 412


class Unsupported(Refusal):
    code = "unsupported"
    http_status = 415


def is_api(request: web.Request) -> bool:
    """Tell whether a program asks."""
    return request.path.startswith(f"{PREFIX}/")


def problem(
    request: web.Request, status: int, code: str, text: str, faults: Sequence[Fault] = ()
) -> web.Response:
    """Answer with a problem."""
    body = Problem(
        type=f"{request.app[SITE].public_url}/api#{code}",
        title=code.replace("_", " "),
        status=status,
        detail=text,
        code=code,
        errors=list(faults),
    )
    answer = web.Response(
        body=msgspec.json.encode(body), status=status, content_type="application/problem+json"
    )
    if status == Unauthorized.http_status:
        answer.headers["WWW-Authenticate"] = 'Bearer realm="videocall"'
    return answer
