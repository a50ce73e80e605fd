"""What machines ask: is the process alive, can it do its work, what are its figures."""

import hmac

from aiohttp import web

from videocall.errors import Forbidden, Unavailable
from videocall.web.keys import BOARD, DATABASE, HUB, SITE


async def livez(_request: web.Request) -> web.Response:
    """Answer while the event loop turns; a restart would drop sockets, so little else counts."""
    return web.json_response({"status": "pass"})


async def readyz(request: web.Request) -> web.Response:
    """Answer 200 when new people can be served, 503 with the failing check when not.

    The shape is borrowed from draft-inadarei-api-health-check.
    """
    checks = {"database": "pass", "signalling": "pass"}
    try:
        await request.app[DATABASE].check()
    except Unavailable as error:
        checks["database"] = f"fail: {error.text}"
    if request.app[HUB].draining:
        checks["signalling"] = "fail: restarting"
    passed = all(check == "pass" for check in checks.values())
    body = {"status": "pass" if passed else "fail", "checks": checks}
    return web.json_response(body, status=200 if passed else Unavailable.http_status)


async def metrics(request: web.Request) -> web.Response:
    """Return the figures for Prometheus, to whoever has the token where one is configured."""
    token = request.app[SITE].metrics_token
    if token:
        shown = request.headers.get("Authorization", "")
        if not hmac.compare_digest(shown.encode(), f"Bearer {token}".encode()):
            raise Forbidden("The metrics need their token: Authorization: Bearer ...")
    text = request.app[BOARD].metrics_text(request.app[HUB].rooms())
    return web.Response(
        body=text, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
    )
