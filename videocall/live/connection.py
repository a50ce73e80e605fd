"""One browser's WebSocket: a reader that is never hurried and an outbox nobody waits for."""

import asyncio
from collections.abc import Callable
from typing import Final

from aiohttp import WSMsgType, web

from videocall.errors import CloseCode, ProtocolError
from videocall.signalling.messages import FRAME_MAX_BYTES
from videocall.signalling.quota import TokenBucket

OUTBOX_MAX_BYTES: Final = 1024 * 1024
STALLED_MAX_S: Final = 10.0
SILENT_MAX_S: Final = 30.0
THROTTLED_MAX: Final = 200

# aiohttp's send waits for the network only above this many bytes. Out of reach, it never does:
# the frame is in the transport when the call returns, and the transport's buffer is our outbox.
_NEVER_WAIT: Final = 2**62


def websocket(subprotocol: str) -> web.WebSocketResponse[bool]:
    """Return a WebSocket as every socket of ours is: one subprotocol, no compression, bounded.

    permessage-deflate is off: it costs memory per socket and makes secrets guessable by size.
    """
    return web.WebSocketResponse(
        protocols=(subprotocol,),
        compress=False,
        max_msg_size=FRAME_MAX_BYTES,
        writer_limit=_NEVER_WAIT,
        decode_text=False,
        timeout=5.0,
    )


class Connection:
    """A WebSocket that is open, from the upgrade to its close."""

    __slots__ = (
        "_bucket",
        "_closing",
        "_pinged_at",
        "_stalled_at",
        "_throttled",
        "_transport",
        "_ws",
        "close_code",
        "heard_at",
    )  # fmt: skip

    def __init__(
        self, ws: web.WebSocketResponse[bool], transport: asyncio.WriteTransport, now: float
    ) -> None:
        self._ws = ws
        self._transport = transport
        self._bucket = TokenBucket(now)
        self._throttled = 0
        self._stalled_at: float | None = None
        self._closing: asyncio.Task[bool] | None = None
        self.heard_at = now
        self._pinged_at = now
        self.close_code: int = CloseCode.GOING_AWAY

    @property
    def open(self) -> bool:
        return self._closing is None and not self._ws.closed

    def post(self, frame: bytes) -> None:
        """Send a text frame now, or nothing where the socket is gone. Never waits."""
        if not self.open:
            return
        sending = self._ws.send_frame(frame, WSMsgType.TEXT)
        try:
            sending.send(None)
        except (StopIteration, ConnectionError):
            pass
        finally:
            sending.close()
        if self._transport.get_write_buffer_size() > OUTBOX_MAX_BYTES:
            self.close(CloseCode.SLOW)

    def close(self, code: CloseCode, reason: str = "") -> None:
        """Say goodbye with `code`; a browser that does not answer is cut after 5 s."""
        if self._closing is not None:
            return
        self.close_code = code
        message = reason.encode()[:120]
        closing = self._ws.close(code=code, message=message, drain=False)
        self._closing = asyncio.get_running_loop().create_task(closing)

    def cut(self) -> None:
        """Drop the socket without a word: nobody is there to hear it."""
        self.close_code = CloseCode.GOING_AWAY
        self._transport.abort()

    def wants_ping(self, now: float, ping_s: float) -> bool:
        """Tell whether the last ping is `ping_s` old; a browser that is gone is cut instead."""
        if self._overdue(now):
            self.cut()
            return False
        if now - self._pinged_at < ping_s:
            return False
        self._pinged_at = now
        return True

    def _overdue(self, now: float) -> bool:
        """Tell whether the browser has gone: silent for 30 s, or not reading for 10 s."""
        if now - self.heard_at > SILENT_MAX_S:
            return True
        if self._transport.get_write_buffer_size() == 0:
            self._stalled_at = None
        elif self._stalled_at is None:
            self._stalled_at = now
        return self._stalled_at is not None and now - self._stalled_at > STALLED_MAX_S

    async def read(self, on_frame: Callable[[bytes], None], monotonic: Callable[[], float]) -> None:
        """Hand every frame to `on_frame` until the socket closes.

        A browser that speaks faster than its quota is read slower, so nothing is lost; one that
        keeps it up is closed. ProtocolError from `on_frame` closes the socket with its code.
        """
        receive = self._ws.receive
        while True:
            message = await receive()
            if message.type is not WSMsgType.TEXT:
                if message.type is WSMsgType.BINARY:
                    self.close(CloseCode.PROTOCOL, "Frames are JSON text.")
                    continue
                if self._closing is None and self._ws.close_code is not None:
                    self.close_code = self._ws.close_code
                return
            self.heard_at = now = monotonic()
            wait_s = self._bucket.take(now)
            if wait_s:
                self._throttled += 1
                if self._throttled > THROTTLED_MAX:
                    self.close(CloseCode.PROTOCOL, "Too many messages: at most 20 a second.")
                    continue
                await asyncio.sleep(wait_s)
            else:
                self._throttled = 0
            if self._closing is not None:
                continue
            try:
                on_frame(message.data)
            except ProtocolError as error:
                self.close(error.close_code, error.text)
