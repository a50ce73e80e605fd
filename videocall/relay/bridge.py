"""A bridge as it stands: two legs, and a lane each way between them."""

from typing import Final

from videocall.ids import BridgeId
from videocall.relay.lane import Allowance, Drops, Lane
from videocall.relay.leg import Leg
from videocall.relay.limits import Limits
from videocall.relay.readings import BridgeReading, Way
from videocall.signalling.messages import Seat

FORGOTTEN_S: Final = 120.0


class Bridge:
    """Two legs whose lanes lead to each other, under one allowance."""

    __slots__ = ("_made_at", "_told_at", "id", "legs", "reading")

    def __init__(self, id: BridgeId, limits: Limits, dropped: Drops, now: float) -> None:
        self.id = id
        self._made_at = self._told_at = now
        allowance = Allowance(limits.bridge_kbps_max, now)
        out = {seat: Lane(allowance, dropped, now) for seat in Seat}
        self.legs = {
            seat: Leg(outward=out[seat], inward=out[other], sources_max=limits.sources_max, now=now)
            for seat, other in zip(Seat, reversed(Seat), strict=True)
        }
        self.read(now)

    def told(self, now: float) -> None:
        """Note that the room still speaks of it."""
        self._told_at = now

    def forgotten(self, now: float) -> bool:
        """Tell whether neither browser nor the room was heard for 120 s."""
        heard = (leg.heard_at for leg in self.legs.values())
        return now - max(self._told_at, *heard) > FORGOTTEN_S

    def read(self, now: float) -> None:
        """Take a reading, which stands until the next."""
        ways = {seat: _way(leg, now) for seat, leg in self.legs.items()}
        self.reading = BridgeReading(id=self.id, age_s=now - self._made_at, ways=ways)


def _way(leg: Leg, now: float) -> Way:
    lane, meter = leg.outward, leg.outward.meter
    return Way(
        transport=None if leg.pair is None else leg.pair.transport,
        up=leg.up,
        kbps=meter.kbps,
        packets=lane.packets,
        loss=meter.loss,
        jitter_ms=meter.jitter_ms,
        pauses=meter.pauses,
        longest_pause_ms=meter.longest_pause_ms(now),
        dropped={why: count for why, count in lane.dropped.items() if count},
    )
