"""What happens to a room; instants are Unix seconds, handed in."""

from msgspec import Struct

from videocall.ids import BridgeId, PeerId, VisitId
from videocall.signalling.bridge import Bridge, LegState
from videocall.signalling.messages import Count, EndedBy, Hello, Seat, Up, WhyNot
from videocall.signalling.route import Ways


class Arrived(Struct, frozen=True, gc=False):
    """A browser was let through the door (by its cookie and today's row) and said hello."""

    peer: PeerId
    seat: Seat
    visit: VisitId
    hello: Hello
    now: float


class Resumed(Struct, frozen=True, gc=False):
    """A known peer is back on a new socket, within its window."""

    peer: PeerId
    now: float


class Lost(Struct, frozen=True, gc=False):
    """A peer's socket is gone."""

    peer: PeerId
    now: float


class Dropped(Struct, frozen=True, gc=False):
    """More waits for this peer than is kept for it: it cannot resume."""

    peer: PeerId


class Said(Struct, frozen=True, gc=False):
    """A peer sent a message, numbered `seq`."""

    peer: PeerId
    message: Up
    seq: Count
    now: float


class AdmitClicked(Struct, frozen=True, gc=False):
    """The therapist admits a waiting peer. `elsewhere`: she is in another live session."""

    peer: PeerId
    also: bool
    elsewhere: bool
    now: float


class DeclineClicked(Struct, frozen=True, gc=False):
    peer: PeerId
    now: float


class NoteWritten(Struct, frozen=True, gc=False):
    """The therapist sends a line to a waiting peer."""

    peer: PeerId
    text: str


class HostPresence(Struct, frozen=True, gc=False):
    """The therapist came to, or left, the product."""

    present: bool


class Closed(Struct, frozen=True, gc=False):
    """The session is over: ended from outside the room, cancelled, or past its time."""

    by: EndedBy


class LinkRevoked(Struct, frozen=True, gc=False):
    """The session link was reissued: every client peer goes, and its visit's right with it."""


class TimeMoved(Struct, frozen=True, gc=False):
    start_at: float
    end_at: float


class BridgeKnown(Struct, frozen=True, gc=False):
    """The relay's bridge for the two pages that met; with legs where it is up already."""

    bridge: Bridge


class BridgeRefused(Struct, frozen=True, gc=False):
    """The relay took no bridge, or lost it."""

    bridge: BridgeId
    why: WhyNot
    now: float


class LegTurned(Struct, frozen=True, gc=False):
    """The relay has the browser at `seat`, or has not heard of it for 30 s."""

    bridge: BridgeId
    seat: Seat
    state: LegState


class WaysTurned(Struct, frozen=True, gc=False):
    """The relay came, went, or is reached at other addresses."""

    ways: Ways
    now: float


class PrivacyTurned(Struct, frozen=True, gc=False):
    """Practice, therapist or appointment keep addresses private from now on, or no longer do."""

    wanted: bool
    now: float


class Woke(Struct, frozen=True, gc=False):
    now: float


Event = (
    Arrived | Resumed | Lost | Dropped | Said | AdmitClicked | DeclineClicked | NoteWritten
    | HostPresence | Closed | LinkRevoked | TimeMoved
    | BridgeKnown | BridgeRefused | LegTurned | WaysTurned | PrivacyTurned | Woke
)  # fmt: skip
