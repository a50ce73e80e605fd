"""Many datagrams in one system call, in memory that is made once: recvmmsg(2) and sendmmsg(2).

A datagram goes on from where it lies: its name, which is the address it came from, is overwritten
by the one it goes to. The place of each is fixed, so nothing is ever written beyond it.
"""

import ctypes
import sys
from socket import AF_INET, AF_INET6, inet_ntop, socket
from typing import Final

from videocall.errors import ConfigError

Address = tuple[str, int] | tuple[str, int, int, int]

SLOTS: Final = 64

_NAME_BYTES: Final = 28
_IPV4_BYTES: Final = 16
_IPV4_SAID_BYTES: Final = 8
"""Of `sockaddr_in` of ip(7); what is beyond is padding."""


class _Part(ctypes.Structure):
    """`struct iovec` of readv(2)."""

    _fields_ = (("at", ctypes.c_void_p), ("bytes", ctypes.c_size_t))


class _Header(ctypes.Structure):
    """`struct msghdr` of recvmsg(2)."""

    _fields_ = (
        ("name", ctypes.c_void_p),
        ("name_bytes", ctypes.c_uint),
        ("parts", ctypes.c_void_p),
        ("part_count", ctypes.c_size_t),
        ("control", ctypes.c_void_p),
        ("control_bytes", ctypes.c_size_t),
        ("flags", ctypes.c_int),
    )


class _Message(ctypes.Structure):
    """`struct mmsghdr` of recvmmsg(2)."""

    _fields_ = (("header", _Header), ("bytes", ctypes.c_uint))


class Batch:
    """Up to 64 datagrams of one socket; what a slot holds stays until the next `receive`.

    `names[slot]` is where one came from, `sizes[slot]` how many bytes of `datagrams[slot]` it has:
    `datagram_bytes` at most, the rest is lost. To send it on, write where to into `names[slot]` and
    how much of it into `spans[slot]`.
    """

    def __init__(self, of: socket, datagram_bytes: int) -> None:
        # These calls keep the interpreter's lock. They never wait, and another thread that took it
        # between two of them might keep it for 5 ms.
        libc = ctypes.PyDLL(None)
        try:
            self._recvmmsg, self._sendmmsg = libc.recvmmsg, libc.sendmmsg
        except AttributeError as error:
            raise ConfigError("relay: it needs recvmmsg(2); run it on Linux") from error
        self._descriptor = of.fileno()
        self._ipv4 = of.family is AF_INET

        datagrams = bytearray(SLOTS * datagram_bytes)
        names = bytearray(SLOTS * _NAME_BYTES)
        parts = (_Part * SLOTS)()
        self._messages = (_Message * SLOTS)()
        for slot in range(SLOTS):
            part, header = parts[slot], self._messages[slot].header
            part.at = ctypes.addressof(ctypes.c_char.from_buffer(datagrams, slot * datagram_bytes))
            part.bytes = datagram_bytes
            header.name = ctypes.addressof(ctypes.c_char.from_buffer(names, slot * _NAME_BYTES))
            header.name_bytes = _IPV4_BYTES if self._ipv4 else _NAME_BYTES
            header.parts = ctypes.addressof(part)
            header.part_count = 1
        self._at = [ctypes.byref(message) for message in self._messages]

        self.datagrams = _cut(memoryview(datagrams), datagram_bytes, datagram_bytes)
        said_bytes = _IPV4_SAID_BYTES if self._ipv4 else _NAME_BYTES
        self.names = _cut(memoryview(names), _NAME_BYTES, said_bytes)
        self.sizes = (
            memoryview(self._messages)
            .cast("B")
            .cast("I")[_Message.bytes.offset // 4 :: ctypes.sizeof(_Message) // 4]
        )
        self._parts = memoryview(parts).cast("B")
        self._room = bytes(self._parts)
        self.spans = self._parts.cast("L")[1::2]

    def receive(self) -> int:
        """Take what is there; return how many datagrams that is."""
        self._parts[:] = self._room
        count: int = self._recvmmsg(self._descriptor, self._at[0], SLOTS, 0, None)
        return max(0, count)

    def address(self, name: bytes) -> Address:
        """Return what a name says as Python's sockets want it, host and port first."""
        port = int.from_bytes(name[2:4], "big")
        if self._ipv4:
            return inet_ntop(AF_INET, name[4:8]), port
        scope = int.from_bytes(name[24:28], sys.byteorder)
        return inet_ntop(AF_INET6, name[8:24]), port, 0, scope

    def send(self, first: int, end: int) -> list[int]:
        """Send on the slots from `first` up to `end`; return those that did not go out."""
        stuck = []
        while first < end:
            sent = self._sendmmsg(self._descriptor, self._at[first], end - first, 0)
            if sent < 1:
                stuck.append(first)
            first += max(1, sent)
        return stuck


def _cut(whole: memoryview, every_bytes: int, size: int) -> list[memoryview]:
    return [whole[slot * every_bytes :][:size] for slot in range(SLOTS)]
