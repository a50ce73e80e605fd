"""The two ends of a bridge, as browsers and TURN clients make them: checks, allocations, channels.

STUN is aioice's, so that none of our own code answers itself.
"""

import secrets
import socket
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from aioice.stun import Class, Message, Method, parse_message
from aioice.turn import make_integrity_key

Address = tuple[str, int]

LOOPBACK: Final = "127.0.0.1"
CHECKS: Final = 4
"""How many checks an end has ready; they go out by turns, so a repeated one is 10 s old."""
_TRIES: Final = 50
_PATIENCE_S: Final = 2.0
_NOT_UP_S: Final = 0.1
_LARGEST: Final = 2048
_TRANSACTION: Final = slice(8, 20)
_UDP: Final = 17 << 24
_FIRST_CHANNEL: Final = 0x4000
_PRIORITY: Final = 1845501695


class NoAnswer(Exception):
    """The relay did not answer, or refused."""


@dataclass(frozen=True, slots=True)
class End:
    """One socket of a bridge, how its datagrams are wrapped, and its checks of consent."""

    socket: socket.socket
    channel: int = 0
    checks: Sequence[bytes] = ()


def end_socket() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind((LOOPBACK, 0))
    made.settimeout(_PATIENCE_S)
    return made


def ask(end: socket.socket, request: bytes) -> bytes:
    """Return the answer, which bears the request's transaction id; ask again where none comes."""
    for _ in range(_TRIES):
        try:
            end.send(request)
            while True:
                answer = end.recv(_LARGEST)
                if answer[_TRANSACTION] == request[_TRANSACTION]:
                    return answer
        except TimeoutError:
            continue
        except ConnectionRefusedError:  # it is not up yet
            time.sleep(_NOT_UP_S)
    raise NoAnswer("no datagram came back")


def browser(port: int, ufrag: str, pwd: str, ready: int = CHECKS) -> End:
    """Return an end whose pair the relay's leg has nominated (RFC 8445 section 8.1.1), with so
    many checks ready.
    """
    end = end_socket()
    end.connect((LOOPBACK, port))
    tie_breaker = secrets.randbits(64)
    checks = [check(ufrag, pwd, tie_breaker) for _ in range(ready)]
    answer = parse_message(ask(end, checks[0]))
    if answer.message_class is not Class.RESPONSE or not answer.check_message_integrity(
        pwd.encode()
    ):
        raise NoAnswer("a check was refused")
    return End(end, checks=checks)


def check(ufrag: str, pwd: str, tie_breaker: int) -> bytes:
    """Return a Binding request as a controlling browser sends it (RFC 8445 section 7.2.4)."""
    request = Message(
        Method.BINDING,
        Class.REQUEST,
        attributes={
            "USERNAME": f"{ufrag}:EsAw",
            "ICE-CONTROLLING": tie_breaker,
            "USE-CANDIDATE": None,
            "PRIORITY": _PRIORITY,
        },
    )
    request.add_message_integrity(pwd.encode())
    return bytes(request)


class Allocation:
    """A relayed address of a TURN server (RFC 8656)."""

    def __init__(self, port: int, user: str, password: str) -> None:
        self.socket = end_socket()
        self.socket.connect((LOOPBACK, port))
        self._user, self._password = user, password
        self._signed: dict[str, Any] = {}
        self._key = b""
        first = self._answer(Method.ALLOCATE, {"REQUESTED-TRANSPORT": _UDP})
        self._signed = {
            "USERNAME": user,
            "REALM": first.attributes["REALM"],
            "NONCE": first.attributes["NONCE"],
        }
        self._key = make_integrity_key(user, first.attributes["REALM"], password)
        self.relayed: Address = self._asked(
            Method.ALLOCATE, {"REQUESTED-TRANSPORT": _UDP}
        ).attributes["XOR-RELAYED-ADDRESS"]

    def towards(self, peer: Address) -> End:
        """Bind a channel to `peer`: it may send here, and is sent to with four bytes before."""
        channel = {"CHANNEL-NUMBER": _FIRST_CHANNEL, "XOR-PEER-ADDRESS": peer}
        self._asked(Method.CHANNEL_BIND, channel)
        return End(self.socket, _FIRST_CHANNEL)

    def _asked(self, method: Method, attributes: dict[str, Any]) -> Message:
        answer = self._answer(method, attributes)
        if answer.message_class is not Class.RESPONSE:
            raise NoAnswer(f"{method.name}: {answer.attributes.get('ERROR-CODE')}")
        return answer

    def _answer(self, method: Method, attributes: dict[str, Any]) -> Message:
        request = Message(method, Class.REQUEST, attributes=attributes | self._signed)
        if self._key:
            request.add_message_integrity(self._key)
        return parse_message(ask(self.socket, bytes(request)))
