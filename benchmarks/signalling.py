"""Rooms on us, on a bare aiohttp relay and on PeerJS's server, under the same work in one run.

    python -m benchmarks.signalling [--quick] [--json FILE]

Every server has one core, the driver another. The servers take turns (A B C A B C), so that the
machine's drift meets all alike; a ratio is the median of those within one turn. Loopback only.
Nothing is asserted: the figures are for people.
"""

import argparse
import json
import os
import platform
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import phases
from benchmarks.bare import Bare
from benchmarks.driver import Driver
from benchmarks.our import Our
from benchmarks.peerjs import PeerJS, PeerJSMissing
from benchmarks.phases import Target
from benchmarks.process import DRIVER_CORE, SERVER_CORE, become_driver
from benchmarks.report import OURS, Figure, as_json, table

RATE_MAX_PER_S: Final = 100.0
RATE_SHARE: Final = 0.4
BUSY: Final = 0.75
MIB: Final = 2**20
CPU_AIMS: Final = {"bare": 1.4, "PeerJS": 0.7}


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is played."""

    turns: int
    capacity_rooms: int
    relay_rooms: int
    paced_s: float
    memory_turns: int
    sockets: int
    growth_rooms: int

    @property
    def rooms(self) -> int:
        """Return how many rooms one server sees in all its turns, at most."""
        paced = int(RATE_MAX_PER_S * self.paced_s) + 1
        return phases.WARM_UP + self.turns * (self.capacity_rooms + self.relay_rooms + paced)


FULL: Final = Plan(8, 400, 200, 4.0, 2, 5000, 2000)
QUICK: Final = Plan(3, 200, 100, 1.5, 1, 1000, 300)

Start = Callable[[Driver, int], Target]
"""Starts a server for so many rooms."""


def speed(starts: Mapping[str, Start], plan: Plan) -> tuple[list[Figure], list[str]]:
    """Measure capacity, the relay alone and the delay at a pace; say what the driver took."""
    rooms = Figure("rooms per second", 0)
    room_ms = Figure("server CPU per room, ms", 2, CPU_AIMS)
    relay_us = Figure("server CPU per relayed message, us", 1)
    p50_ms = Figure("relay delay p50 at a moderate pace, ms", 3)
    p99_ms = Figure("relay delay p99 at a moderate pace, ms", 3)
    paced_ms = Figure("server CPU per room at that pace, ms", 2)
    server_busy = Figure("", 2)
    driver_busy = Figure("", 2)
    driver_ms = Figure("driver's own CPU per room, ms", 2)
    driver = Driver()
    targets: list[Target] = []
    rate = 0.0
    try:
        for start in starts.values():
            targets.append(start(driver, plan.rooms))
            phases.capacity(driver, targets[-1], phases.WARM_UP)
        for _ in range(plan.turns):
            for target in targets:
                window = phases.capacity(driver, target, plan.capacity_rooms)
                rooms.add(target.name, window.per_s)
                room_ms.add(target.name, window.server_ms)
                server_busy.add(target.name, window.server_busy)
                driver_busy.add(target.name, window.driver_busy)
                driver_ms.add(target.name, window.driver_s * 1000 / window.units)
            slowest = min(rooms.median(target.name) for target in targets)
            rate = rate or min(RATE_MAX_PER_S, RATE_SHARE * slowest)
            for target in targets:
                window = phases.relay(driver, target, plan.relay_rooms)
                relay_us.add(target.name, window.server_ms * 1000)
            for target in targets:
                window = phases.paced(driver, target, rate, plan.paced_s)
                p50_ms.add(target.name, window.delay_ms(0.5))
                p99_ms.add(target.name, window.delay_ms(0.99))
                paced_ms.add(target.name, window.server_ms)
    finally:
        for target in targets:
            target.served.end()
        driver.close()
    notes = [f"The moderate pace: {rate:.0f} rooms a second, begun evenly."]
    for target in targets:
        server, own = server_busy.median(target.name), driver_busy.median(target.name)
        limit = "the server is the limit" if server > own else "THE DRIVER IS THE LIMIT"
        if max(server, own) < BUSY:
            limit = "neither is the limit: something else runs on this machine"
        notes.append(
            f"Most rooms per second on {target.name}: its core {server:.0%} busy, "
            f"the driver's {own:.0%}: {limit}."
        )
    return [rooms, room_ms, relay_us, paced_ms, p50_ms, p99_ms, driver_ms], notes


def memory(starts: Mapping[str, Start], plan: Plan) -> list[Figure]:
    """Measure memory, each time in a fresh process."""
    idle_kib = Figure(f"memory per idle socket at {plan.sockets}, KiB", 1, {"bare": 1.2})
    once_mib = Figure(f"memory after {plan.growth_rooms} finished rooms, MiB", 1)
    twice_mib = Figure(f"memory after {2 * plan.growth_rooms} finished rooms, MiB", 1)

    def fresh(start: Start, rooms: int, measure: Callable[[Driver, Target], None]) -> None:
        driver = Driver()
        target = start(driver, rooms)
        try:
            measure(driver, target)
        finally:
            target.served.end()
            driver.close()

    def idle(driver: Driver, target: Target) -> None:
        idle_kib.add(target.name, phases.idle_bytes(driver, target, plan.sockets) / 1024)

    def grow(driver: Driver, target: Target) -> None:
        once, twice = phases.growth(driver, target, plan.growth_rooms)
        once_mib.add(target.name, once / MIB)
        twice_mib.add(target.name, twice / MIB)

    for _ in range(plan.memory_turns):
        for start in starts.values():
            fresh(start, phases.WARM_UP + plan.sockets // 2, idle)
    for start in starts.values():
        fresh(start, 2 * plan.growth_rooms, grow)
    return [idle_kib, once_mib, twice_mib]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="about a minute; coarser figures")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every repetition there")
    options = parser.parse_args()
    plan = QUICK if options.quick else FULL
    began = time.monotonic()
    become_driver()
    notes = [
        f"Python {platform.python_version()}, {os.cpu_count()} cores: servers on core "
        f"{SERVER_CORE}, driver on core {DRIVER_CORE}; {plan.turns} turns; median (range).",
        Our.note,
    ]
    starts: dict[str, Start] = {OURS: Our, "bare": lambda _driver, _rooms: Bare()}
    try:
        PeerJS.install()
        starts["PeerJS"] = lambda _driver, _rooms: PeerJS()
    except PeerJSMissing as missing:
        notes.append(f"Without PeerJS: {missing}.")
    figures, more = speed(starts, plan)
    figures += memory(starts, plan)
    print(table(figures, list(starts)))
    notes += [*more, f"Took {time.monotonic() - began:.0f} s."]
    print(*notes, sep="\n")
    if options.json is not None:
        document = {"plan": "quick" if options.quick else "full", "notes": notes}
        options.json.write_text(json.dumps({**document, "figures": as_json(figures)}, indent=1))


if __name__ == "__main__":
    main()
