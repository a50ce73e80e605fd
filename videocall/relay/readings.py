"""What operators see of the relay, by bridge and in all: read off clear headers alone."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

from msgspec import Struct

from videocall.ids import BridgeId
from videocall.signalling.messages import Seat


class Transport(StrEnum):
    UDP = "udp"
    TCP = "tcp"


class Drop(StrEnum):
    """Why a datagram or a frame went no further."""

    STRANGER = "stranger"
    """From an address that no check has proven."""
    UNFIT = "unfit"
    """Neither STUN, DTLS nor RTP (RFC 7983), too long, or STUN that cannot be read."""
    UNPROVEN = "unproven"
    """A check for no leg of ours, with the wrong integrity, or repeated from elsewhere."""
    EARLY = "early"
    """The other leg has no pair yet, or is heard no more."""
    STALLED = "stalled"
    """The way out takes no more now: a full socket or a TCP connection that hangs."""
    OVER_LIMIT = "over limit"
    """More than a bridge may carry."""


class Way(Struct, frozen=True, gc=False):
    """What came from one seat's browser over the last second of the clock, and in all."""

    transport: Transport | None = None
    """How its pair was nominated; None: there is none."""
    up: bool = False
    kbps: float = 0.0
    packets: int = 0
    """Passed on, since the bridge was made."""
    loss: float | None = None
    """Share of RTP packets that never reached us (RFC 3550 section 6.4.1); None without RTP."""
    jitter_ms: float | None = None
    """The worst stream's interarrival jitter (RFC 3550 section 6.4.1)."""
    pauses: int = 0
    """How often nothing came for more than 500 ms, between packets of media."""
    longest_pause_ms: float = 0.0
    """In the last minute."""
    dropped: Mapping[Drop, int] = {}


class BridgeReading(Struct, frozen=True, gc=False):
    """One bridge. `age_s` is how long it has been there."""

    id: BridgeId
    age_s: float
    ways: Mapping[Seat, Way]


class Readings(Struct, frozen=True, gc=False):
    """The whole relay."""

    up: bool
    bridges: Sequence[BridgeReading] = ()
    bridges_max: int = 0
    kbps: float = 0.0
    kbps_max: int = 0
    packets_per_s: float = 0.0
    load: float = 0.0
    """Share of one core that the relay's loop is busy, 0 to 1."""
    dropped: Mapping[Drop, int] = {}
    """Since the start, whatever belongs to no bridge included."""
    kernel_dropped: int = 0
    """Datagrams the kernel threw away because the socket was full."""
    listening: Sequence[str] = ()
    """Transports and ports, such as udp/3480; what browsers are told is in `candidates`."""
    trouble: str = ""
    """What an operator should do something about, in one sentence; empty: nothing."""
