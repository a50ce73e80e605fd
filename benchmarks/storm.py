"""Hostile datagrams and TCP frames at the relay while it carries calls: nobody should notice.

On loopback nothing but the relay delays a packet, so its whole delay is what is added.
"""

import os
import random
import socket
import time
from collections import deque
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from statistics import median
from typing import Final

from benchmarks.ends import LOOPBACK
from benchmarks.load import PER_BRIDGE, Generator, Load
from benchmarks.relays import Ours
from tests.relay.storm import junk
from videocall.signalling.bridge import Credentials

CALLS: Final = 20
TITLE: Final = f"{CALLS} calls ({CALLS * PER_BRIDGE} packets a second)"
QUIET: Final = "in quiet"
STORM: Final = "in a storm"
HOSTILE: Final = 100_000
P99_AIM_US: Final = 5000
_PER_S: Final = 15_000
_AT_ONCE: Final = 20
_SECONDS: Final = HOSTILE / _PER_S
_STRANGERS: Final = 5
_BETWEEN_CONNECTIONS: Final = 10 * _AT_ONCE
_FRAMES: Final = 4
_CONNECTIONS: Final = 16
"""Fewer than the relay takes from one address."""
_PATIENCE_S: Final = 5.0
_COUNTED_S: Final = 1.5
"""The relay asks the kernel every second."""
_LARGEST: Final = 2048


@dataclass(slots=True)
class Storms:
    """What came of all storms."""

    packets: int = 0
    frames: int = 0
    seconds: float = 0.0
    answered: int = 0
    loads: dict[str, list[Load]] = field(default_factory=lambda: {QUIET: [], STORM: []})
    dropped: dict[str, int] = field(default_factory=dict)
    kernel_dropped: int = 0


def measure(generator: Generator, rounds: int) -> Storms:
    """Let the relay carry calls in quiet and in a storm, by turns."""
    storms = Storms()
    relay = Ours()
    ends = []
    try:
        told = relay.open(CALLS)
        ends = relay.browsers(told)
        heard = [end.checks[0] for end in ends]
        packets = hostile(told, heard, random.Random(1))
        for number in range(rounds):
            for name in (QUIET, STORM)[:: 1 if number % 2 == 0 else -1]:
                with ThreadPoolExecutor(1) as beside:
                    blowing = beside.submit(blow, relay, packets if name == STORM else (), storms)
                    storms.loads[name].append(generator.pace(relay.served, ends, _SECONDS))
                    blowing.result()
        time.sleep(_COUNTED_S)
        storms.dropped, storms.kernel_dropped = relay.dropped()
    finally:
        relay.served.end()
        for end in ends:
            end.socket.close()
    return storms


def hostile(
    told: Sequence[tuple[str, str]], heard: Sequence[bytes], dice: random.Random
) -> list[bytes]:
    """Return packets that are wrong in every way; `heard` is a check of each leg to repeat."""
    kinds = [
        kind
        for (ufrag, pwd), check in zip(told, heard, strict=True)
        for kind in junk(dice, Credentials(ufrag, pwd), check)
    ]
    return [dice.choice(kinds)() for _ in range(HOSTILE)]


def blow(relay: Ours, packets: Sequence[bytes], storms: Storms) -> None:
    """Send all packets from where nobody was proven, some of them over TCP."""
    os.nice(10)  # of this thread alone: the calls' packets leave first
    strangers = [socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(_STRANGERS)]
    for stranger in strangers:
        stranger.connect((LOOPBACK, relay.served.port))
    connections: deque[socket.socket] = deque()
    began = due = time.monotonic()
    for at in range(0, len(packets), _AT_ONCE):
        some = packets[at : at + _AT_ONCE]
        if at % _BETWEEN_CONNECTIONS == 0:
            connections.append(_framed(relay.tcp_port, some[:_FRAMES]))
            storms.frames += _FRAMES
            some = some[_FRAMES:]
            if len(connections) > _CONNECTIONS:
                storms.answered += _answered(connections.popleft())
        for number, packet in enumerate(some):
            strangers[number % _STRANGERS].send(packet)
        now = time.monotonic()
        # After a delay the next come no thicker.
        due = max(due + _AT_ONCE / _PER_S, now)
        time.sleep(due - now)
    storms.packets += len(packets)
    storms.seconds += time.monotonic() - began
    storms.answered += sum(map(_answered, [*connections, *strangers]))


def _framed(port: int, packets: Sequence[bytes]) -> socket.socket:
    """Open a connection and send frames (RFC 4571), the last of which has no end."""
    made = socket.create_connection((LOOPBACK, port), _PATIENCE_S)
    frames = b"".join(len(packet).to_bytes(2, "big") + packet for packet in packets)
    made.sendall(frames + b"\x05\x00ab")
    made.shutdown(socket.SHUT_WR)
    return made


def _answered(stranger: socket.socket) -> int:
    """Close a socket; return how often something came."""
    came = 0
    with stranger:
        if stranger.type == socket.SOCK_DGRAM:
            stranger.setblocking(False)
        try:
            while stranger.recv(_LARGEST):
                came += 1
        except (BlockingIOError, ConnectionError):
            pass
    return came


def remarks(storms: Storms) -> list[str]:
    """Say what the storms did."""
    loads = [load for seen in storms.loads.values() for load in seen]
    quiet_us, storm_us = (
        median(load.p99_us for load in storms.loads[name]) for name in (QUIET, STORM)
    )
    per_s = storms.packets / storms.seconds
    dropped = ", ".join(f"{count} {why}" for why, count in storms.dropped.items())
    said = [
        f"Added delay in a storm, p99: {storm_us:.0f} us, aim {P99_AIM_US}; in quiet:"
        f" {quiet_us:.0f} us.",
        f"{len(storms.loads[STORM])} storms of {HOSTILE} packets, {per_s:.0f} a second,"
        f" {storms.frames} of all by TCP: answered {storms.answered}, aim 0.",
        f"The relay dropped {dropped}; the kernel {storms.kernel_dropped}, with those of calls.",
        f"Packets of calls that came out: {sum(load.received for load in loads)}; corrupt or not"
        f" of calls: {sum(load.corrupt for load in loads)}, aim 0.",
        f"Checks of consent: {sum(load.checks_sent for load in loads)},"
        f" answered: {sum(load.checks_answered for load in loads)}.",
    ]
    late_us = max(load.late_max_us for load in loads)
    if late_us > P99_AIM_US:
        said.append(f"THE LOAD WAS UP TO {late_us:.0f} us LATE: something else runs here.")
    return said
