"""One way through a bridge: from one browser to the other's nominated pair, unopened."""

from collections import deque
from collections.abc import Callable
from typing import Any, Final, Protocol

from videocall.relay.meter import Meter
from videocall.relay.readings import Drop, Transport

Address = tuple[Any, ...]
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
    """Where a browser is heard from: its address at a socket of ours, or its TCP connection.

    `send` takes a packet and `address`; it raises OSError where no more goes out now.
    """

    @property
    def address(self) -> Address: ...
    @property
    def transport(self) -> Transport: ...
    @property
    def send(self) -> Callable[[bytes | memoryview, Address], object]: ...
    @property
    def lane(self) -> "Lane | None":
        """What packets from here are carried by."""

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
        "_address", "_allowance", "_dropped_in_all", "_held", "_packets_before", "_send", "dropped",
        "meter", "packets",
    )  # fmt: skip

    def __init__(self, allowance: Allowance, dropped_in_all: Drops, now: float) -> None:
        self._allowance = allowance
        self._dropped_in_all = dropped_in_all
        self._held: deque[bytes] = deque()
        self._send: Callable[[bytes | memoryview, Address], object] | None = None
        self._address: Address = ()
        self.dropped = no_drops()
        self.meter = Meter(now)
        self.packets = self._packets_before = 0

    def carry(self, packet: memoryview, size: int, first: int, now: float) -> None:
        """Pass on `size` bytes of DTLS, RTP or RTCP, as their `first` says, or count why not."""
        meter = self.meter
        meter.bytes += size
        if first >= 128:
            if size < RTP_MIN_BYTES:
                self.drop(Drop.UNFIT)
                return
            meter.rtp(packet, now)
        send = self._send
        if send is None:
            self._early(packet)
            return
        allowance = self._allowance
        allowance.left_bytes -= size
        if allowance.left_bytes < 0 and not allowance.refill(now):
            allowance.left_bytes += size
            self.drop(Drop.OVER_LIMIT)
            return
        try:
            send(packet, self._address)
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
        self._send, self._address = source.send, source.address
        while self._held:
            try:
                source.send(self._held.popleft(), source.address)
            except OSError:
                self.drop(Drop.STALLED)
            else:
                self.packets += 1

    def close(self) -> None:
        """Carry nothing until there is a pair again."""
        self._send = None

    def tick(self, now: float) -> int:
        """End an interval of the meter; return how many packets were passed on in it."""
        self.meter.tick(now)
        passed, self._packets_before = self.packets - self._packets_before, self.packets
        return passed
