"""The relay at its place: the switchboard with its ports, and where browsers are told to find it.

Where that is can change while it runs: it is looked up again every ten minutes.
"""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from typing import Final

from msgspec.structs import replace

from videocall.errors import ConfigError
from videocall.relay import whereabouts
from videocall.relay.addresses import Address, Surroundings, candidates, chosen
from videocall.relay.place import Place
from videocall.relay.readings import Readings
from videocall.relay.switchboard import Switchboard

LOOK_EVERY_S: Final = 600.0
LOOK_SOON_S: Final = 30.0
"""While something is wrong with where we are."""
PORTS_TRIED: Final = 10

log = logging.getLogger(__name__)


class Station:
    """A switchboard that listens, and says where it is reached."""

    def __init__(self, switchboard: Switchboard, place: Place) -> None:
        self.switchboard = switchboard
        self._place = place
        self._port = place.port
        self._addresses: Sequence[Address] = ()
        self._trouble = ""

    def readings(self) -> Readings:
        """Return what operators see, without the bridge of our own trials."""
        readings = self.switchboard.readings()
        bridges = [each for each in readings.bridges if each.id != whereabouts.TRIAL]
        return replace(readings, bridges=bridges, trouble=self._trouble or readings.trouble)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Listen, and tell browsers where. Raises ConfigError for a port that is taken."""
        await self._start()
        try:
            await self._announce()
            watching = asyncio.create_task(self._watch())
            try:
                yield
            finally:
                watching.cancel()
                with suppress(asyncio.CancelledError):
                    await watching
        finally:
            await self.switchboard.stop()

    async def _start(self) -> None:
        hosts = [str(each) for each in self._place.bound]
        for tries_left in reversed(range(1 if self._place.port else PORTS_TRIED)):
            self._port = self._place.port or _free(hosts[0])
            try:
                await self.switchboard.start(port=self._port, hosts=hosts, tcp=self._place.tcp)
            except ConfigError:
                # The number may be free at one host, by UDP, and taken at another or by TCP.
                if not tries_left:
                    raise
            else:
                return

    async def _watch(self) -> None:
        while True:
            self._say(await self._found_wrong())
            await asyncio.sleep(LOOK_SOON_S if self._trouble else LOOK_EVERY_S)
            await self._announce()

    async def _announce(self) -> None:
        """Tell where browsers find us, if that is known and new."""
        found = await self._look()
        if found and found != self._addresses:
            self._addresses = found
            lines = candidates(found, self._port, tcp=self._place.tcp)
            self.switchboard.announce(lines)

    async def _look(self) -> Sequence[Address]:
        place, named = self._place, self._addresses
        if not (place.configured or place.localhost):
            # A resolver that fails says nothing of where we are: what was found before holds.
            with suppress(OSError, TimeoutError):
                named = await whereabouts.named(place.host)
        around = Surroundings(
            place.bound, place.configured, named, whereabouts.own(), place.localhost
        )
        return chosen(around)

    async def _found_wrong(self) -> str:
        """Return what an operator should do something about; empty: nothing."""
        if not self._addresses:
            return (
                "No address was found at which browsers reach the relay:"
                " give relay.public_addresses."
            )
        if self._place.localhost:
            return ""
        port = self._port
        leading = await whereabouts.leading_here(self.switchboard, self._addresses, port)
        lost = leading.count(False)
        if not lost:
            return ""
        return (
            f"{lost} of {len(leading)} addresses of the relay do not lead to its UDP port {port},"
            " tried from this server: check the firewall, and relay.public_addresses."
        )

    def _say(self, trouble: str) -> None:
        if trouble and trouble != self._trouble:
            log.warning("relay: %s", trouble)
        self._trouble = trouble


def _free(host: str) -> int:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_DGRAM) as trial:
        trial.bind((host, 0))
        port: int = trial.getsockname()[1]
    return port
