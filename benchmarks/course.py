"""One room, played through on two seats; the same course against every server.

Both open a socket; an offer, an answer; candidates both ways, each sent when the one before it
has arrived, so that no two share a segment; idle; the client's network goes and comes back; one
candidate each way to see that it is heard; both leave.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final, Protocol

from benchmarks.driver import Driver, Socket
from benchmarks.payloads import CANDIDATES

NEGOTIATION: Final = 2 + 2 * CANDIDATES
"""Messages of one negotiation: an offer, an answer, candidates both ways."""


class Heard(Enum):
    """What a text frame of the server was."""

    RELAYED = auto()
    READY = auto()
    OTHER = auto()


class Speech(Protocol):
    """How one seat of one room talks to one kind of server. Frames are whole and masked."""

    def request(self) -> bytes:
        """Return the request for an upgrade, the first or again."""

    def opened(self, socket: Socket, /) -> bool:
        """Say what comes first; tell whether the seat is ready with that."""

    def heard(self, payload: bytes, socket: Socket, /) -> Heard: ...

    def offer(self) -> bytes: ...

    def answer(self) -> bytes: ...

    def candidate(self, number: int) -> bytes: ...

    def leave(self, socket: Socket) -> None: ...


class Stage(Enum):
    """How far a room has come."""

    OPENING = auto()
    JOINED = auto()
    TRICKLING = auto()
    NEGOTIATED = auto()
    RESUMING = auto()
    LEAVING = auto()
    DONE = auto()


@dataclass(slots=True)
class Course:
    """What is played, and who is told of it. Rooms wait for `go` at `pauses`."""

    driver: Driver
    port: int
    idle_s: float
    reached: Callable[["Room", Stage], None]
    delays_s: list[float]
    pauses: frozenset[Stage] = frozenset()
    turn: int = 0


class Seat:
    """One browser in a room."""

    __slots__ = ("arrived", "other", "ready", "room", "sent", "sent_at", "socket", "speech")

    def __init__(self, room: "Room", speech: Speech) -> None:
        self.room = room
        self.speech = speech
        self.ready = False
        self.sent = 0
        self.arrived = 0
        self.sent_at = 0.0
        self.other = self
        self.socket = self.connect()

    def connect(self) -> Socket:
        course = self.room.course
        return course.driver.connect(course.port, self.speech.request(), self)

    def opened(self) -> None:
        if self.speech.opened(self.socket):
            self._is_ready()

    def heard(self, payload: bytes) -> None:
        heard = self.speech.heard(payload, self.socket)
        if heard is Heard.RELAYED:
            self.room.course.delays_s.append(time.perf_counter() - self.other.sent_at)
            self.arrived += 1
            self.room.relayed(self)
        elif heard is Heard.READY:
            self._is_ready()

    def closed(self, code: int | None) -> None:
        self.room.closed(code)

    def say(self, frame: bytes) -> None:
        self.sent += 1
        self.sent_at = time.perf_counter()
        self.socket.send(frame)

    def trickle(self) -> None:
        self.say(self.speech.candidate(self.sent))

    def _is_ready(self) -> None:
        if not self.ready:
            self.ready = True
            self.room.is_ready()


class Room:
    """Two seats and the stage they are at."""

    __slots__ = ("_closed", "client", "course", "stage", "therapist")

    def __init__(self, course: Course, therapist: Speech, client: Speech) -> None:
        self.course = course
        self.stage = Stage.OPENING
        self._closed = 0
        self.therapist = Seat(self, therapist)
        self.client = Seat(self, client)
        self.therapist.other = self.client
        self.client.other = self.therapist

    def is_ready(self) -> None:
        if not (self.therapist.ready and self.client.ready):
            return
        if self.stage is Stage.OPENING:
            self._reach(Stage.JOINED)
        elif self.stage is Stage.RESUMING:
            self.therapist.trickle()
            self.client.trickle()

    def relayed(self, to: Seat) -> None:
        """A message has arrived at `to`."""
        last = 1 + CANDIDATES
        if self.stage is Stage.JOINED:
            if to is self.client:
                to.say(to.speech.answer())
            else:
                self.stage = Stage.TRICKLING
                self.therapist.trickle()
                self.client.trickle()
        elif self.stage is Stage.TRICKLING:
            if to.other.sent < last:
                to.other.trickle()
            elif self.therapist.arrived == self.client.arrived == last:
                self._reach(Stage.NEGOTIATED)
        elif self.stage is Stage.RESUMING and to.arrived == to.other.arrived == last + 1:
            self.stage = Stage.LEAVING
            for seat in (self.therapist, self.client):
                seat.speech.leave(seat.socket)

    def closed(self, code: int | None) -> None:
        """A socket was closed by the server."""
        if self.stage is not Stage.LEAVING:
            raise ConnectionError(f"the server closed a socket at {self.stage.name}: {code}")
        self._closed += 1
        if self._closed == 2:
            self._reach(Stage.DONE)

    def go(self) -> None:
        """Go on from a pause, or without one."""
        if self.stage is Stage.JOINED:
            self.therapist.say(self.therapist.speech.offer())
        elif self.stage is Stage.NEGOTIATED:
            # Up to twice as long, in turn: rooms that began together do not go on in step.
            self.course.turn = turn = (self.course.turn + 1) % 16
            self.course.driver.later(self.course.idle_s * turn / 8, self._come_back)

    def _reach(self, stage: Stage) -> None:
        self.stage = stage
        self.course.reached(self, stage)
        if stage not in self.course.pauses:
            self.go()

    def _come_back(self) -> None:
        self.stage = Stage.RESUMING
        self.client.socket.drop()
        self.client.ready = False
        self.client.socket = self.client.connect()
