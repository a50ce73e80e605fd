"""The load: a program in C that has the ends of all bridges, sends, receives and looks at a clock.

It is compiled when a benchmark begins, into a folder that goes with it.
"""

import json
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from benchmarks.ends import End
from benchmarks.process import Served

PER_BRIDGE: Final = 2 * (5 * 26 + 50)
"""Packets a second of a bridge, both ways: 1.2 Mbit/s each."""
_SOURCES: Final = Path(__file__).with_name("relay")


def compiled(name: str, into: Path) -> Path:
    """Return the program that `relay/<name>.c` becomes."""
    program = into / name
    command = ["gcc", "-O2", "-march=native", "-o", str(program), str(_SOURCES / f"{name}.c")]
    subprocess.run(command, check=True)
    return program


@dataclass(frozen=True, slots=True)
class Load:
    """What one stretch of load showed. `relay_s` and `own_s` are CPU seconds."""

    wall_s: float
    relay_s: float
    own_s: float
    counted: int
    """Packets that came out while the clocks ran."""
    sent: int
    received: int
    refused: int
    corrupt: int
    reordered: int
    checks_sent: int
    checks_answered: int
    p50_us: float
    p99_us: float
    late_max_us: float

    @property
    def per_s(self) -> float:
        return self.counted / self.wall_s

    @property
    def relay_us(self) -> float:
        """Return the relay's CPU microseconds per packet that came out."""
        return self.relay_s * 1e6 / max(1, self.counted)

    @property
    def per_core_s(self) -> float:
        """Return how many packets a second one core carries, by the CPU time they took."""
        return self.counted / self.relay_s

    @property
    def loss(self) -> float:
        return max(0, self.sent - self.received) / max(1, self.sent)

    @property
    def relay_busy(self) -> float:
        return self.relay_s / self.wall_s

    @property
    def own_busy(self) -> float:
        return self.own_s / self.wall_s


@dataclass(frozen=True, slots=True)
class Generator:
    """The compiled program."""

    program: Path

    def pace(self, served: Served, ends: Sequence[End], seconds: float) -> Load:
        """Let every bridge carry a call."""
        return self._run(served, ends, "pace", seconds, 0)

    def saturate(self, served: Served, ends: Sequence[End], seconds: float, window: int) -> Load:
        """Keep `window` packets on their way, as fast as the relay goes."""
        return self._run(served, ends, "saturate", seconds, window)

    def _run(
        self, served: Served, ends: Sequence[End], mode: str, seconds: float, window: int
    ) -> Load:
        lines = [
            " ".join([str(end.socket.fileno()), str(end.channel), *(c.hex() for c in end.checks)])
            for end in ends
        ]
        ran = subprocess.run(
            [self.program, mode, str(seconds), str(window), str(served.pid)],
            input="\n".join(lines) + "\n",
            pass_fds=[end.socket.fileno() for end in ends],
            stdout=subprocess.PIPE,
            text=True,
            check=True,
        )
        seen: dict[str, Any] = json.loads(ran.stdout)
        return Load(**seen)
