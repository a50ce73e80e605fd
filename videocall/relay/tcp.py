"""The TCP door: ICE-TCP, passive (RFC 6544), each packet behind its length (RFC 4571)."""

import asyncio
from collections import Counter
from ipaddress import ip_address
from socket import IPPROTO_TCP, TCP_NODELAY, socket
from typing import Final, cast

from videocall.relay.doors import PACKET_MAX_BYTES, Desk
from videocall.relay.lane import Lane
from videocall.relay.limits import Limits
from videocall.relay.readings import Drop, Transport

UNPROVEN_MAX_S: Final = 10.0
FAILED_MAX: Final = 8
"""Checks of a connection that may fail before it is cut; a browser's first is right."""
STALLED_BYTES: Final = 64 * 1024
"""Above this what waits to go out is late already: new packets are dropped, not queued."""
_BACKLOG: Final = 256
_LENGTH_BYTES: Final = 2


class TcpDoor:
    """The TCP sockets that listen, and whoever connected."""

    def __init__(self, desk: Desk, limits: Limits) -> None:
        self.desk = desk
        self._limits = limits
        self._connections: dict[TcpConnection, None] = {}
        """In the order they came."""
        self._households: Counter[bytes] = Counter()
        self._servers: list[asyncio.Server] = []

    async def listen(self, opened: socket) -> None:
        loop = asyncio.get_running_loop()
        self._servers.append(
            await loop.create_server(lambda: TcpConnection(self), sock=opened, backlog=_BACKLOG)
        )

    @property
    def ports(self) -> list[int]:
        return [server.sockets[0].getsockname()[1] for server in self._servers]

    def enter(self, connection: "TcpConnection") -> bool:
        """Count a connection; tell whether there is room for it.

        Where all places are taken, the unproven one that came first makes room: whoever has many
        addresses could fill them otherwise, and a browser proves itself at once.
        """
        if self._households[connection.household] >= self._limits.tcp_per_address_max:
            return False
        if len(self._connections) >= self._limits.tcp_max:
            unproven = (each for each in self._connections if each.lane is None)
            first = next(unproven, None)
            if first is None:
                return False
            first.cut()
        self._connections[connection] = None
        self._households[connection.household] += 1
        return True

    def leave(self, connection: "TcpConnection") -> None:
        household = connection.household
        if connection in self._connections:
            del self._connections[connection]
            self._households[household] -= 1
            if not self._households[household]:
                del self._households[household]

    def pass_time(self, now: float) -> None:
        """Cut whoever has not proven in 10 s whose browser it is, or is no longer heard."""
        for connection in list(self._connections):
            if connection.lane is None and now - connection.strange_at > UNPROVEN_MAX_S:
                connection.cut()

    def close(self) -> None:
        for server in self._servers:
            server.close()
        self._servers.clear()
        for connection in list(self._connections):
            connection.cut()


class TcpConnection(asyncio.BufferedProtocol):
    """One connection: a source of its own."""

    name: Final = b""
    transport: Final = Transport.TCP

    def __init__(self, door: TcpDoor) -> None:
        self.door = door
        self._desk = door.desk
        self._buffer = bytearray(4 * PACKET_MAX_BYTES)
        self._filled = 0
        self._failed = 0
        self._never_proven = True
        self._wire: asyncio.Transport | None = None
        self.household = b""
        self.lane: Lane | None = None
        self.strange_at = self._desk.steady()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._wire = cast(asyncio.Transport, transport)
        peer = transport.get_extra_info("peername")
        if not peer:  # gone already
            self.cut()
            return
        self._host, self._port = peer[:2]
        # An IPv4 address, or a /64 of IPv6: one line of one household has as many as that.
        self.household = ip_address(self._host).packed[:8]
        if not self.door.enter(self):
            self.cut()
            return
        transport.get_extra_info("socket").setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002
        self.cut()
        self._desk.lost(self)

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002
        return memoryview(self._buffer)[self._filled :]

    def buffer_updated(self, nbytes: int) -> None:
        now = self._desk.steady()
        self._filled += nbytes
        view = memoryview(self._buffer)
        at = 0
        while self._filled - at >= _LENGTH_BYTES and self._wire is not None:
            size = view[at] << 8 | view[at + 1]
            if size > PACKET_MAX_BYTES:
                self._unfit()
                self.cut()
                return
            end = at + _LENGTH_BYTES + size
            if end > self._filled:
                break
            self._frame(view[at + _LENGTH_BYTES : end], size, now)
            at = end
        self._buffer[: self._filled - at] = self._buffer[at : self._filled]
        self._filled -= at
        self._desk.busy_s += self._desk.steady() - now

    def _frame(self, packet: memoryview, size: int, now: float) -> None:
        """Take a packet; who was never proven may send checks alone, and few that fail."""
        first = packet[0] if size else 255
        if first < 4:  # RFC 7983 section 7
            self._desk.check(packet, self, self._host, self._port)
            self._failed += self.lane is None
        elif not (128 <= first < 192 or 20 <= first < 64):
            self._unfit()
        elif self.lane is not None:
            self.lane.carry(packet, size, first, now)
        else:
            self._desk.dropped[Drop.STRANGER] += 1
        if self._failed >= FAILED_MAX or (self._never_proven and first >= 4):
            self.cut()

    def _unfit(self) -> None:
        self._desk.dropped[Drop.UNFIT] += 1

    def send(self, packet: bytes | memoryview) -> None:
        """Send a packet now. Raises BlockingIOError where too much is waiting to go out."""
        wire = self._wire
        if wire is None or wire.is_closing() or wire.get_write_buffer_size() > STALLED_BYTES:
            raise BlockingIOError
        wire.write(len(packet).to_bytes(_LENGTH_BYTES, "big") + packet)

    def bind(self, lane: Lane | None) -> None:
        self.lane = lane
        self._failed = 0
        self._never_proven = False
        self.strange_at = self._desk.steady()

    def cut(self) -> None:
        """End the connection now: its place is free, and what it still sent is not looked at."""
        wire, self._wire = self._wire, None
        if wire is not None:
            wire.abort()
        self.door.leave(self)
