"""The bare aiohttp relay as a target: what is sent arrives."""

import itertools
import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from benchmarks import frames, payloads
from benchmarks.course import Heard, Speech
from benchmarks.driver import Socket
from benchmarks.process import Served
from benchmarks.upgrade import request


@dataclass(frozen=True, slots=True)
class Words:
    """Every frame of a room, made once; the same JSON and the same sizes as ours."""

    offer: bytes
    answer: bytes
    candidates: list[bytes]


def words(frame: Callable[[bytes], bytes]) -> Words:
    def message(number: int, **fields: Any) -> bytes:
        to = "qTn1mmWc4zJ8yQ7sVv0w1A"
        body = {"seq": number, "ack": number, "message": {**fields, "to": to}}
        return frame(json.dumps(body, separators=(",", ":")).encode())

    def description(kind: str, chars: int) -> bytes:
        return message(1, type="description", kind=kind, sdp=payloads.description(chars))

    return Words(
        offer=description("offer", payloads.OFFER_CHARS),
        answer=description("answer", payloads.ANSWER_CHARS),
        candidates=[
            message(
                number,
                type="candidate",
                candidate=payloads.candidate(number),
                mid="0",
                index=0,
                ufrag="EsAw",
            )
            for number in range(payloads.CANDIDATES + 2)
        ],
    )


class BareSpeech:
    __slots__ = ("_request", "_words")

    def __init__(self, request: bytes, words: Words) -> None:
        self._request = request
        self._words = words

    def request(self) -> bytes:
        return self._request

    def opened(self, _socket: Socket, /) -> bool:
        return True

    def heard(self, _payload: bytes, _socket: Socket, /) -> Heard:
        return Heard.RELAYED

    def offer(self) -> bytes:
        return self._words.offer

    def answer(self) -> bytes:
        return self._words.answer

    def candidate(self, number: int) -> bytes:
        return self._words.candidates[number]

    def leave(self, socket: Socket) -> None:
        socket.leave()


class Bare:
    """The relay's process, and a fresh room whenever one is wanted."""

    def __init__(
        self,
        name: str = "bare",
        command: tuple[str, ...] = ("-m", "benchmarks.bare_relay"),
        frame: Callable[[bytes], bytes] = frames.frame,
    ) -> None:
        self.name = name
        self.served = Served([sys.executable, *command])
        self._words = words(frame)
        self._rooms = itertools.count()

    def pair(self) -> tuple[Speech, Speech]:
        """Return how the therapist and the client of a new room speak."""
        room = next(self._rooms)
        therapist, client = (
            BareSpeech(
                request(f"/?room={room}&seat={seat}", self.served.port, origin="http://localhost"),
                self._words,
            )
            for seat in ("therapist", "client")
        )
        return therapist, client
