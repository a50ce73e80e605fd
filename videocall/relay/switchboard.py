"""The switchboard: every bridge of one relay, told by the room what to connect, and its doors.

Satisfies `videocall.live.relaying.Relay`. Everything happens in the event loop it was started in.
"""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from math import inf
from socket import SOCK_DGRAM, SOCK_STREAM
from typing import Final

from videocall.errors import ConfigError
from videocall.ids import BridgeId
from videocall.live.relaying import RelayEvents
from videocall.relay import checks
from videocall.relay.bridge import Bridge
from videocall.relay.doors import bound
from videocall.relay.lane import Source, no_drops
from videocall.relay.leg import Heard, Leg
from videocall.relay.limits import Limits
from videocall.relay.readings import Drop, Readings
from videocall.relay.tcp import TcpDoor
from videocall.relay.udp import UdpDoor
from videocall.signalling import bridge as rooms
from videocall.signalling.bridge import Credentials, LegState
from videocall.signalling.messages import Seat, WhyNot

TICK_S: Final = 1.0
SLICES: Final = 20
"""The bridges are gone through in so many parts of a second: no packet waits for all of them."""
TROUBLE_KEPT_S: Final = 60.0
TROUBLE: Final = (
    "The kernel throws packets away: raise net.core.rmem_max to 4194304, "
    "or give the relay a faster machine."
)


class Switchboard:
    """One relay in this process. `steady` counts seconds that never jump."""

    def __init__(self, *, limits: Limits, steady: Callable[[], float]) -> None:
        self.steady = steady
        self.dropped = no_drops()
        self.busy_s = 0.0
        self.candidates: Sequence[str] = ()
        self._limits = limits
        self._bridges: dict[BridgeId, Bridge] = {}
        self._asked: dict[bytes, Leg] = {}
        self._listeners: list[RelayEvents] = []
        self._udp: list[UdpDoor] = []
        self._tcp = TcpDoor(self, limits)
        self._tick: asyncio.TimerHandle | None = None
        self._slice = self._packets = 0
        self._ticked_at, self._overrun_at = steady(), -inf
        self._load = self._kbps = self._packets_per_s = 0.0
        self._kernel_dropped = 0

    # ---- its doors -------------------------------------------------------------------------------

    async def start(self, *, port: int, hosts: Sequence[str], tcp: bool = True) -> None:
        """Listen on UDP, and on TCP where wanted, at each of `hosts`; port 0 is any that is free.

        Where the machine has no IPv6, `::` is left out. Raises ConfigError.
        """
        try:
            for host in hosts:
                datagrams = bound(SOCK_DGRAM, host, port)
                if datagrams is not None:
                    self._udp.append(UdpDoor(datagrams, self))
                stream = bound(SOCK_STREAM, host, port) if tcp else None
                if stream is not None:
                    await self._tcp.listen(stream)
        except BaseException:
            await self.stop()
            raise
        if not self._udp:
            raise ConfigError("relay.hosts: this machine has no IPv6; give 0.0.0.0 as well")
        self._ticks()

    @property
    def udp_ports(self) -> Sequence[int]:
        """The port of each UDP socket, in the order of `hosts`."""
        return [door.port for door in self._udp]

    @property
    def tcp_ports(self) -> Sequence[int]:
        return self._tcp.ports

    async def stop(self) -> None:
        """End every bridge and listen no more."""
        if self._tick is not None:
            self._tick.cancel()
        for bridge in list(self._bridges):
            self.close(bridge)
        for door in self._udp:
            door.close()
        self._udp.clear()
        self._tcp.close()
        self.announce(())

    def announce(self, candidates: Sequence[str]) -> None:
        """Say where browsers reach the relay from now on."""
        if candidates != self.candidates:
            self.candidates = candidates
            self._tell(lambda events: events.relay_turned())

    # ---- what the room says ----------------------------------------------------------------------

    def listen(self, events: RelayEvents) -> None:
        self._listeners.append(events)

    def _tell(self, what: Callable[[RelayEvents], None]) -> None:
        for events in self._listeners:
            asyncio.get_running_loop().call_soon(what, events)

    def legs(self, bridge: BridgeId) -> Mapping[Seat, rooms.Leg]:
        there = self._bridges.get(bridge)
        legs = there.legs.items() if there is not None else ()
        return {seat: known for seat, leg in legs if (known := leg.spoken_of) is not None}

    def open(self, bridge: BridgeId, seat: Seat, credentials: Credentials) -> None:
        now = self.steady()
        there = self._bridges.get(bridge)
        if there is None:
            limits = self._limits
            if len(self._bridges) >= limits.bridges_max or self._kbps > limits.kbps_max:
                self._tell(lambda events: events.bridge_refused(bridge, WhyNot.FULL))
                return
            there = self._bridges[bridge] = Bridge(bridge, limits, self.dropped, now)
        there.told(now)
        leg = there.legs[seat]
        with_before = leg.ufrags
        leg.admit(credentials)
        self._index(leg, with_before)

    def close(self, bridge: BridgeId) -> None:
        there = self._bridges.pop(bridge, None)
        if there is not None:
            for leg in there.legs.values():
                before = leg.ufrags
                leg.close()
                self._index(leg, before)

    def _index(self, leg: Leg, before: Sequence[str]) -> None:
        """Find the leg by what it is asked by now, and no longer by what it was."""
        for ufrag in before:
            self._asked.pop(ufrag.encode(), None)
        for ufrag in leg.ufrags:
            self._asked[ufrag.encode()] = leg

    # ---- what the doors bring --------------------------------------------------------------------

    def check(self, packet: memoryview, source: Source, host: str, port: int) -> None:
        """Take what may be a check: answer it, and learn from it where its browser is."""
        asked = checks.asked(packet)
        if asked is None:
            self.dropped[Drop.UNFIT] += 1
            return
        leg = self._asked.get(asked)
        if leg is None:
            self.dropped[Drop.UNPROVEN] += 1
            return
        ufrag, now = asked.decode(), self.steady()
        credentials = leg.credentials(ufrag)
        check = checks.verified(bytes(packet), credentials)
        heard = Heard.NOTHING
        if check is not None:
            heard = Heard.AGAIN if check.controlled else leg.prove(source, check, ufrag, now)
        if check is None or heard is Heard.NOTHING:
            leg.outward.drop(Drop.UNPROVEN)
            return
        try:
            source.send(checks.answer(check, (host, port), credentials))
        except OSError:
            leg.inward.drop(Drop.STALLED)
        if check.nominates and heard is Heard.NEW:
            was_up = leg.up
            leg.nominate(source, ufrag, now)
            if not was_up:
                self._turned(leg, LegState.UP)

    def lost(self, source: Source) -> None:
        lane = source.lane
        if lane is not None:
            next(leg for leg in self._asked.values() if leg.outward is lane).lose(source)

    def _turned(self, leg: Leg, state: LegState) -> None:
        bridge, seat = next(
            (bridge.id, seat)
            for bridge in self._bridges.values()
            for seat, other in bridge.legs.items()
            if other is leg
        )
        self._tell(lambda events: events.leg_turned(bridge, seat, state))

    # ---- what time brings ------------------------------------------------------------------------

    def _ticks(self) -> None:
        self._tick = asyncio.get_running_loop().call_later(TICK_S / SLICES, self._ticks)
        self._slice = (self._slice + 1) % SLICES
        self.pass_time([self._slice])

    def pass_time(self, slices: Iterable[int] = range(SLICES)) -> None:
        """Let go of what is silent, and close an interval of the meters; each slice once a second.

        The last slice brings what is for all bridges together.
        """
        now = self.steady()
        bridges = list(self._bridges.values())
        for each in slices:
            for bridge in bridges[each::SLICES]:
                self._pass_time_of(bridge, now)
            if each == SLICES - 1:
                self._tcp.pass_time(now)
                self._measure(now)

    def _pass_time_of(self, bridge: Bridge, now: float) -> None:
        for leg in bridge.legs.values():
            self._packets += leg.outward.tick(now)
            was_up, before = leg.up, leg.ufrags
            leg.pass_time(now)
            if leg.ufrags != before:
                self._index(leg, before)
            if was_up and not leg.up:
                self._turned(leg, LegState.SILENT)
        bridge.read(now)
        if bridge.forgotten(now):
            self.close(bridge.id)
            self._tell(lambda events: events.bridge_refused(bridge.id, WhyNot.DOWN))

    def _measure(self, now: float) -> None:
        passed_s = now - self._ticked_at
        if passed_s <= 0:
            return
        legs = (leg for bridge in self._bridges.values() for leg in bridge.legs.values())
        self._kbps = sum(leg.outward.meter.kbps for leg in legs)
        self._packets_per_s, self._packets = self._packets / passed_s, 0
        self._load = min(1.0, self.busy_s / passed_s)
        self._ticked_at, self.busy_s = now, 0.0
        kernel_dropped = sum(door.kernel_dropped for door in self._udp)
        if kernel_dropped > self._kernel_dropped:
            self._overrun_at = now
        self._kernel_dropped = kernel_dropped

    def readings(self) -> Readings:
        """Return what operators see; of each bridge what was last read, at most a second ago.

        So it costs next to nothing, however many ask.
        """
        ports = [f"udp/{port}" for port in self.udp_ports]
        ports += [f"tcp/{port}" for port in self.tcp_ports]
        return Readings(
            up=bool(self._udp),
            bridges=[bridge.reading for bridge in self._bridges.values()],
            bridges_max=self._limits.bridges_max,
            kbps=self._kbps,
            kbps_max=self._limits.kbps_max,
            packets_per_s=self._packets_per_s,
            load=self._load,
            dropped={why: count for why, count in self.dropped.items() if count},
            kernel_dropped=self._kernel_dropped,
            listening=list(dict.fromkeys(ports)),
            trouble=TROUBLE if self.steady() - self._overrun_at < TROUBLE_KEPT_S else "",
        )
