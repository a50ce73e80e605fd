"""The UDP door: one socket that is drained by one callback, with nothing made for each packet.

What lies there is taken by one system call, and what goes on from this socket leaves by another.
"""

import asyncio
import struct
from dataclasses import dataclass
from socket import SO_RCVBUF, SO_SNDBUF, SOL_SOCKET, socket
from typing import Final

from videocall.relay.batch import Batch
from videocall.relay.doors import PACKET_MAX_BYTES, Desk
from videocall.relay.lane import Lane
from videocall.relay.readings import Drop, Transport

BUFFER_BYTES: Final = 4 * 1024 * 1024

_SO_MEMINFO: Final = 55
_MEMINFO: Final = struct.Struct("9I")
"""`SK_MEMINFO_VARS` of linux/sock_diag.h; the last is what was thrown away."""
_STUN_END: Final = 4
_MEDIA: Final = bytes(128 <= first < 192 or 20 <= first < 64 for first in range(256))
"""By its first byte: whether a packet is DTLS, RTP or RTCP (RFC 7983 section 7)."""
_UNFIT: Final = 255


class UdpDoor:
    """One UDP socket, of one family. `lanes` has what carries packets by where they come from."""

    def __init__(self, opened: socket, desk: Desk) -> None:
        opened.setsockopt(SOL_SOCKET, SO_RCVBUF, BUFFER_BYTES)
        opened.setsockopt(SOL_SOCKET, SO_SNDBUF, BUFFER_BYTES)
        self.socket = opened
        self.lanes: dict[bytes, Lane] = {}
        self._desk = desk
        # One byte more than may be: who fills it sent too much.
        self._batch = Batch(opened, PACKET_MAX_BYTES + 1)
        self._carried: dict[int, Lane] = {}
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
        batch, lanes, carried = self._batch, self.lanes, self._carried
        datagrams, sizes, names, spans = batch.datagrams, batch.sizes, batch.names, batch.spans
        now = self._desk.steady()
        unsent = 0
        count = batch.receive()
        for slot in range(count):
            packet, size, name = datagrams[slot], sizes[slot], names[slot].tobytes()
            lane = lanes.get(name)
            first = packet[0] if 0 < size <= PACKET_MAX_BYTES else _UNFIT
            if lane is not None and lane.door is self and _MEDIA[first]:
                if lane.admits(packet, size, first, now):
                    carried[slot] = lane
                    lane.packets += 1
                    names[slot][:] = lane.name
                    spans[slot] = size
                    continue
            else:
                self._take(packet[:size], first, name, now)
            self._send(unsent, slot)
            unsent = slot + 1
        self._send(unsent, count)
        self._desk.busy_s += self._desk.steady() - now

    def _take(self, packet: memoryview, first: int, name: bytes, now: float) -> None:
        """Take what does not simply go on from this socket."""
        lane = self.lanes.get(name)
        if first < _STUN_END:
            address = self._batch.address(name)
            self._desk.check(packet, UdpSource(self, name), address[0], address[1])
        elif not _MEDIA[first]:
            self._desk.dropped[Drop.UNFIT] += 1
        elif lane is None:
            self._desk.dropped[Drop.STRANGER] += 1
        else:
            lane.carry(packet, len(packet), first, now)

    def _send(self, first: int, end: int) -> None:
        for slot in self._batch.send(first, end):
            lane = self._carried[slot]
            lane.packets -= 1
            lane.drop(Drop.STALLED)

    def send(self, packet: bytes | memoryview, name: bytes) -> None:
        """Send one datagram now. Raises OSError."""
        self.socket.sendto(packet, self._batch.address(name))

    def close(self) -> None:
        self._loop.remove_reader(self.socket.fileno())
        self.socket.close()


@dataclass(frozen=True, slots=True)
class UdpSource:
    """An address at a UDP socket."""

    door: UdpDoor
    name: bytes

    @property
    def transport(self) -> Transport:
        return Transport.UDP

    @property
    def lane(self) -> Lane | None:
        return self.door.lanes.get(self.name)

    def send(self, packet: bytes | memoryview) -> None:
        self.door.send(packet, self.name)

    def bind(self, lane: Lane | None) -> None:
        if lane is None:
            self.door.lanes.pop(self.name, None)
        else:
            self.door.lanes[self.name] = lane
