"""A bridge: the two legs of the relay, one towards each seat's browser.

A leg answers ICE checks under credentials of its own (RFC 8445 section 5.3). They change when its
browser restarts ICE, and only then: the two legs are independent.
"""

import hashlib
import hmac
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from videocall.ids import BridgeId
from videocall.signalling.messages import Seat

_UFRAG_CHARS: Final = 16


class LegState(StrEnum):
    """Whether a leg's browser is heard: its last check came within 30 s (RFC 7675)."""

    UP = "up"
    SILENT = "silent"


class Credentials(Struct, frozen=True, gc=False):
    """What a leg is called and answers under: `ice-char` of RFC 8839 section 5.4."""

    ufrag: str
    pwd: str


class Leg(Struct, frozen=True, gc=False):
    """One end of a bridge: what its browser was told last, and what that browser calls itself."""

    credentials: Credentials
    remote_ufrag: str | None = None


class Bridge(Struct, frozen=True, gc=False):
    """The bridge of two pages; without legs while nothing goes over it.

    `secret` is what credentials of its legs are drawn from, others each `time` it is used.
    """

    id: BridgeId
    secret: bytes
    legs: Mapping[Seat, Leg]
    time: int = 0

    def unused(self) -> "Bridge":
        """Return the bridge as it is between two uses."""
        return replace(self, legs={}, time=self.time + 1) if self.legs else self

    def heard(self, seat: Seat, ufrag: str, *, offer: bool) -> "Bridge":
        """Return the bridge after the browser at `seat` said what it calls itself.

        One that restarts ICE by an offer is told new credentials in the answer (RFC 8839 section
        4.4.1.1); one that answers under a new name was told new ones before.
        """
        legs = {each: self.legs.get(each) or Leg(self.drawn_for(each, "")) for each in Seat}
        leg = legs[seat]
        if offer and leg.remote_ufrag not in (None, ufrag):
            leg = Leg(self.drawn_for(seat, ufrag))
        legs[seat] = Leg(leg.credentials, ufrag)
        return replace(self, legs=legs)

    def drawn_for(self, seat: Seat, remote_ufrag: str) -> Credentials:
        """Return credentials for the leg of a browser that calls itself `remote_ufrag` now.

        64 bits name the leg, 192 bits let its browser in; the same answer to the same question.
        """
        told = f"{seat}:{self.time}:{remote_ufrag}".encode()
        drawn = hmac.digest(self.secret, told, hashlib.sha256).hex()
        return Credentials(drawn[:_UFRAG_CHARS], drawn[_UFRAG_CHARS:])
