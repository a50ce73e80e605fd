"""The UDP door: one socket that is drained by one callback, with nothing made for each packet.

A datagram costs one `recvfrom_into`, one lookup of where it came from, and one `sendto`.
"""

import asyncio
import struct
from collections.abc import Callable
from dataclasses import dataclass
from socket import SO_RCVBUF, SO_SNDBUF, SOL_SOCKET, socket
from typing import Final

from videocall.relay.doors import PACKET_MAX_BYTES, Desk
from videocall.relay.lane import Address, Lane
from videocall.relay.readings import Drop, Transport

BUFFER_BYTES: Final = 4 * 1024 * 1024
AT_ONCE: Final = 64
"""Datagrams taken in one callback, so that TCP, timers and the web have their turn."""

_SO_MEMINFO: Final = 55
_MEMINFO: Final = struct.Struct("9I")
"""`SK_MEMINFO_VARS` of linux/sock_diag.h; the last is what was thrown away."""


class UdpDoor:
    """One UDP socket, of one family."""

    def __init__(self, opened: socket, desk: Desk) -> None:
        opened.setsockopt(SOL_SOCKET, SO_RCVBUF, BUFFER_BYTES)
        opened.setsockopt(SOL_SOCKET, SO_SNDBUF, BUFFER_BYTES)
        self.socket = opened
        self.lanes: dict[Address, Lane] = {}
        self._desk = desk
        self._buffer = bytearray(PACKET_MAX_BYTES + 1)
        # What was received is cut out by a lookup: cutting takes longer.
        whole = memoryview(self._buffer)
        self._views = [whole[:size] for size in range(PACKET_MAX_BYTES + 1)]
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(opened.fileno(), self._drain)

    @property
    def port(self) -> int:
        port: int = self.socket.getsockname()[1]
        return port

    @property
    def kernel_dropped(self) -> int:
        """How many datagrams the kernel threw away; 0 where it does not tell."""
        try:
            told = self.socket.getsockopt(SOL_SOCKET, _SO_MEMINFO, _MEMINFO.size)
            return int(_MEMINFO.unpack(told)[-1])
        except (OSError, struct.error):
            return 0

    def _drain(self) -> None:
        desk = self._desk
        now = desk.steady()
        receive, buffer = self.socket.recvfrom_into, self._buffer
        views, lanes = self._views, self.lanes
        try:
            for _ in range(AT_ONCE):
                size, address = receive(buffer)
                first = buffer[0]
                if not 0 < size <= PACKET_MAX_BYTES:
                    desk.dropped[Drop.UNFIT] += 1
                elif 128 <= first < 192 or 20 <= first < 64:  # RFC 7983 section 7
                    lane = lanes.get(address)
                    if lane is not None:
                        lane.carry(views[size], size, first, now)
                    else:
                        desk.dropped[Drop.STRANGER] += 1
                elif first < 4:
                    source = UdpSource(self, address)
                    desk.check(views[size], source, address[0], address[1])
                else:
                    desk.dropped[Drop.UNFIT] += 1
        except OSError:  # nothing more is there
            pass
        desk.busy_s += desk.steady() - now

    def close(self) -> None:
        self._loop.remove_reader(self.socket.fileno())
        self.socket.close()


@dataclass(frozen=True, slots=True)
class UdpSource:
    """An address at a UDP socket."""

    door: UdpDoor
    address: Address

    @property
    def transport(self) -> Transport:
        return Transport.UDP

    @property
    def send(self) -> Callable[[bytes | memoryview, Address], object]:
        return self.door.socket.sendto

    @property
    def lane(self) -> Lane | None:
        return self.door.lanes.get(self.address)

    def bind(self, lane: Lane | None) -> None:
        if lane is None:
            self.door.lanes.pop(self.address, None)
        else:
            self.door.lanes[self.address] = lane
