"""What machines ask: is the process alive, can it do its work, what are its figures."""

import hmac

from aiohttp import web

from videocall.errors import Forbidden, Unavailable
from videocall.relay.readings import Readings
from videocall.scheduling.letters import Channel
from videocall.web.keys import BOARD, DATABASE, DELIVERIES, HUB, NOW, OUTBOX, RELAY, SITE


async def livez(_request: web.Request) -> web.Response:
    """Answer while the event loop turns; a restart would drop sockets, so little else counts."""
    return web.json_response({"status": "pass"})


async def readyz(request: web.Request) -> web.Response:
    """Answer 200 when new people can be served, 503 with the failing check when not.

    Letters that could not be sent, webhooks that fail and a relay in trouble are warnings: nobody
    is kept from a room by them.

    The shape is borrowed from draft-inadarei-api-health-check.
    """
    checks: dict[str, str] = {"database": "pass", "signalling": "pass"}
    try:
        await request.app[DATABASE].check()
        site = request.app[SITE]
        for channel, used in ((Channel.MAIL, site.mails), (Channel.SMS, site.texts)):
            if used:
                checks[channel] = await _letters(request, channel)
        checks["webhooks"] = await _webhooks(request)
    except Unavailable as error:
        checks["database"] = f"fail: {error.text}"
    if RELAY in request.app:
        checks["relay"] = _relay(request.app[RELAY]())
    if request.app[HUB].draining:
        checks["signalling"] = "fail: restarting"
    words = {check.partition(":")[0] for check in checks.values()}
    status = next(word for word in ("fail", "warn", "pass") if word in words)
    body = {"status": status, "checks": checks}
    return web.json_response(body, status=Unavailable.http_status if status == "fail" else 200)


async def _letters(request: web.Request, channel: Channel) -> str:
    unsent = await request.app[OUTBOX].unsent(request.app[NOW](), channel)
    if unsent.failed or unsent.late:
        return f"warn: {unsent.failed} letters failed, {unsent.late} late"
    return "pass"


async def _webhooks(request: web.Request) -> str:
    health = await request.app[DELIVERIES].health()
    if health.failing or health.stopped:
        return f"warn: {health.failing} fail, {health.stopped} stopped"
    return "pass"


def _relay(readings: Readings) -> str:
    trouble = readings.trouble or ("" if readings.up else "down")
    return f"warn: {trouble}" if trouble else "pass"


async def metrics(request: web.Request) -> web.Response:
    """Return the figures for Prometheus, to whoever has the token where one is configured."""
    token = request.app[SITE].metrics_token
    if token:
        shown = request.headers.get("Authorization", "")
        if not hmac.compare_digest(shown.encode(errors="replace"), f"Bearer {token}".encode()):
            raise Forbidden("The metrics need their token: Authorization: Bearer ...")
    text = request.app[BOARD].metrics_text(request.app[HUB].rooms())
    return web.Response(
        body=text, headers={"Content-Type": "text/plain; version=0.0.4; charset=utf-8"}
    )
