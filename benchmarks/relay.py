"""The relay against a loop in C, bare asyncio and coturn, under the same load in one run.

    python -m benchmarks.relay [--quick] [--json FILE]
    python -m benchmarks.relay --storm [--quick]
    python -m benchmarks.relay --bridges-churn 100000

A program in C is all browsers: it holds both ends of every bridge, sends what calls send, both
ways, with checks of consent beside, and looks at what arrives, to the last byte. The relay has one
core, the load the other; "busy %" and "load %" say how full. In each round every relay is started
anew and meets three loads: as much as it can carry, a hundred calls, and half of what it could
carry. The order turns round from round to round; figures are medians (range), ratios those within
one round. A packet counts when it came out; with both sides allocated at coturn it crosses coturn
twice and counts once. Loopback only. With --storm, twenty calls meet quiet and 100,000 hostile
packets by turns. Nothing is asserted: the figures are for people, and never to be compared with
those of another run.
"""

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks import churn, storm
from benchmarks.load import PER_BRIDGE, Generator, Load, compiled
from benchmarks.process import DRIVER_CORE, SERVER_CORE, become_driver
from benchmarks.relays import Bare, Coturn, Ours, Relay

OURS: Final = "this relay, metering"
C_LOOP: Final = "C, recvfrom/sendto"
ASYNCIO: Final = "asyncio, bare"
COTURN_ONE: Final = "coturn, one side"
COTURN_BOTH: Final = "coturn, both sides"
AIMS: Final = {C_LOOP: 2.0, ASYNCIO: 1.0, COTURN_ONE: 1.6, COTURN_BOTH: 1.0}
P99_AIM_US: Final = 1000
CALLS: Final = 100
WINDOW: Final = 126
BRIDGES_MAX: Final = 320
BUSY: Final = 0.9

Start = Callable[[], Relay]
Measure = Callable[[Load], float]


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured."""

    rounds: int
    seconds: float


FULL: Final = Plan(5, 2.5)
QUICK: Final = Plan(2, 0.8)


@dataclass(slots=True)
class Phase:
    """One kind of load: what each relay showed in each round."""

    name: str
    seen: dict[str, list[Load]] = field(default_factory=dict)

    def add(self, relay: str, load: Load) -> None:
        self.seen.setdefault(relay, []).append(load)

    def median(self, relay: str, measure: Measure) -> float:
        return median(map(measure, self.seen[relay]))

    def ratios(self, relay: str) -> list[float]:
        """Return our CPU per packet to this relay's, smallest first."""
        pairs = zip(self.seen[OURS], self.seen[relay], strict=True)
        return sorted(ours.relay_us / other.relay_us for ours, other in pairs)


def rounds(starts: Mapping[str, Start], generator: Generator, plan: Plan) -> list[Phase]:
    """Let every relay meet every load, by turns."""
    most = Phase("As much as it can carry")
    calls = Phase(f"{CALLS} calls ({CALLS * PER_BRIDGE} packets a second)")
    half = Phase("Half of what it can carry")
    for number in range(plan.rounds):
        names = list(starts) if number % 2 == 0 else list(starts)[::-1]
        for name in names:
            relay = starts[name]()
            ends = []
            try:
                ends = relay.connect(BRIDGES_MAX)
                load = generator.saturate(relay.served, ends, plan.seconds, WINDOW)
                most.add(name, load)
                calls.add(name, generator.pace(relay.served, ends[: 2 * CALLS], plan.seconds))
                bridges = max(1, min(BRIDGES_MAX, round(load.per_core_s / 2 / PER_BRIDGE)))
                half.add(name, generator.pace(relay.served, ends[: 2 * bridges], plan.seconds))
            finally:
                relay.served.end()
                for end in ends:
                    end.socket.close()
    return [most, calls, half]


COLUMNS: Final = (21, 11, 21, 28, 9, 24, 9, 9, 9)


def table(phase: Phase) -> str:
    """Return a phase as text, a line for each relay."""
    head = (
        "", "packets/s", "CPU us/packet", "this relay / it", "p50 us", "p99 us", "loss %",
        "busy %", "load %",
    )  # fmt: skip
    lines = [_row(head), *(_row(_cells(phase, relay)) for relay in phase.seen)]
    return "\n".join([phase.name, *lines])


def _row(cells: Sequence[str]) -> str:
    first, *others = zip(cells, COLUMNS, strict=True)
    return first[0].ljust(first[1]) + "".join(cell.rjust(width) for cell, width in others)


def _cells(phase: Phase, relay: str) -> list[str]:
    def middle(measure: Measure, digits: int = 0) -> str:
        return f"{phase.median(relay, measure):.{digits}f}"

    def span(measure: Measure, digits: int = 0) -> str:
        values = sorted(map(measure, phase.seen[relay]))
        return f"{median(values):.{digits}f} ({values[0]:.{digits}f}-{values[-1]:.{digits}f})"

    ratio = ""
    if relay != OURS and OURS in phase.seen:
        ratios = phase.ratios(relay)
        ratio = f"{median(ratios):.2f} ({ratios[0]:.2f}-{ratios[-1]:.2f}), aim {AIMS[relay]:g}"
    return [
        relay,
        middle(lambda load: load.per_s),
        span(lambda load: load.relay_us, 2),
        ratio,
        middle(lambda load: load.p50_us),
        span(lambda load: load.p99_us),
        middle(lambda load: load.loss * 100, 2),
        middle(lambda load: load.relay_busy * 100),
        middle(lambda load: load.own_busy * 100),
    ]


def remarks(phases: list[Phase]) -> list[str]:
    """Say what follows from the figures, and what would make them worthless."""
    most, calls, half = phases
    said = ["Calls at 1.2 Mbit/s each way that one core carries, by its CPU time at half load:"]
    for relay in half.seen:
        per_core = 1e6 / half.median(relay, lambda load: load.relay_us) / PER_BRIDGE
        said.append(f"  {relay.ljust(40)}{per_core:8.0f}")
    loads = [load for phase in phases for seen in phase.seen.values() for load in seen]
    said.append(
        f"Packets that came out: {sum(load.received for load in loads)}; corrupt:"
        f" {sum(load.corrupt for load in loads)}, out of order:"
        f" {sum(load.reordered for load in loads)}."
    )
    ours = [load for phase in phases for load in phase.seen.get(OURS, [])]
    said.append(
        f"Checks of consent during our loads: {sum(load.checks_sent for load in ours)},"
        f" answered: {sum(load.checks_answered for load in ours)}."
    )
    if OURS in half.seen:
        p99_us = half.median(OURS, lambda load: load.p99_us)
        said.append(f"Our delay at half load, p99: {p99_us:.0f} us, aim {P99_AIM_US}.")
    said += [
        f"{relay}: ITS CORE WAS NOT FULL; what it carries is less than it could."
        for relay in most.seen
        if most.median(relay, lambda load: load.relay_busy) < BUSY
    ]
    late_us = max(
        phase.median(relay, lambda load: load.late_max_us)
        for phase in (calls, half)
        for relay in phase.seen
    )
    if late_us > P99_AIM_US:
        said.append(f"THE LOAD WAS UP TO {late_us:.0f} us LATE: something else runs here.")
    return said


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--quick", action="store_true", help="about a minute; coarser figures")
    parser.add_argument("--only", nargs="*", metavar="WORD", help="relays whose name has the word")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write every repetition there")
    parser.add_argument(
        "--storm", action="store_true", help="carry calls while hostile packets come"
    )
    parser.add_argument(
        "--bridges-churn", type=int, metavar="N", help="make and end N bridges; print the memory"
    )
    options = parser.parse_args()
    began = time.monotonic()
    become_driver()
    if options.bridges_churn:
        churn.report(options.bridges_churn)
        return
    plan = QUICK if options.quick else FULL
    load_average = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as folder:
        loop = compiled("loop", Path(folder))
        generator = Generator(compiled("load", Path(folder)))
        starts: dict[str, Start] = {
            C_LOOP: lambda: Bare(loop),
            ASYNCIO: lambda: Bare(sys.executable, "-m", "benchmarks.bare_forwarder"),
            COTURN_ONE: lambda: Coturn(both=False),
            COTURN_BOTH: lambda: Coturn(both=True),
            OURS: Ours,
        }
        words = options.only or [""]
        chosen = {n: s for n, s in starts.items() if any(word in n for word in words)}
        if options.storm:
            storms = storm.measure(generator, plan.rounds)
            phases, notes = [Phase(storm.TITLE, storms.loads)], storm.remarks(storms)
        else:
            phases = rounds(chosen, generator, plan)
            notes = remarks(phases)
    print(
        f"Python {platform.python_version()}, Linux {platform.release()}: relays on core"
        f" {SERVER_CORE}, the load on core {DRIVER_CORE}; {plan.rounds} rounds; median (range)."
        f" Load average before: {load_average:.1f}."
    )
    for phase in phases:
        print("", table(phase), sep="\n")
    notes = [*notes, f"Took {time.monotonic() - began:.0f} s."]
    print("", *notes, sep="\n")
    if options.json is not None:
        seen = {
            phase.name: {
                name: [asdict(load) for load in loads] for name, loads in phase.seen.items()
            }
            for phase in phases
        }
        options.json.write_text(
            json.dumps({"notes": notes, "seen": seen}, indent=1, default=asdict)
        )


if __name__ == "__main__":
    main()
