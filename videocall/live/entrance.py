"""What a socket goes through: the upgrade, hello within 5 s, its room or desk, its close.

Who may come in was decided before the upgrade, by the door.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

from aiohttp import web

from videocall.errors import CloseCode, Invalid, ProtocolError, trace
from videocall.ids import VisitId
from videocall.live import desks
from videocall.live.connection import Connection, websocket
from videocall.live.hub import Approach, Hub, Opening
from videocall.live.line import Line
from videocall.live.socket import Socket
from videocall.signalling.messages import (
    DESK_SUBPROTOCOL,
    SUBPROTOCOL,
    UNCOUNTED_UP,
    Admit,
    BadMessage,
    Decline,
    Hello,
    Refused,
    SendNote,
    parse,
    parse_desk,
)

log = logging.getLogger(__name__)


class Listener(Protocol):
    """Who hears what a socket says."""

    def on_frame(self, frame: bytes) -> None:
        """Take a frame. Raises ProtocolError where the socket is to be closed."""

    def on_gone(self) -> None:
        """The socket is closed."""


class RoomListener:
    """A browser in a room: hello first, then its messages."""

    __slots__ = ("_approach", "_hub", "_line", "_opening", "_socket", "_visit")

    def __init__(
        self, hub: Hub, approach: Approach, opening: Opening, visit: VisitId, socket: Socket
    ) -> None:
        self._hub = hub
        self._approach = approach
        self._opening = opening
        self._visit = visit
        self._socket = socket
        self._line: Line | None = None
        hub.knock(socket)

    def on_frame(self, frame: bytes) -> None:
        line = self._line
        try:
            parsed = parse(frame)
        except BadMessage as error:
            if line is None:
                raise ProtocolError("Say hello first.") from error
            self._hub.refuse(line, error, error.seq)
            return
        message = parsed.message
        if line is None:
            if not isinstance(message, Hello):
                raise ProtocolError("Say hello first.")
            self._line = self._hub.enter(
                self._approach, self._opening, self._visit, message, self._socket
            )
            return
        if not parsed.seq and not isinstance(message, UNCOUNTED_UP):
            raise ProtocolError("This message must be numbered.")
        self._hub.hear(self._opening.appointment, line, parsed)

    def on_gone(self) -> None:
        self._hub.gone(self._opening.appointment, self._line, self._socket)


class DeskListener:
    """A therapist's page, wherever she is in the product."""

    __slots__ = ("_hub", "_socket", "_therapist")

    def __init__(self, hub: Hub, therapist: str, socket: Socket) -> None:
        self._hub = hub
        self._therapist = therapist
        self._socket = socket
        hub.sit_down(therapist, socket)

    def on_frame(self, frame: bytes) -> None:
        try:
            message = parse_desk(frame).message
        except BadMessage as error:
            self._hub.observer.refused(error.code)
            desks.post(self._socket, Refused(error.code, error.text, error.seq))
            return
        match message:
            case Admit(appointment=appointment, peer=peer, also=also):
                self._hub.admit(self._therapist, self._socket, appointment, peer, also=also)
            case Decline(appointment=appointment, peer=peer):
                self._hub.decline(self._therapist, self._socket, appointment, peer)
            case SendNote(appointment=appointment, peer=peer, text=text):
                self._hub.note(self._therapist, self._socket, appointment, peer, text)
            case _:
                pass

    def on_gone(self) -> None:
        self._hub.stand_up(self._therapist, self._socket)


async def enter_room(
    request: web.Request,
    hub: Hub,
    approach: Approach,
    opening: Opening,
    visit: VisitId,
    steady: Callable[[], float],
) -> web.StreamResponse:
    """Serve one browser in a room, from the upgrade to the close of its socket."""
    ws, connection = await _upgrade(request, SUBPROTOCOL, steady())
    await _serve(connection, RoomListener(hub, approach, opening, visit, connection), hub, steady)
    return ws


async def enter_desk(
    request: web.Request, hub: Hub, therapist: str, steady: Callable[[], float]
) -> web.StreamResponse:
    """Serve a therapist's product-wide socket."""
    ws, connection = await _upgrade(request, DESK_SUBPROTOCOL, steady())
    await _serve(connection, DeskListener(hub, therapist, connection), hub, steady)
    return ws


async def _upgrade(
    request: web.Request, subprotocol: str, now: float
) -> tuple[web.WebSocketResponse[bool], Connection]:
    """Open the WebSocket. Raises Invalid where the browser does not speak our subprotocol."""
    offered = request.headers.get("Sec-WebSocket-Protocol", "")
    ws = websocket(subprotocol)
    if subprotocol not in [name.strip() for name in offered.split(",")] or not ws.can_prepare(
        request
    ):
        raise Invalid("Open this as a WebSocket with the subprotocol %(name)s.", name=subprotocol)
    await ws.prepare(request)
    transport = request.transport
    if not isinstance(transport, asyncio.WriteTransport):
        raise ConnectionResetError
    return ws, Connection(ws, transport, now)


async def _serve(
    connection: Connection, listener: Listener, hub: Hub, steady: Callable[[], float]
) -> None:
    """Read until the socket closes; a bug of ours costs this socket and nobody else's."""

    def on_frame(frame: bytes) -> None:
        try:
            listener.on_frame(frame)
        except ProtocolError:
            raise
        except Exception as error:
            log.error("a message could not be handled: %s", trace(error))
            hub.observer.failed("message")
            connection.close(CloseCode.INTERNAL)

    try:
        await connection.read(on_frame, steady)
    finally:
        listener.on_gone()
