"""Signing in with a password or a one-click link, and signing out.

Whatever fails is answered with one text, after the same work: an unknown address costs one
Argon2 computation as a wrong password does. Trials are counted by account and by household.
"""

import asyncio
import hashlib
import re
from typing import Final

from aiohttp import web
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from videocall.access.passwords import verify
from videocall.access.people import Person
from videocall.errors import Forbidden, LinkInvalid, TooMany, VideocallError
from videocall.web.address import client_address, group
from videocall.web.cookies import forget_signin, keep_signin, signin_token
from videocall.web.guard import someone
from videocall.web.headers import CLEAR
from videocall.web.keys import HUB, KEYRING, NOW, PEOPLE, SITE
from videocall.web.pages import home
from videocall.web.pages import page as render_page
from videocall.web.posted import Link, form, json_body

_WINDOW_MIN: Final = 15
_PER_ACCOUNT_HERE: Final = RateLimitItemPerMinute(10, _WINDOW_MIN)
_PER_ACCOUNT: Final = RateLimitItemPerMinute(200, _WINDOW_MIN)
"""Far above the one before: a stranger elsewhere must not lock a therapist out."""
_PER_HOUSEHOLD: Final = RateLimitItemPerMinute(40, _WINDOW_MIN)
_AT_ONCE: Final = 2
_KEYS_MAX: Final = 50_000
_WRONG: Final = "This e-mail address and password do not fit together."
_TOO_MANY: Final = "Too many attempts. Please wait a quarter of an hour and try again."
_LINK_USED_UP: Final = "This sign-in link no longer works. Please sign in with your password."
# A place on this site, and nothing that a browser could take for another one.
_PLACE: Final = re.compile(r"/[A-Za-z0-9_-]+(/[A-Za-z0-9_-]+)*")


class Throttle:
    """Counts sign-in trials in a sliding quarter of an hour, in memory alone."""

    def __init__(self) -> None:
        self._storage = MemoryStorage()
        self._limiter = MovingWindowRateLimiter(self._storage)
        self.computing = asyncio.Semaphore(_AT_ONCE)

    def attempt(self, email: str, household: str) -> None:
        """Count one trial; raises TooMany beyond 10 an account and household, or 40 a household."""
        # The storage forgets no key by itself; who fills it with names only starts it afresh.
        if len(self._storage.events) > _KEYS_MAX:
            self._storage.reset()
        hit, account = self._limiter.hit, _account(email)
        if not (
            hit(_PER_HOUSEHOLD, "household", household)
            and hit(_PER_ACCOUNT_HERE, "here", account, household)
            and hit(_PER_ACCOUNT, "account", account)
        ):
            raise TooMany(_TOO_MANY)

    def succeeded(self, email: str, household: str) -> None:
        self._limiter.clear(_PER_ACCOUNT_HERE, "here", _account(email), household)


THROTTLE: Final = web.AppKey("throttle", Throttle)


async def page(request: web.Request) -> web.Response:
    """Show the form; a person who is signed in may go straight on."""
    person = await someone(request)
    if person is not None:
        raise web.HTTPSeeOther(_onward(request.query.get("to", ""), person))
    return _form(request, to=request.query.get("to", ""))


async def submit(request: web.Request) -> web.StreamResponse:
    """Check e-mail and password, and begin a fresh session."""
    posted = await form(request)
    email, to = posted.text("email"), posted.text("to")
    password = posted.fields.get("password", "")
    try:
        person = await _check(request, email, password)
    except VideocallError as error:
        return _form(request, to=to, email=email, failed=error.said, status=error.http_status)
    response = web.Response(status=303, headers={"Location": _onward(to, person)})
    await _begin(request, response, person)
    return response


async def exchange(request: web.Request) -> web.Response:
    """Exchange the token of `/signin#<token>` for a session."""
    link = await json_body(request, Link)
    people, now = request.app[PEOPLE], request.app[NOW]()
    try:
        person = await people.get(request.app[KEYRING].read_signin(link.token, now))
    except LinkInvalid:
        person = None
    if person is None:
        raise LinkInvalid(_LINK_USED_UP)
    response = web.json_response({"to": home(person)})
    await _begin(request, response, person)
    return response


async def sign_out(request: web.Request) -> web.Response:
    """End the session here and let the browser forget what it kept."""
    token = signin_token(request)
    person = await someone(request)
    if token is not None:
        await request.app[PEOPLE].sign_out(token)
    if person is not None:
        request.app[HUB].signed_out(person.id)
    response = web.Response(status=303, headers={"Location": "/", "Clear-Site-Data": CLEAR})
    forget_signin(request, response)
    return response


async def _check(request: web.Request, email: str, password: str) -> Person:
    throttle, site = request.app[THROTTLE], request.app[SITE]
    household = group(
        client_address(
            request.remote, request.headers.getall("X-Forwarded-For", []), site.trusted_proxies
        )
    )
    throttle.attempt(email, household)
    found = await request.app[PEOPLE].by_email(email)
    person, stored = found if found is not None else (None, None)
    async with throttle.computing:
        fits = await asyncio.to_thread(verify, site.passwords, stored, password)
    if person is None or not fits:
        raise Forbidden(_WRONG)
    throttle.succeeded(email, household)
    return person


async def _begin(request: web.Request, response: web.StreamResponse, person: Person) -> None:
    """Begin a session under a new token; one that was there before ends."""
    people, now = request.app[PEOPLE], request.app[NOW]()
    before = signin_token(request)
    if before is not None:
        await people.sign_out(before)
    keep_signin(request, response, await people.signin(person.id, now))


def _form(
    request: web.Request, *, to: str, email: str = "", failed: str = "", status: int = 200
) -> web.Response:
    return render_page(
        request, "signin/page.html", name="signin", status=status, to=to, email=email, failed=failed
    )


def _onward(to: str, person: Person) -> str:
    return to if _PLACE.fullmatch(to) else home(person)


def _account(email: str) -> str:
    return hashlib.sha256(email.strip().lower().encode(errors="replace")).hexdigest()
