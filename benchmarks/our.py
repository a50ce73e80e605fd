"""Our server as a target: cookies, hello, the waiting room, the desk's click, numbered messages."""

import json
import re
import secrets
import sys
from typing import Any, Final

from benchmarks import frames, payloads
from benchmarks.course import Heard, Speech
from benchmarks.driver import Driver, DriverError, Socket
from benchmarks.process import Served
from benchmarks.upgrade import request
from videocall.signalling.messages import DESK_SUBPROTOCOL, SUBPROTOCOL

DESKS_OPEN_S: Final = 30.0

_HEAD: Final = re.compile(rb'\{"seq":(\d+),"ack":\d+,"message":\{"type":"(\w+)"')
_PEER: Final = re.compile(rb'"peer":"([^"]+)"')
_RELAYED: Final = (b"candidate", b"description")
_WRONG: Final = (b"refused", b"occupied", b"declined", b"replaced", b"ended", b"revoked")

_HELLO: Final = (
    b'{"seq":0,"ack":%d,"message":{"type":"hello","page":"%b","tab":"%b",'
    b'"camera":true,"microphone":true%b}}'
)
_RESUME: Final = b',"resume":{"peer":"%b","received":%d}'
_DESCRIPTION: Final = (
    b'{"seq":%d,"ack":%d,"message":{"type":"description","to":"%b","kind":"%b","sdp":%b}}'
)
_CANDIDATE: Final = (
    b'{"seq":%d,"ack":%d,"message":{"type":"candidate","to":"%b","candidate":"%b",'
    b'"mid":"0","index":0,"ufrag":"EsAw"}}'
)
_LEAVE: Final = b'{"seq":%d,"ack":%d,"message":{"type":"leave"}}'
_PONG: Final = b'{"seq":0,"ack":%d,"message":{"type":"pong"}}'
_ADMIT: Final = '{"message":{"type":"admit","appointment":"%s","peer":"%s","also":true}}'

_OFFER_SDP: Final = json.dumps(payloads.description(payloads.OFFER_CHARS)).encode()
_ANSWER_SDP: Final = json.dumps(payloads.description(payloads.ANSWER_CHARS)).encode()
_CANDIDATES: Final = [
    payloads.candidate(number).encode() for number in range(payloads.CANDIDATES + 2)
]


class Desk:
    """A therapist's product-wide page: it admits whoever waits, and answers pings."""

    def __init__(self, driver: Driver, port: int, request: bytes) -> None:
        self.open = False
        self._socket = driver.connect(port, request, self)

    def opened(self) -> None:
        self.open = True

    def heard(self, payload: bytes) -> None:
        if payload.startswith(b'{"seq":0,"ack":0,"message":{"type":"ping"'):
            self._socket.send(frames.frame(_PONG % 0))
        elif b'"type":"refused"' in payload:
            raise DriverError(f"the desk was refused: {payload!r}")

    def closed(self, code: int | None) -> None:
        raise DriverError(f"a desk was closed: {code}")

    def admit(self, appointment: str, peer: bytes) -> None:
        self._socket.send(frames.frame((_ADMIT % (appointment, peer.decode())).encode()))


class OurSpeech:
    __slots__ = (
        "_appointment", "_desk", "_other", "_page", "_peer", "_received", "_request", "_sent",
    )  # fmt: skip

    def __init__(self, request: bytes, appointment: str, desk: Desk) -> None:
        self._request = request
        self._appointment = appointment
        self._desk = desk
        self._page = secrets.token_urlsafe(12).encode()
        self._peer = b""
        self._other = b""
        self._sent = 0
        self._received = 0

    def request(self) -> bytes:
        return self._request

    def opened(self, socket: Socket, /) -> bool:
        resume = _RESUME % (self._peer, self._received) if self._peer else b""
        words = (self._received, self._page, self._page, resume)
        socket.send(frames.frame(_HELLO % words))
        return False

    def heard(self, payload: bytes, socket: Socket, /) -> Heard:
        head = _HEAD.match(payload)
        if head is None:
            raise DriverError(f"this is not our wire: {payload!r}")
        seq, kind = int(head[1]), head[2]
        if seq:
            self._received = seq
        if kind in _RELAYED:
            return Heard.RELAYED
        if kind == b"joined":
            self._other = _peer(payload)
            return Heard.READY
        if kind == b"welcome":
            if b'"resumed":true' in payload:
                return Heard.READY
            self._peer = _peer(payload)
            if b'"place":"waiting"' in payload:
                self._desk.admit(self._appointment, self._peer)
        elif kind == b"ping":
            socket.send(frames.frame(_PONG % self._received))
        elif kind in _WRONG:
            raise DriverError(f"a room did not go its course: {payload!r}")
        return Heard.OTHER

    def offer(self) -> bytes:
        return self._say(_DESCRIPTION, self._other, b"offer", _OFFER_SDP)

    def answer(self) -> bytes:
        return self._say(_DESCRIPTION, self._other, b"answer", _ANSWER_SDP)

    def candidate(self, number: int) -> bytes:
        return self._say(_CANDIDATE, self._other, _CANDIDATES[number])

    def leave(self, socket: Socket) -> None:
        socket.send(self._say(_LEAVE))

    def _say(self, message: bytes, *words: bytes) -> bytes:
        self._sent += 1
        return frames.frame(message % (self._sent, self._received, *words))


class Our:
    """Our server's process, its appointments, and a desk for each of its therapists."""

    name: Final = "ours"
    note: Final = (
        "ours: everything on as configured by default; every browser has an address of its own, "
        "so no limit is raised."
    )

    def __init__(self, driver: Driver, rooms: int) -> None:
        self.served = Served([sys.executable, "-m", "benchmarks.ours", "--rooms", str(rooms)])
        self._origin: str = self.served.first["origin"]
        booked: dict[str, Any] = self.served.line()
        self._signins: list[str] = booked["signins"]
        self._desks = [
            Desk(driver, self.served.port, self._request("/desk/socket", cookie, DESK_SUBPROTOCOL))
            for cookie in self._signins
        ]
        self._rooms = iter(booked["rooms"])
        driver.run(lambda: all(desk.open for desk in self._desks), DESKS_OPEN_S)

    def pair(self) -> tuple[Speech, Speech]:
        """Return how the therapist and the client of the next appointment speak."""
        therapist, appointment, visit = next(self._rooms)
        desk = self._desks[therapist]
        return (
            self._speech("call", self._signins[therapist], appointment, desk),
            self._speech("session", visit, appointment, desk),
        )

    def _speech(self, side: str, cookie: str, appointment: str, desk: Desk) -> OurSpeech:
        target = f"/{side}/{appointment}/socket"
        return OurSpeech(self._request(target, cookie, SUBPROTOCOL), appointment, desk)

    def _request(self, target: str, cookie: str, protocol: str) -> bytes:
        port = self.served.port
        return request(target, port, origin=self._origin, cookie=cookie, protocol=protocol)


def _peer(payload: bytes) -> bytes:
    match = _PEER.search(payload)
    if match is None:
        raise DriverError(f"no peer is named: {payload!r}")
    return match[1]
