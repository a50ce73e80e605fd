"""A relay with a control socket, and the hub's side of it: real sockets, one process."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from ipaddress import ip_address
from pathlib import Path

from tests.relay.caller import Caller, check
from videocall import clock
from videocall.ids import BridgeId
from videocall.relay.gate import gate
from videocall.relay.limits import Limits
from videocall.relay.outpost import Outpost
from videocall.relay.place import Place
from videocall.relay.station import Station
from videocall.relay.switchboard import Switchboard
from videocall.signalling.bridge import Bridge, Credentials, LegState
from videocall.signalling.messages import Seat, WhyNot

TRY_S = 0.2
TRIES = 50
SECRET = b"a secret of this test alone"


def credentials(bridge: str, seat: Seat, ufrag: str) -> Credentials:
    """Return what the room would draw for a browser that calls itself `ufrag`."""
    return Bridge(BridgeId(bridge), SECRET + bridge.encode(), {}).drawn_for(seat, ufrag)


def station(port: int = 0, *, bridges_max: int = 200) -> Station:
    place = Place(port=port, bound=[ip_address("127.0.0.1")], tcp=True, host="localhost")
    return Station(Switchboard(limits=Limits(bridges_max=bridges_max), steady=clock.steady), place)


@asynccontextmanager
async def outpost(path: Path, port: int = 0, *, bridges_max: int = 200) -> AsyncIterator[Station]:
    """Run a relay that listens at `path`."""
    place = station(port, bridges_max=bridges_max)
    with gate(path) as at:
        async with place.running(), Outpost(place.switchboard, place.readings).open_at(at):
            yield place


def port_of(candidates: Sequence[str]) -> int:
    """Return the port in the first of some candidates."""
    return int(candidates[0].split(" ")[5])


def packet(number: int) -> bytes:
    """Return what looks like RTP with something sealed in it."""
    return b"\x80\x60" + number.to_bytes(2, "big") + bytes(8) + b"sealed"


async def named(browser: Caller, told: Credentials, name: str) -> None:
    """Let a browser that calls itself `name` take this pair; it asks until it is answered."""
    for _ in range(TRIES):
        browser.send(check(told, me=name))
        with suppress(TimeoutError):
            async with asyncio.timeout(TRY_S):
                await browser.receive()
                return
    raise AssertionError("the relay does not answer")


async def until(condition: Callable[[], object]) -> None:
    """Wait for something that the other end of a socket brings about."""
    async with asyncio.timeout(20):
        while not condition():
            await asyncio.sleep(0.005)


class Heard:
    """Keeps what the relay said, in order; stands where the hub does."""

    def __init__(self) -> None:
        self.said: list[tuple[object, ...]] = []

    def relay_turned(self) -> None:
        self.said.append(("turned",))

    def bridge_refused(self, bridge: BridgeId, why: WhyNot) -> None:
        self.said.append(("refused", bridge, why))

    def leg_turned(self, bridge: BridgeId, seat: Seat, state: LegState) -> None:
        self.said.append(("leg", bridge, seat, state))
