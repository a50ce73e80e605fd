"""An SMS gateway that listens, checks what it is asked, and can be told to misbehave."""

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from standardwebhooks import Webhook

from videocall.letters.sms import Gateway

SECRET = "whsec_" + "bm9ib2R5IGtub3dzIHRoaXMgb25l" + "bm9ib2R5"
Misbehave = Callable[[web.Request], Coroutine[Any, Any, web.StreamResponse]]


@dataclass
class SmsGateway:
    """What was sent, each text once, and how to answer: `replies` are used up, then 202."""

    url: str = ""
    sent: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: int = 0
    elsewhere: int = 0
    replies: list[int | web.Response | Misbehave] = field(default_factory=list)
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    hold: asyncio.Event | None = None
    """Where set, the answer waits for it."""

    async def take(self, request: web.Request) -> web.StreamResponse:
        self.asked += 1
        self.reached.set()
        body = await request.text()
        said = request.headers
        at = datetime.fromtimestamp(int(said["webhook-timestamp"]), UTC)
        if said["webhook-signature"] != Webhook(SECRET).sign(said["webhook-id"], at, body):
            return web.Response(status=401)
        if self.hold is not None:
            await self.hold.wait()
        reply = self.replies.pop(0) if self.replies else 202
        if callable(reply):
            return await reply(request)
        if isinstance(reply, web.Response):
            return reply
        if reply < 300:
            self.note(body)
        return web.Response(status=reply, text="an answer that nobody reads")

    def note(self, body: str) -> None:
        sms = json.loads(body)
        self.sent.setdefault(sms["id"], sms)

    async def other(self, request: web.Request) -> web.Response:
        self.elsewhere += 1
        return web.Response()

    @property
    def texts(self) -> list[str]:
        return [sms["text"] for sms in self.sent.values()]

    def gateway(
        self, timeout_s: float = 10.0, trust: ssl.SSLContext | None = None, secret: str = SECRET
    ) -> Gateway:
        return Gateway(self.url, secret, "Willow", timeout_s, trust)

    # ---- how it may misbehave --------------------------------------------------------------------

    async def drop(self, request: web.Request) -> web.StreamResponse:
        """Break the connection without an answer."""
        assert request.transport is not None
        request.transport.abort()
        return web.Response()

    async def take_and_drop(self, request: web.Request) -> web.StreamResponse:
        """Send the text, and break the connection before the answer."""
        self.note(await request.text())
        return await self.drop(request)

    async def drop_in_the_first_line(self, request: web.Request) -> web.StreamResponse:
        assert isinstance(request.transport, asyncio.Transport)
        request.transport.write(b"HTTP/1.1 20")
        return await self.drop(request)

    async def never_end(self, request: web.Request) -> web.StreamResponse:
        """Answer that it is sent, and go on for as long as somebody reads."""
        self.note(await request.text())
        answer = web.StreamResponse()
        await answer.prepare(request)
        while True:
            await answer.write(b"." * 65536)


@asynccontextmanager
async def listening(
    gateway: SmsGateway, tls: ssl.SSLContext | None = None
) -> AsyncIterator[SmsGateway]:
    """Listen on a free port of this machine."""
    app = web.Application()
    app.router.add_post("/send", gateway.take)
    app.router.add_route("*", "/elsewhere", gateway.other)
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls)
    await site.start()
    port = runner.addresses[0][1]
    gateway.url = f"http{'s' if tls else ''}://localhost:{port}/send"
    try:
        yield gateway
    finally:
        await runner.cleanup()
