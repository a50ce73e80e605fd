"""A server under test: a child process on a core of its own, its CPU time and its memory."""

import json
import os
import resource
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import Any, Final

_PAGE_BYTES: Final = os.sysconf("SC_PAGE_SIZE")
_CORES: Final = sorted(os.sched_getaffinity(0))
SERVER_CORE: Final = _CORES[0]
DRIVER_CORE: Final = _CORES[-1]
"""Another core than the servers', where the machine has two."""


def raise_file_limit() -> None:
    """Allow as many sockets as the machine permits; children inherit it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


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
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                env={**os.environ, **(environment or {})},
                text=True,
            )
        finally:
            os.sched_setaffinity(0, own)
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

    def cpu_s(self) -> float:
        """Return the CPU seconds of all its threads until now, user and system."""
        # What clock_getcpuclockid(3) returns; /proc/<pid>/stat has the same in ticks of 10 ms.
        return time.clock_gettime((~self._child.pid << 3) | 2)

    def rss_bytes(self) -> int:
        """Return its resident memory (proc(5): statm)."""
        with open(f"/proc/{self._child.pid}/statm") as file:
            return int(file.read().split()[1]) * _PAGE_BYTES

    def end(self) -> None:
        """Ask it to end, and make it after 5 s."""
        self._child.terminate()
        try:
            self._child.wait(5)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        if self._child.stdout is not None:
            self._child.stdout.close()
