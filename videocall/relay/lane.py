"""One way through a bridge: from one browser to the other's nominated pair, unopened."""

from collections import deque
from typing import Final, Protocol

from videocall.relay.meter import Meter
from videocall.relay.readings import Drop, Transport

Drops = dict[Drop, int]

RTP_MIN_BYTES: Final = 12
HELD_MAX: Final = 8
"""Packets of a DTLS handshake that wait for the other side's pair; the oldest goes first."""
BURST_S: Final = 0.5


def is_dtls(first: int) -> bool:
    """Tell whether a packet that begins with this byte is DTLS (RFC 7983 section 7)."""
    return 20 <= first < 64


def no_drops() -> Drops:
    return dict.fromkeys(Drop, 0)


class Source(Protocol):
    """Where a browser is heard from: its address at a socket of ours, or its TCP connection."""

    @property
    def door(self) -> object:
        """Whose it is: what goes from one source of a UDP socket to another leaves in batches."""

    @property
    def name(self) -> bytes:
        """Its address as that socket names it; empty where there is no socket for many."""

    @property
    def transport(self) -> Transport: ...
    @property
    def lane(self) -> "Lane | None":
        """What packets from here are carried by."""

    def send(self, packet: bytes | memoryview) -> None:
        """Send a packet now. Raises OSError where no more goes out."""

    def bind(self, lane: "Lane | None") -> None:
        """Have packets from here carried by `lane`; None: they are a stranger's again."""


class Allowance:
    """How much a bridge may still carry now, both ways together: a bucket of half a second."""

    __slots__ = ("_at", "_burst_bytes", "_bytes_per_s", "left_bytes")

    def __init__(self, kbps: int, now: float) -> None:
        self._bytes_per_s = kbps * 1000 / 8
        self._burst_bytes = self.left_bytes = self._bytes_per_s * BURST_S
        self._at = now

    def refill(self, now: float) -> bool:
        """Add what time has brought; tell whether there is any. Need not be asked until it is out.

        So a packet costs one subtraction and no look at the clock.
        """
        self.left_bytes += (now - self._at) * self._bytes_per_s
        self.left_bytes = min(self._burst_bytes, self.left_bytes)
        self._at = now
        return self.left_bytes >= 0


class Lane:
    """Carries what a proven source sends; closed until the other side has a nominated pair."""

    __slots__ = (
        "_allowance", "_dropped_in_all", "_held", "_packets_before", "_to", "door", "dropped",
        "meter", "name", "packets",
    )  # fmt: skip

    def __init__(self, allowance: Allowance, dropped_in_all: Drops, now: float) -> None:
        self._allowance = allowance
        self._dropped_in_all = dropped_in_all
        self._held: deque[bytes] = deque()
        self._to: Source | None = None
        self.door: object = None
        self.name = b""
        self.dropped = no_drops()
        self.meter = Meter(now)
        self.packets = self._packets_before = 0

    def admits(self, packet: memoryview, size: int, first: int, now: float) -> bool:
        """Measure a packet of DTLS, RTP or RTCP, as its `first` byte says; tell whether it goes on.

        `packet` has `size` bytes at least; what is beyond is not looked at.
        """
        meter = self.meter
        if first >= 128:
            if size < RTP_MIN_BYTES:
                self.drop(Drop.UNFIT)
                return False
            meter.rtp(packet, now)
        allowance = self._allowance
        allowance.left_bytes -= size
        if allowance.left_bytes < 0 and not allowance.refill(now):
            allowance.left_bytes += size
            self.drop(Drop.OVER_LIMIT)
            return False
        # What is over the limit must not count: one bridge would keep out every new one by it.
        meter.bytes += size
        return True

    def carry(self, packet: memoryview, size: int, first: int, now: float) -> None:
        """Pass on such a packet of exactly `size` bytes, or count why not."""
        if self.admits(packet, size, first, now):
            if self._to is None:
                self._early(packet)
            else:
                self._pass(packet, self._to)

    def _pass(self, packet: bytes | memoryview, to: Source) -> None:
        try:
            to.send(packet)
        except OSError:
            self.drop(Drop.STALLED)
        else:
            self.packets += 1

    def _early(self, packet: memoryview) -> None:
        """Hold a packet of a handshake, which is repeated only after a second; drop media."""
        if is_dtls(packet[0]):
            self._held.append(bytes(packet))
            if len(self._held) <= HELD_MAX:
                return
            self._held.popleft()
        self.drop(Drop.EARLY)

    def drop(self, why: Drop) -> None:
        self.dropped[why] += 1
        self._dropped_in_all[why] += 1

    def lead_to(self, source: Source) -> None:
        """Carry to there from now on, what was held first."""
        self._to, self.door, self.name = source, source.door, source.name
        while self._held:
            self._pass(self._held.popleft(), source)

    def close(self) -> None:
        """Carry nothing until there is a pair again."""
        self._to, self.door = None, None

    def tick(self, now: float) -> int:
        """End an interval of the meter; return how many packets were passed on in it."""
        self.meter.tick(now)
        passed, self._packets_before = self.packets - self._packets_before, self.packets
        return passed
