"""The relay as configured: within `serve`, or a process of its own that outlives it."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass

from videocall import clock
from videocall.config import Config
from videocall.errors import ConfigError
from videocall.live.relaying import Relay
from videocall.process import log_to_stderr, spare_the_collector, until_stopped
from videocall.relay.gate import gate
from videocall.relay.limits import Limits
from videocall.relay.link import Link
from videocall.relay.outpost import Outpost
from videocall.relay.readings import Readings
from videocall.relay.station import Station
from videocall.relay.switchboard import Switchboard

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Exchange:
    """What `serve` works with: the relay, what operators see of it, and what keeps it going."""

    relay: Relay
    readings: Callable[[], Readings]
    running: Callable[[], AbstractAsyncContextManager[None]]


def exchange(config: Config, steady: Callable[[], float]) -> Exchange | None:
    """Return the relay of `serve`; None where it is switched off. Raises ConfigError."""
    if not config.relay.enabled:
        return None
    if config.relay.control:
        link = Link(config.relay_control)
        return Exchange(link, link.readings, link.running)
    station = _station(config, steady)
    return Exchange(station.switchboard, station.readings, station.running)


def serve_relay(config: Config) -> None:
    """Be the relay until SIGTERM or SIGINT. Raises ConfigError."""
    if not config.relay.enabled:
        raise ConfigError("relay.enabled: the relay is switched off; say true")
    if not config.relay.control:
        raise ConfigError(
            "relay.control: give the path of a socket, such as /run/videocall-relay/control,"
            " by which serve finds this process; without it the relay runs within serve"
        )
    log_to_stderr()
    asyncio.run(_run(config, until_stopped()))


async def _run(config: Config, until: Coroutine[object, object, None]) -> None:
    station = _station(config, clock.steady)
    outpost = Outpost(station.switchboard, station.readings)
    try:
        with gate(config.relay_control) as at:
            async with station.running(), outpost.open_at(at):
                spare_the_collector()
                log.info("relaying on %s", ", ".join(station.readings().listening))
                await until
    finally:
        until.close()


def _station(config: Config, steady: Callable[[], float]) -> Station:
    relay = config.relay
    limits = Limits(
        bridges_max=relay.bridges_max,
        bridge_kbps_max=relay.bridge_kbps_max,
        kbps_max=relay.kbps_max,
    )
    return Station(Switchboard(limits=limits, steady=steady), config.relay_place)
