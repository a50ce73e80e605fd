"""The door of a relay that is a process of its own: `serve` tells it by a Unix socket what to do.

One `serve` at a time: whoever takes over is told everything, and the one before is let go. While
nobody is there, bridges and their media go on.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from socket import socket
from typing import Final, TypeVar

from msgspec.structs import replace

from videocall.errors import ProtocolError
from videocall.ids import BridgeId
from videocall.live.relaying import Relay
from videocall.relay.control import (
    FROM_SERVE,
    PART,
    Close,
    FromRelay,
    Here,
    Legs,
    LegTurned,
    Open,
    Read,
    Refused,
    Take,
    Taken,
    hear,
    is_ours,
    post,
)
from videocall.relay.readings import Readings
from videocall.signalling.bridge import Leg, LegState
from videocall.signalling.messages import Seat, WhyNot

TELL_EVERY_S: Final = 1.0
TAKE_S: Final = 5.0

_T = TypeVar("_T")

log = logging.getLogger(__name__)


class Outpost:
    """Passes on what one `serve` at a time asks of the relay, and what the relay says."""

    def __init__(self, relay: Relay, readings: Callable[[], Readings]) -> None:
        self._relay = relay
        self._readings = readings
        self._taker: asyncio.StreamWriter | None = None
        self._told: dict[BridgeId, Mapping[Seat, Leg]] = {}
        self._visits: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def open_at(self, listener: socket) -> AsyncIterator[None]:
        """Answer at a bound Unix socket."""
        self._relay.listen(self)
        server = await asyncio.start_unix_server(self._knocked, sock=listener)
        telling = asyncio.create_task(self._tell_forever())
        try:
            yield
        finally:
            server.close()
            for task in (telling, *self._visits):
                task.cancel()
                with suppress(asyncio.CancelledError):
                    await task

    # ---- what the relay says ---------------------------------------------------------------------

    def relay_turned(self) -> None:
        self._post(Here(self._relay.candidates))

    def bridge_refused(self, bridge: BridgeId, why: WhyNot) -> None:
        self._told.pop(bridge, None)
        self._post(Refused(bridge, why))

    def leg_turned(self, bridge: BridgeId, seat: Seat, state: LegState) -> None:
        self._tell_legs({bridge: self._relay.legs(bridge)})
        self._post(LegTurned(bridge, seat, state))

    # ---- what serve asks -------------------------------------------------------------------------

    def _knocked(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        visit = asyncio.create_task(self._visit(reader, writer))
        self._visits.add(visit)
        visit.add_done_callback(self._visits.discard)

    async def _visit(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if is_ours(writer):
                await self._work_for(reader, writer)
            else:
                log.warning("somebody else's process knocked at the control socket")
        except EOFError:
            pass
        except (OSError, TimeoutError, ProtocolError) as error:
            log.warning("a link of serve is closed: %s", error)
        finally:
            if self._taker is writer:
                self._taker = None
            writer.close()

    async def _work_for(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        async with asyncio.timeout(TAKE_S):
            first = await hear(reader, FROM_SERVE)
        if not isinstance(first, Take):
            raise ProtocolError("it did not begin with Take")
        if self._taker is not None:
            if not first.over:
                post(writer, Taken())
                return
            post(self._taker, Taken())
            self._taker.close()
        self._taker = writer
        self._tell_everything()
        log.info("serve is here")
        while True:
            match await hear(reader, FROM_SERVE):
                case _ if self._taker is not writer:
                    return
                case Open(bridge, seat, credentials):
                    self._relay.open(bridge, seat, credentials)
                case Close(bridge):
                    self._relay.close(bridge)
                    self._told.pop(bridge, None)
                case Take():
                    raise ProtocolError("it took twice")

    # ---- what serve is told ----------------------------------------------------------------------

    def _post(self, message: FromRelay) -> None:
        if self._taker is not None:
            post(self._taker, message)

    def _tell_everything(self) -> None:
        self._told = {}
        readings = self._readings()
        self._tell_legs(self._all_legs(readings))
        self._post(Here(self._relay.candidates))
        self._tell_readings(readings)

    def _all_legs(self, readings: Readings) -> dict[BridgeId, Mapping[Seat, Leg]]:
        return {each.id: self._relay.legs(each.id) for each in readings.bridges}

    def _tell_legs(self, legs: Mapping[BridgeId, Mapping[Seat, Leg]]) -> None:
        self._told |= legs
        for part in _parts(list(legs.items())):
            self._post(Legs(dict(part)))

    def _tell_changes(self, readings: Readings) -> None:
        """Tell which legs are new or known by another name now, and which bridges are gone."""
        now = self._all_legs(readings)
        gone = self._told.keys() - now.keys()
        changed = {bridge: legs for bridge, legs in now.items() if self._told.get(bridge) != legs}
        self._tell_legs({bridge: {} for bridge in gone} | changed)
        self._told = now

    def _tell_readings(self, readings: Readings) -> None:
        parts = list(_parts(readings.bridges)) or [()]
        for part in parts:
            self._post(Read(replace(readings, bridges=part), more=part is not parts[-1]))

    async def _tell_forever(self) -> None:
        while True:
            await asyncio.sleep(TELL_EVERY_S)
            if self._taker is not None:
                readings = self._readings()
                self._tell_changes(readings)
                self._tell_readings(readings)


def _parts(of: Sequence[_T]) -> Iterator[Sequence[_T]]:
    return (of[at : at + PART] for at in range(0, len(of), PART))
