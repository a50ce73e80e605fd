"""What both doors have in common: where they hand checks to, and what their work costs."""

import errno
import socket
from collections.abc import Callable
from ipaddress import ip_address
from typing import Final, Protocol

from videocall.errors import ConfigError
from videocall.relay.lane import Drops, Source

PACKET_MAX_BYTES: Final = 2048
"""Browsers stay below 1,500."""
_NO_SUCH_FAMILY: Final = {errno.EAFNOSUPPORT, errno.EADDRNOTAVAIL}


class Desk(Protocol):
    """Whom the doors turn to with what is no packet of a call."""

    @property
    def steady(self) -> Callable[[], float]: ...
    @property
    def dropped(self) -> Drops: ...

    busy_s: float
    """How long the doors were at work, since this was last read."""

    def check(self, packet: memoryview, source: Source, host: str, port: int) -> None:
        """Take what may be a check, and answer it where it is one."""

    def lost(self, source: Source) -> None:
        """Nothing more comes from there."""


def bound(kind: socket.SocketKind, host: str, port: int) -> socket.socket | None:
    """Return a socket bound there; None where the machine has no IPv6. Raises ConfigError."""
    family = socket.AF_INET if ip_address(host).version == 4 else socket.AF_INET6
    named = "UDP" if kind is socket.SOCK_DGRAM else "TCP"
    opened = None
    try:
        opened = socket.socket(family, kind)
        opened.setblocking(False)
        if family is socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        if kind is socket.SOCK_STREAM:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        opened.bind((host, port))
    except OSError as error:
        if opened is not None:
            opened.close()
        if host == "::" and error.errno in _NO_SUCH_FAMILY:
            return None
        if error.errno == errno.EADDRINUSE:
            raise ConfigError(
                f"relay.port: {named} {port} is taken; end the other program that listens there, "
                "or give the relay another port"
            ) from error
        if error.errno == errno.EACCES:
            raise ConfigError(
                f"relay.port: {named} {port} may not be used; give a port above 1023"
            ) from error
        raise ConfigError(
            f"relay.port: {named} {port} cannot be opened at {host}: {error.strerror}; "
            "give addresses of this machine"
        ) from error
    return opened
