"""What the hub needs of the relay: it is told what to do, and says by itself what happens.

Nothing here waits: the relay may be another process, and a call is never held up by it.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from videocall.ids import BridgeId
from videocall.signalling.bridge import Credentials, Leg, LegState
from videocall.signalling.messages import Seat, WhyNot


class RelayEvents(Protocol):
    """What the relay says; always from the event loop, never from within a call of ours."""

    def relay_turned(self) -> None:
        """`candidates` changed: the relay came, went, or is reached at other addresses."""

    def bridge_refused(self, bridge: BridgeId, why: WhyNot) -> None:
        """This bridge was not made, or is gone: nothing passes over it."""

    def leg_turned(self, bridge: BridgeId, seat: Seat, state: LegState) -> None:
        """A leg has its browser, or has not heard of it for 30 s."""


class Relay(Protocol):
    @property
    def candidates(self) -> Sequence[str]:
        """Where browsers reach the relay now, as candidate-attributes without `a=` (RFC 8839
        section 5.1); none while it is down.
        """

    def listen(self, events: RelayEvents) -> None:
        """Tell `events` what happens from now on."""

    def legs(self, bridge: BridgeId) -> Mapping[Seat, Leg]:
        """Return the legs a bridge has now, with what its browsers call themselves; it may be older
        than this process. Empty where there is no such bridge.
        """

    def open(self, bridge: BridgeId, seat: Seat, credentials: Credentials) -> None:
        """Let a leg answer under these as well; makes the bridge where there is none.

        Those before them go on until a pair is nominated under these. Doing it twice is doing it
        once. A bridge that cannot be made is told by `bridge_refused`.
        """

    def close(self, bridge: BridgeId) -> None:
        """End a bridge; one that is not there is none."""
