"""A server under test: a child process on a core of its own, its CPU time and its memory."""

import atexit
import gc
import json
import os
import resource
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
_CORES: Final = sorted(os.sched_getaffinity(0))
SERVER_CORE: Final = _CORES[0]
DRIVER_CORE: Final = _CORES[-1]
"""Another core than the servers', where the machine has two."""


def become_driver() -> None:
    """Make this process the driver: its core, its memory, its files, its end."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    os.sched_setaffinity(0, {DRIVER_CORE})
    gc.disable()
    # An exception, so that servers are ended on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))


class Served:
    """A server process. It prints JSON lines; the first names its port."""

    def __init__(
        self, command: Sequence[str], environment: Mapping[str, str] | None = None
    ) -> None:
        own = os.sched_getaffinity(0)
        os.sched_setaffinity(0, {SERVER_CORE})
        try:
            self._child = subprocess.Popen(
                command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                env={**os.environ, **(environment or {})},
                text=True,
            )
        finally:
            os.sched_setaffinity(0, own)
        atexit.register(self.end)
        self.first = self.line()
        self.port = int(self.first["port"])

    def line(self) -> dict[str, Any]:
        """Return the next JSON line."""
        assert self._child.stdout is not None
        text = self._child.stdout.readline()
        if not text:
            raise ChildProcessError(f"the server ended by itself: {self._child.args!r}")
        parsed: dict[str, Any] = json.loads(text)
        return parsed

    def say(self, line: str) -> None:
        """Write a line to its standard input."""
        assert self._child.stdin is not None
        self._child.stdin.write(line + "\n")
        self._child.stdin.flush()

    @property
    def pid(self) -> int:
        return self._child.pid

    def cpu_s(self) -> float:
        """Return the CPU seconds of all its threads until now, user and system."""
        # What clock_getcpuclockid(3) returns; /proc/<pid>/stat has the same in ticks of 10 ms.
        return time.clock_gettime((~self._child.pid << 3) | 2)

    def rss_bytes(self) -> int:
        """Return its resident memory (proc(5): statm)."""
        with open(f"/proc/{self._child.pid}/statm") as file:
            return int(file.read().split()[1]) * _PAGE_BYTES

    def end(self) -> None:
        """Ask it to end, and make it after 5 s; once is enough."""
        atexit.unregister(self.end)
        self._child.terminate()
        try:
            self._child.wait(5)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        for pipe in (self._child.stdin, self._child.stdout):
            if pipe is not None:
                pipe.close()
