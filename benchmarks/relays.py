"""The relays under test: how each is started, and how both ends of a bridge come to it."""

import shutil
import socket
import struct
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final, Protocol

from benchmarks.ends import CHECKS, LOOPBACK, Allocation, End, ask, browser, end_socket
from benchmarks.process import Served

_USER: Final = "browser"
_PASSWORD: Final = "of-this-run-only"
_REALM: Final = "loopback"
_THREADS: Final = 1


class CoturnMissing(Exception):
    """There is no `turnserver` here (Debian: coturn)."""


class Relay(Protocol):
    """A relay's process, just started."""

    @property
    def served(self) -> Served: ...

    def connect(self, bridges: int) -> list[End]:
        """Return the ends of so many new bridges; two neighbours are one bridge."""


class Bare:
    """A relay that is told by a hello who belongs together: the loop in C, the one on asyncio."""

    def __init__(self, *command: str | Path) -> None:
        self.served = Served([str(word) for word in command])

    def connect(self, bridges: int) -> list[End]:
        return [self._end(bridge, seat) for bridge in range(bridges) for seat in (0, 1)]

    def _end(self, bridge: int, seat: int) -> End:
        end = end_socket()
        end.connect((LOOPBACK, self.served.port))
        ask(end, struct.pack("!HHI", 0, seat, bridge))
        return End(end)


class Coturn:
    """coturn, with one thread for all packets; one or both ends have an allocation."""

    def __init__(self, both: bool) -> None:
        program = shutil.which("turnserver")
        if program is None:
            raise CoturnMissing("no `turnserver` here (Debian: coturn)")
        self._both = both
        # As coturn tells nobody when it is up or at which port, it is told one that is free now.
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as free:
            free.bind((LOOPBACK, 0))
            port: int = free.getsockname()[1]
        options = (
            f"-n --listening-ip {LOOPBACK} --relay-ip {LOOPBACK} --listening-port {port}"
            f" --relay-threads {_THREADS} --allow-loopback-peers --lt-cred-mech --stale-nonce=0"
            f" --user {_USER}:{_PASSWORD} --realm {_REALM} --fingerprint --no-cli --no-tcp --no-tls"
            " --no-dtls --no-stdout-log --simple-log --log-file /dev/null"
            " --pidfile /dev/null --no-software-attribute --no-rfc5780"
        )
        started = f"echo '{{\"port\": {port}}}'; exec {program} {options} >/dev/null 2>&1"
        self.served = Served(["sh", "-c", started])

    def connect(self, bridges: int) -> list[End]:
        return [end for _ in range(bridges) for end in self._bridge()]

    def _bridge(self) -> Sequence[End]:
        first = self._allocation()
        if self._both:
            second = self._allocation()
            return first.towards(second.relayed), second.towards(first.relayed)
        plain = end_socket()
        plain.connect(first.relayed)
        return first.towards(plain.getsockname()), End(plain)

    def _allocation(self) -> Allocation:
        return Allocation(self.served.port, _USER, _PASSWORD)


class Ours:
    """This relay, in a process of its own; its readings are taken every second."""

    def __init__(self) -> None:
        self.served = Served([sys.executable, "-m", "benchmarks.our_relay"])

    def connect(self, bridges: int, ready: int = CHECKS) -> list[End]:
        return self.browsers(self.open(bridges), ready)

    def open(self, bridges: int) -> list[tuple[str, str]]:
        """Make bridges; return the ufrag and the password of each leg."""
        self.served.say(f"open {bridges}")
        return [(ufrag, pwd) for ufrag, pwd in self.served.line()["opened"]]

    def browsers(self, told: Sequence[tuple[str, str]], ready: int = CHECKS) -> list[End]:
        """Return an end at each leg."""
        return [browser(self.served.port, ufrag, pwd, ready) for ufrag, pwd in told]

    @property
    def tcp_port(self) -> int:
        return int(self.served.first["tcp_port"])

    def dropped(self) -> tuple[dict[str, int], int]:
        """Return how many packets it dropped, by why, and how many the kernel did."""
        self.served.say("dropped")
        line = self.served.line()
        return line["dropped"], line["kernel_dropped"]

    def close(self) -> None:
        """End every bridge."""
        self.served.say("close")
        self.served.line()
