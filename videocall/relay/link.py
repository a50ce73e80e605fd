"""The way from `serve` to a relay that is a process of its own; to the hub it is the relay.

While the link is down nothing waits: what is asked about known bridges is told when it is up again,
and the relay passes on media meanwhile. A relay that was started anew gets every bridge again under
the same credentials, so browsers go on with it before they have missed it.
"""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Final, assert_never

from msgspec.structs import replace

from videocall.errors import ProtocolError, trace
from videocall.ids import BridgeId
from videocall.live.relaying import RelayEvents
from videocall.relay.control import (
    FROM_RELAY,
    Close,
    FromRelay,
    FromServe,
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
from videocall.relay.gate import check_path
from videocall.relay.readings import BridgeReading, Readings
from videocall.signalling.bridge import Credentials, Leg
from videocall.signalling.messages import Seat, WhyNot

FIRST_S: Final = 3.0
BACK_OFF_S: Final = (0.1, 2.0)
SILENT_MAX_S: Final = 10.0
"""The relay says something every second."""

_DOWN: Final = Readings(up=False, trouble="The relay process does not answer at relay.control.")
_LET_GO: Final = Readings(up=False, trouble="Another process of the service uses the relay.")

log = logging.getLogger(__name__)


class Link:
    """The relay, as far as it was told over a Unix socket."""

    def __init__(self, path: Path) -> None:
        check_path(path)
        self._path = path
        self._events: RelayEvents | None = None
        self._writer: asyncio.StreamWriter | None = None
        """Set while everything has been told."""
        self._up = asyncio.Event()
        self._let_go = False
        self._candidates: tuple[str, ...] = ()
        self._legs: dict[BridgeId, dict[Seat, Leg]] = {}
        self._ended: set[BridgeId] = set()
        self._readings = _DOWN
        self._coming: list[BridgeReading] = []

    # ---- what the hub asks -----------------------------------------------------------------------

    @property
    def candidates(self) -> Sequence[str]:
        return self._candidates

    def listen(self, events: RelayEvents) -> None:
        self._events = events

    def legs(self, bridge: BridgeId) -> Mapping[Seat, Leg]:
        return dict(self._legs.get(bridge, {}))

    def open(self, bridge: BridgeId, seat: Seat, credentials: Credentials) -> None:
        if self._writer is None and bridge not in self._legs:
            asyncio.get_running_loop().call_soon(self._refuse, bridge)
            return
        self._ended.discard(bridge)
        legs = self._legs.setdefault(bridge, {})
        if seat not in legs or legs[seat].credentials != credentials:
            legs[seat] = Leg(credentials)
        self._post(Open(bridge, seat, credentials))

    def close(self, bridge: BridgeId) -> None:
        self._legs.pop(bridge, None)
        if self._writer is None:
            self._ended.add(bridge)
        self._post(Close(bridge))

    def readings(self) -> Readings:
        """Return what operators see; not up while the link is not."""
        return self._readings

    # ---- the link itself -------------------------------------------------------------------------

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Keep the link up; begins when it is, or after FIRST_S without."""
        task = asyncio.create_task(self._keep_up())
        try:
            with suppress(TimeoutError):
                async with asyncio.timeout(FIRST_S):
                    await self._up.wait()
            if self._writer is None:
                log.warning("the relay process does not answer; calls go without it until it does")
            yield
        finally:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task

    async def _keep_up(self) -> None:
        first_s, most_s = BACK_OFF_S
        wait_s = first_s
        while True:
            try:
                await self._connect()
            except (OSError, EOFError, TimeoutError):
                pass
            except ProtocolError as error:
                log.error("the relay process is not of this version: %s", error)
            except Exception as error:
                log.error("the link to the relay broke: %s", trace(error))
            wait_s = first_s if self._up.is_set() else min(2 * wait_s, most_s)
            self._down()
            await asyncio.sleep(most_s if self._let_go else wait_s)

    async def _connect(self) -> None:
        reader, writer = await asyncio.open_unix_connection(self._path)
        try:
            if not is_ours(writer):
                raise ProtocolError("it runs as another user")
            post(writer, Take(over=not self._let_go))
            theirs: dict[BridgeId, dict[Seat, Leg]] = {}
            while True:
                async with asyncio.timeout(SILENT_MAX_S):
                    message = await hear(reader, FROM_RELAY)
                if self._writer is not None:
                    self._hear(message)
                elif isinstance(message, Legs):
                    theirs |= {bridge: dict(legs) for bridge, legs in message.bridges.items()}
                elif isinstance(message, Here):
                    self._come_up(writer, theirs)
                    self._hear(message)
                if isinstance(message, Taken):
                    self._release()
                    return
        finally:
            writer.close()

    def _come_up(
        self, writer: asyncio.StreamWriter, theirs: Mapping[BridgeId, dict[Seat, Leg]]
    ) -> None:
        """Make both sides the same: ours goes where both know a leg, theirs where we do not."""
        self._writer, self._let_go = writer, False
        for bridge in theirs.keys() & self._ended:
            self._post(Close(bridge))
        for bridge, legs in self._legs.items():
            for seat, leg in legs.items():
                known = theirs.get(bridge, {}).get(seat)
                if known is not None and known.credentials == leg.credentials:
                    legs[seat] = known
                else:
                    self._post(Open(bridge, seat, leg.credentials))
        for bridge in theirs.keys() - self._ended:
            self._legs[bridge] = theirs[bridge] | self._legs.get(bridge, {})
        self._ended.clear()
        self._up.set()
        log.info("the link to the relay is up")

    def _hear(self, message: FromRelay) -> None:
        match message:
            case Here(candidates):
                self._announce(candidates)
            case Legs(bridges):
                self._learn(bridges)
            case Refused(bridge, why):
                self._legs.pop(bridge, None)
                self._tell(lambda events: events.bridge_refused(bridge, why))
            case LegTurned(bridge, seat, state):
                self._tell(lambda events: events.leg_turned(bridge, seat, state))
            case Read(readings, more):
                self._coming += readings.bridges
                if not more:
                    self._readings = replace(readings, bridges=self._coming)
                    self._coming = []
            case Taken():
                pass
            case _:
                assert_never(message)

    def _learn(self, bridges: Mapping[BridgeId, Mapping[Seat, Leg]]) -> None:
        for bridge, theirs in bridges.items():
            if not theirs:
                self._legs.pop(bridge, None)
            elif bridge in self._legs:
                ours = self._legs[bridge]
                for seat, leg in theirs.items():
                    # What we asked for a moment ago may not have arrived there yet.
                    if seat not in ours or ours[seat].credentials == leg.credentials:
                        ours[seat] = leg

    def _announce(self, candidates: Sequence[str]) -> None:
        if tuple(candidates) != self._candidates:
            self._candidates = tuple(candidates)
            self._tell(lambda events: events.relay_turned())

    def _down(self) -> None:
        if self._up.is_set():
            log.warning("the link to the relay is down")
        self._up.clear()
        self._writer = None
        self._coming = []
        self._readings = _LET_GO if self._let_go else _DOWN
        self._announce(())

    def _release(self) -> None:
        """Another `serve` took over: what bridges there are is its matter now."""
        self._let_go = True
        self._legs.clear()
        self._ended.clear()

    def _refuse(self, bridge: BridgeId) -> None:
        self._tell(lambda events: events.bridge_refused(bridge, WhyNot.DOWN))

    def _tell(self, what: Callable[[RelayEvents], None]) -> None:
        """Tell the hub; what breaks there must not end the link."""
        try:
            if self._events is not None:
                what(self._events)
        except Exception as error:
            log.error("what the relay says broke the hub: %s", trace(error))

    def _post(self, message: FromServe) -> None:
        if self._writer is not None:
            post(self._writer, message)
