"""Which way the media of a room goes, and its descriptions rewritten for it.

Without address privacy: direct (a TURN server's candidates among them), else the relay. With it:
the relay, else TURN alone. A way that failed gives place to the next one; each gets `TRIED_S` to
work. An answer goes the way of its offer.
"""

from collections.abc import Mapping
from typing import Final

from msgspec import Struct, field
from msgspec.structs import replace

from videocall.errors import Invalid
from videocall.signalling.bridge import Bridge
from videocall.signalling.messages import DescriptionKind, MediaPath, Seat, WhyNot
from videocall.signalling.reroute import relay_only_description, through_relay, ufrag_of

TRIED_S: Final = 4.0
"""How long a way is tried before a failure is its own."""
AGAIN_S: Final = 30.0
"""For how long a second failure by a relay that is up counts against it; the first is taken for a
browser's own network that changed.
"""
REFUSED_S: Final = 15.0
"""How long a relay that took no bridge is not asked again, where there is another way."""


class Ways(Struct, frozen=True, gc=False):
    """What there is to go by: the relay (its candidates as heard last) and TURN servers."""

    relay: bool = False
    candidates: tuple[str, ...] = ()
    turn: bool = False


class Route(Struct, frozen=True, gc=False):
    """The way of one pair of pages; `since` in the room's seconds."""

    pages: frozenset[str] = frozenset()
    ways: Ways = Ways()
    private: bool = False
    path: MediaPath = MediaPath.DIRECT
    since: float = 0.0
    bridge: Bridge | None = None
    said: Mapping[Seat, MediaPath] = field(default_factory=dict)
    """The way that each seat's last description went."""
    failed_at: float = -AGAIN_S
    """When the relay, which is up, last seemed to fail."""
    refused: WhyNot | None = None
    refused_at: float = 0.0

    @property
    def hides(self) -> bool:
        """Whether browsers may use a TURN server's candidates alone.

        Two pages that did so go on so: what each has heard of the other then is never to be checked
        from an address of its own.
        """
        return self.private and self.path is MediaPath.TURN

    @property
    def trouble(self) -> WhyNot | None:
        """Why nothing can go by this route now."""
        if self.path is not MediaPath.RELAY:
            return None
        return self.refused or (None if self.ways.relay else WhyNot.DOWN)

    def open_paths(self, now: float) -> tuple[MediaPath, ...]:
        """Return the ways that may be taken now, the best first."""
        rests = self.refused is not None and now < self.refused_at + REFUSED_S
        relay = (MediaPath.RELAY,) if self.ways.relay and not rests else ()
        if not self.private:
            return (MediaPath.DIRECT, *relay)
        return (*relay, MediaPath.TURN) if self.ways.turn else relay

    def begun(self, pages: frozenset[str], *, private: bool, now: float) -> "Route":
        """Return the route of two pages that meet now.

        Where the direct way failed two pages before them, it is not waited for again.
        """
        fresh = Route(pages, self.ways, private, since=now)
        paths = fresh.open_paths(now)
        fell_over = self.path is MediaPath.RELAY and MediaPath.RELAY in paths
        first = paths[0] if paths else MediaPath.RELAY
        return replace(fresh, path=MediaPath.RELAY if fell_over else first)

    def over(self, bridge: Bridge) -> "Route":
        """Return the route once it has a bridge to use; one with legs carries media already."""
        path = MediaPath.RELAY if bridge.legs else self.path
        said = dict.fromkeys(bridge.legs, MediaPath.RELAY)
        return replace(self, bridge=bridge, path=path, said=said)

    def failed(self, now: float) -> "Route":
        """Return the route after a browser found that nothing comes through."""
        gone = self.path is MediaPath.RELAY and not self.ways.relay
        if now < self.since + TRIED_S and not gone:
            return self
        if self.path is MediaPath.RELAY and not gone and now >= self.failed_at + AGAIN_S:
            return replace(self, since=now, failed_at=now, refused=None)
        paths = self.open_paths(now)
        if not paths or self.hides:
            return self
        after = paths.index(self.path) + 1 if self.path in paths else 0
        path = paths[after % len(paths)]
        # Nothing else to go by: the same once more, and the relay may have room by now.
        return self._by(path, now)

    def by_the_best(self, now: float) -> "Route":
        """Return the route by the best way there is, if there is any."""
        paths = self.open_paths(now)
        return self._by(paths[0], now) if paths and not self.hides else self

    def _by(self, path: MediaPath, now: float) -> "Route":
        bridge = self.bridge
        if bridge is not None and path is not MediaPath.RELAY:
            bridge = bridge.unused()
        return replace(self, path=path, since=now, bridge=bridge, refused=None)

    def kept_private(self, now: float) -> "Route":
        """Return the route of the same two pages, none of whose addresses is told from now on."""
        route = replace(self, private=True)
        if self.path is not MediaPath.DIRECT:
            return route
        paths = route.open_paths(now)
        return route._by(paths[0] if paths else MediaPath.RELAY, now)

    def without_bridge(self, why: WhyNot, now: float) -> "Route":
        """Return the route after the relay took no bridge, or lost it."""
        route = replace(self, refused=why, refused_at=now)
        if self.path is not MediaPath.RELAY:
            return route
        # Asked for again by what it was known under, it must not be taken for the one it was.
        bridge = None if self.bridge is None else self.bridge.unused()
        return replace(route.by_the_best(now), refused=why, refused_at=now, bridge=bridge)

    def carry(self, seat: Seat, kind: DescriptionKind, sdp: str) -> tuple["Route", str]:
        """Return a checked description of `seat` as the other seat gets it.

        Raises Invalid where it cannot go that way.
        """
        offer = kind is DescriptionKind.OFFER
        path = self.path if offer else self.said.get(seat.other, self.path)
        route = replace(self, said={**self.said, seat: path})
        match path:
            case MediaPath.RELAY if self.bridge is not None and self.ways.candidates:
                bridge = self.bridge.heard(seat, ufrag_of(sdp), offer=offer)
                leg = bridge.legs[seat.other].credentials
                return replace(route, bridge=bridge), through_relay(sdp, leg, self.ways.candidates)
            case MediaPath.TURN:
                return route, relay_only_description(sdp)
            case MediaPath.DIRECT if not self.private:
                return route, sdp
            case _:
                raise Invalid("There is no way that keeps addresses private now.", code="no_way")

    def way_of(self, seat: Seat) -> MediaPath:
        """Return the way of a seat's candidates: that of the description they belong to."""
        if self.private:
            return self.path
        return self.said.get(seat, self.path)
