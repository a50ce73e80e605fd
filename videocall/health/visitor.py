"""The example client of the protocol, on a real WebSocket: for tests, probes and load.

async with ClientSession(...) as http:
    visitor = Visitor(http, "https://call.example.org")
    room = await visitor.open_link(token)
    await visitor.connect(room)
    admitted = await visitor.hear(Admitted)
"""

import asyncio
import secrets
from typing import TypeVar

from aiohttp import ClientSession, ClientWebSocketResponse, WSMsgType

from videocall.errors import CloseCode, LinkInvalid, Refusal
from videocall.signalling.caller import Caller
from videocall.signalling.messages import SUBPROTOCOL, Down, Ping, Up, Welcome

TIMEOUT_S = 20.0

_M = TypeVar("_M", bound=Down)


class Closed(Refusal):
    """The server closed the socket; `close_code_heard` says why."""

    def __init__(self, code: int) -> None:
        super().__init__(f"the socket was closed with {code}", code="closed")
        self.close_code_heard = code


class Visitor:
    """One page of one browser, without the browser; `http` holds its cookies."""

    def __init__(self, http: ClientSession, public_url: str, *, tab: str | None = None) -> None:
        self._http = http
        self._url = public_url
        self._path = ""
        self._ws: ClientWebSocketResponse | None = None
        self.caller = Caller(secrets.token_urlsafe(12), tab or secrets.token_urlsafe(12))

    async def open_link(self, token: str) -> str:
        """Exchange the token of a session link; return the room's path. Raises LinkInvalid."""
        headers = {"Origin": self._url}
        async with self._http.post(
            f"{self._url}/j", json={"token": token}, headers=headers
        ) as answer:
            if answer.status != 200:
                raise LinkInvalid("the link opens nothing")
            body = await answer.json()
            return str(body["to"])

    async def connect(self, path: str = "") -> Welcome | None:
        """Open a socket to the room at `path`, or again to the last, and say hello.

        Returns the welcome, or None where another message came first (declined, ended).
        """
        self._path = path or self._path
        await self.drop()
        self._ws = await self._http.ws_connect(
            f"{self._url}{self._path}/socket",
            protocols=[SUBPROTOCOL],
            origin=self._url,
            max_msg_size=64 * 1024,
        )
        await self._ws.send_str(self.caller.hello().decode())
        first = await self.hear_any()
        return first if isinstance(first, Welcome) else None

    async def say(self, message: Up) -> None:
        frame = self.caller.say(message)
        if self._ws is not None:
            await self._ws.send_str(frame.decode())

    async def send_raw(self, frame: str | bytes) -> None:
        """Send any frame, well formed or not."""
        if self._ws is not None:
            await (
                self._ws.send_str(frame) if isinstance(frame, str) else self._ws.send_bytes(frame)
            )

    async def hear_any(self) -> Down:
        """Return the next message, pings answered. Raises Closed, TimeoutError after 20 s."""
        ws = self._ws
        if ws is None:
            raise Closed(CloseCode.GOING_AWAY)
        while True:
            async with asyncio.timeout(TIMEOUT_S):
                frame = await ws.receive()
            if frame.type is not WSMsgType.TEXT:
                raise Closed(frame.data if frame.type is WSMsgType.CLOSE else ws.close_code or 1006)
            message, again = self.caller.heard(frame.data.encode())
            for each in again:
                await ws.send_str(each.decode())
            if isinstance(message, Ping):
                await ws.send_str(self.caller.pong().decode())
            elif message is not None:
                return message

    async def hear(self, kind: type[_M]) -> _M:
        """Return the next message of this kind, whatever comes before it."""
        while True:
            message = await self.hear_any()
            if isinstance(message, kind):
                return message

    async def closed(self) -> int:
        """Wait for the server to close the socket; return its code."""
        try:
            while True:
                await self.hear_any()
        except Closed as closed:
            return closed.close_code_heard

    async def drop(self) -> None:
        """Close the socket; the peer stays ours, to resume as."""
        ws, self._ws = self._ws, None
        if ws is not None and not ws.closed:
            await ws.close()
