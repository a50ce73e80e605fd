"""Ports for tests, of which several may run at once."""

import secrets
import socket
from typing import Final

_PORTS: Final = range(20_000, 32_768)
"""The kernel gives its own from 32768 on: none of these is taken before a test listens there."""


def unused_port() -> int:
    """Return a port of this machine on which nobody listens."""
    while True:
        port = secrets.choice(_PORTS)
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
