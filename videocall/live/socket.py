"""What the hub needs of a socket; `connection` is the real one, tests have one that loses."""

from typing import Protocol

from videocall.errors import CloseCode


class Socket(Protocol):
    close_code: int

    def post(self, frame: bytes) -> None:
        """Send a text frame now, or nothing where the socket is gone. Never waits."""

    def close(self, code: CloseCode, reason: str = "") -> None:
        """Say goodbye with `code`."""

    def wants_ping(self, now: float, ping_s: float) -> bool:
        """Tell whether the last ping is `ping_s` old; a browser that is gone is cut instead."""
