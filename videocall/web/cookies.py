"""The cookies: who is signed in, the visit of one appointment, the time held to be booked.

Over https their names carry the `__Host-` prefix, which a browser binds to this very host and to
a secure connection (RFC 6265bis section 4.1.3.2). Plain http is for a computer's own localhost.
Lax, not Strict: a link in a mail must find the person signed in.
"""

from typing import Final

from aiohttp import web

from videocall.web.keys import SITE, Site

_SIGNIN: Final = "signin"
_VISIT: Final = "visit"
_HOLD: Final = "hold"
_ID_CHARS: Final = 12


def signin_token(request: web.Request) -> str | None:
    """Return the token of the signed-in session, if the browser sent one."""
    return request.cookies.get(_name(request.app[SITE], _SIGNIN))


def keep_signin(request: web.Request, response: web.StreamResponse, token: str) -> None:
    site = request.app[SITE]
    _set(site, response, _name(site, _SIGNIN), token, site.signin_absolute_h * 3600)


def forget_signin(request: web.Request, response: web.StreamResponse) -> None:
    site = request.app[SITE]
    _set(site, response, _name(site, _SIGNIN), "", 0)


def visit_token(request: web.Request, appointment: str) -> str | None:
    """Return the token of this browser's visit of `appointment`, if it sent one."""
    return request.cookies.get(_visit_name(request.app[SITE], appointment))


def keep_visit(
    request: web.Request, response: web.StreamResponse, appointment: str, token: str, age_s: int
) -> None:
    site = request.app[SITE]
    _set(site, response, _visit_name(site, appointment), token, age_s)


def hold_token(request: web.Request) -> str:
    """Return the token of the time this browser holds; empty where there is none."""
    return request.cookies.get(_name(request.app[SITE], _HOLD), "")


def keep_hold(request: web.Request, response: web.StreamResponse, token: str, age_s: int) -> None:
    site = request.app[SITE]
    _set(site, response, _name(site, _HOLD), token, age_s)


def forget_hold(request: web.Request, response: web.StreamResponse) -> None:
    site = request.app[SITE]
    _set(site, response, _name(site, _HOLD), "", 0)


def _visit_name(site: Site, appointment: str) -> str:
    return _name(site, f"{_VISIT}-{appointment[:_ID_CHARS]}")


def _name(site: Site, name: str) -> str:
    return f"__Host-{name}" if site.secure else name


def _set(site: Site, response: web.StreamResponse, name: str, value: str, age_s: int) -> None:
    response.set_cookie(
        name, value, max_age=age_s, path="/", secure=site.secure, httponly=True, samesite="Lax"
    )
