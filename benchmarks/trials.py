"""What single choices cost, each as a ratio to the bare aiohttp relay under the same rooms.

    python -m benchmarks.trials [--quick]

The relays take turns as in `signalling`. The memory and the idle seconds are of quiet rooms; pings
go out every two seconds here, so that their cost stands out.
"""

import argparse
import importlib.util
from typing import Final

from benchmarks import frames, phases
from benchmarks.bare import Bare
from benchmarks.driver import Driver
from benchmarks.process import become_driver
from benchmarks.report import Figure
from benchmarks.variants import PING_S, Choice

IDLE_TURNS: Final = 2


def start(choice: Choice) -> Bare:
    deflate = choice is Choice.DEFLATE
    frame = frames.deflated if deflate else frames.frame
    return Bare(choice, ("-m", "benchmarks.variants", choice.name), frame)


def cpu(choices: list[Choice], turns: int, rooms: int) -> Figure:
    """Measure the server's CPU per room."""
    room_ms = Figure("CPU per room", 2)
    driver = Driver()
    relays: list[Bare] = []
    try:
        for choice in choices:
            relays.append(start(choice))
            phases.capacity(driver, relays[-1], phases.WARM_UP)
        for _ in range(turns):
            for relay in relays:
                room_ms.add(relay.name, phases.capacity(driver, relay, rooms).server_ms)
    finally:
        for relay in relays:
            relay.served.end()
        driver.close()
    return room_ms


def quiet(choices: list[Choice], sockets: int) -> tuple[Figure, Figure]:
    """Measure memory per idle socket, and the CPU that idle sockets take."""
    memory = Figure("memory per idle socket", 1)
    idle = Figure("CPU of idle sockets", 2)
    for choice in choices:
        driver = Driver()
        relay = start(choice)
        try:
            kib = phases.idle_bytes(driver, relay, sockets) / 1024
            memory.add(relay.name, kib)
            watch = phases.Stopwatch(relay.served)
            driver.wait(IDLE_TURNS * PING_S)
            idle.add(relay.name, watch.stop(sockets * IDLE_TURNS, []).server_ms * 1000)
        finally:
            relay.served.end()
            driver.close()
    return memory, idle


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="fewer turns")
    options = parser.parse_args()
    become_driver()
    choices = [
        choice
        for choice in Choice
        if choice is not Choice.UVLOOP or importlib.util.find_spec("uvloop") is not None
    ]
    turns, rooms, sockets = (3, 120, 1000) if options.quick else (8, 300, 2000)
    room_ms = cpu(choices, turns, rooms)
    memory, idle = quiet(choices, sockets)
    print(f"{'':34}{'CPU/room':>10}{'range':>14}{'memory/socket':>16}{'idle us/ping':>14}")
    for choice in choices:
        ratios = room_ms.ratios(choice, Choice.NOTHING)
        span = f"{ratios[0]:.2f}-{ratios[-1]:.2f}"
        kib = memory.ratios(choice, Choice.NOTHING)[0]
        middle = ratios[len(ratios) // 2]
        us = idle.median(choice)
        print(f"{choice:34}{middle:>10.2f}{span:>14}{kib:>16.2f}{us:>14.1f}")
    base_ms, base_kib = room_ms.median(Choice.NOTHING), memory.median(Choice.NOTHING)
    print(f"1.00 is {base_ms:.2f} ms per room and {base_kib:.1f} KiB per idle socket.")


if __name__ == "__main__":
    main()
