"""One epoll loop that plays every browser of a benchmark.

It is no asyncio program on purpose: a relayed message costs it about a quarter of what it costs
a server on asyncio, so that it can fill one server's core from another and have time to spare.
"""

import errno
import heapq
import itertools
import select
import socket
import time
from collections.abc import Callable
from typing import Final, Protocol

from benchmarks import frames

_RECEIVE_BYTES: Final = 256 * 1024
_EVENTS_MAX: Final = 512
# From Linux' own headers; a port is chosen at connect, so that 64,000 per address are not the end.
_IP_BIND_ADDRESS_NO_PORT: Final = 24


class DriverError(Exception):
    """A server did not do what every room needs; the figures would mean nothing."""


class Ear(Protocol):
    """Who is told what happens on a socket."""

    def opened(self) -> None: ...

    def heard(self, payload: bytes) -> None: ...

    def closed(self, code: int | None) -> None: ...


class Socket:
    """One WebSocket of a simulated browser."""

    __slots__ = ("_driver", "_ear", "_rest", "_tcp", "_unsent", "_upgraded", "code", "fileno")

    def __init__(self, driver: "Driver", tcp: socket.socket, request: bytes, ear: Ear) -> None:
        self._driver = driver
        self._tcp = tcp
        self._ear = ear
        self._unsent = request
        self._rest = b""
        self._upgraded = False
        self.fileno = tcp.fileno()
        self.code: int | None = None

    def send(self, frame: bytes) -> None:
        """Send a whole frame, or the rest of it as soon as the kernel takes it."""
        if self._unsent:
            self._unsent += frame
            return
        sent = self._tcp.send(frame)
        if sent < len(frame):
            self._unsent = frame[sent:]
            self._driver.watch(self, writable=True)

    def drop(self) -> None:
        """Vanish without a word, as a browser does whose network is gone."""
        self._driver.forget(self)
        self._tcp.close()

    def leave(self, code: int = 1000) -> None:
        """Send a close frame; the server answers and closes (RFC 6455 section 7.1.1)."""
        if self.code is None:
            self.code = code
            self.send(frames.frame(code.to_bytes(2), frames.CLOSE))

    def writable(self) -> None:
        sent = self._tcp.send(self._unsent)
        self._unsent = self._unsent[sent:]
        if not self._unsent:
            self._driver.watch(self, writable=False)

    def readable(self) -> None:
        try:
            received = self._tcp.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            return
        except ConnectionError:
            received = b""
        if not received:
            self.drop()
            if not self._upgraded:
                raise DriverError("the server closed a socket instead of upgrading it")
            self._ear.closed(self.code)
            return
        if self._rest:
            received = self._rest + received
        if not self._upgraded:
            head, blank, received = received.partition(b"\r\n\r\n")
            if not blank:
                self._rest = head
                return
            if not head.startswith(b"HTTP/1.1 101 "):
                status = head.partition(b"\r")[0].decode()
                raise DriverError(f"no upgrade: {status} {received[:200]!r}")
            self._upgraded = True
            self._ear.opened()
        whole, self._rest = frames.split(received)
        for opcode, payload in whole:
            if opcode == frames.TEXT:
                self._ear.heard(payload)
            elif opcode == frames.PING:
                self.send(frames.frame(payload, frames.PONG))
            elif opcode == frames.CLOSE:
                self.leave(int.from_bytes(payload[:2]) or 1000)


class Driver:
    """Every socket and timer; `run` until a condition holds."""

    def __init__(self) -> None:
        self._poll = select.epoll()
        self._sockets: dict[int, Socket] = {}
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        # Each browser comes from an address of its own (127.0.0.0/8 is all loopback).
        self._addresses = itertools.cycle(range(2, 250 * 250))

    def connect(self, port: int, request: bytes, ear: Ear) -> Socket:
        """Open a connection to localhost and send `request` as soon as it stands."""
        high, low = divmod(next(self._addresses), 250)
        tcp = socket.socket(socket.AF_INET, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        tcp.setsockopt(socket.IPPROTO_IP, _IP_BIND_ADDRESS_NO_PORT, 1)
        tcp.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        tcp.bind((f"127.1.{high}.{low + 2}", 0))
        failure = tcp.connect_ex(("127.0.0.1", port))
        if failure not in (0, errno.EINPROGRESS):
            raise DriverError(f"cannot connect: {errno.errorcode[failure]}")
        opened = Socket(self, tcp, request, ear)
        self._sockets[opened.fileno] = opened
        self._poll.register(opened.fileno, select.EPOLLIN | select.EPOLLOUT)
        return opened

    def watch(self, socket: Socket, *, writable: bool) -> None:
        events = select.EPOLLIN | select.EPOLLOUT if writable else select.EPOLLIN
        self._poll.modify(socket.fileno, events)

    def forget(self, socket: Socket) -> None:
        if self._sockets.pop(socket.fileno, None) is not None:
            self._poll.unregister(socket.fileno)

    def close(self) -> None:
        """Drop everything."""
        for known in list(self._sockets.values()):
            known.drop()
        self._timers.clear()
        self._poll.close()

    def later(self, delay_s: float, call: Callable[[], None]) -> None:
        heapq.heappush(self._timers, (time.monotonic() + delay_s, next(self._order), call))

    def run(self, done: Callable[[], bool], limit_s: float) -> None:
        """Play until `done()`. Raises DriverError after `limit_s`."""
        deadline = time.monotonic() + limit_s
        while not done():
            now = time.monotonic()
            if now > deadline:
                raise DriverError(f"rooms are stuck: not done after {limit_s:g} s")
            while self._timers and self._timers[0][0] <= now:
                heapq.heappop(self._timers)[2]()
            due = self._timers[0][0] - now if self._timers else 1.0
            for fileno, events in self._poll.poll(max(0.0, min(due, 1.0)), _EVENTS_MAX):
                known = self._sockets.get(fileno)
                if known is None:
                    continue
                if events & select.EPOLLOUT:
                    known.writable()
                if events & ~select.EPOLLOUT:
                    known.readable()

    def wait(self, delay_s: float) -> None:
        """Go on answering for `delay_s`."""
        until = time.monotonic() + delay_s
        self.run(lambda: time.monotonic() >= until, delay_s + 5)
