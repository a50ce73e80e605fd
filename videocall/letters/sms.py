"""Letters by SMS: texts are posted to an HTTP gateway, which docs/sms.md describes.

A request is signed as Standard Webhooks says; its id is the letter's, however often it is sent.
Nothing of an answer is read but its status and Retry-After.
"""

import ssl
from base64 import b64decode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import ClassVar, Final

import aiohttp
import msgspec
from standardwebhooks import Webhook

from videocall.errors import ConfigError
from videocall.ids import LetterId
from videocall.letters.carrier import Outcome, Reply
from videocall.letters.letterhead import Letterhead, Matter, Render
from videocall.letters.text import text
from videocall.scheduling.letters import Channel

SEND_MAX_S: Final = 30.0
"""How long one text may take; a claim on it holds longer."""
WAIT_MAX_S: Final = 3600
"""How long a gateway may ask to be left."""
SECRET_MIN_BYTES: Final = 24
_LATER: Final = frozenset({401, 403, 404, 405, 408, 425, 429})
"""What of 4xx does not refuse the text: it is for the operator to mend, or asks for patience."""


class Sms(msgspec.Struct, frozen=True):
    """What is posted. The same `id` means the same text: it is to be sent once.

    `to` is a number as +491701234567 (E.164); `sender` may be empty.
    """

    id: LetterId
    to: str
    text: str
    sender: str


@dataclass(frozen=True, slots=True)
class Gateway:
    """Where texts are posted, and the secret both sides know."""

    url: str
    secret: str
    sender: str = ""
    timeout_s: float = SEND_MAX_S
    trust: ssl.SSLContext | None = None
    """Whose certificates are believed; None for those of the machine."""


@dataclass(frozen=True, slots=True)
class Signed:
    """A text as it is posted."""

    body: bytes
    headers: Mapping[str, str]


def secret(written: str) -> str:
    """Return a secret as Standard Webhooks writes it, whsec_<base64>. Raises ConfigError."""
    prefix, _, encoded = written.partition("_")
    try:
        known = b64decode(encoded, validate=True)
    except ValueError:
        known = b""
    if prefix != "whsec" or len(known) < SECRET_MIN_BYTES:
        raise ConfigError(
            f"sms.secret_file: give whsec_ and {SECRET_MIN_BYTES} random bytes or more as base64"
        )
    return written


def signed(gateway: Gateway, sms: Sms, at: datetime) -> Signed:
    """Return a text with what proves that it is ours, and from when (Standard Webhooks 1.0)."""
    body = msgspec.json.encode(sms)
    signature = Webhook(gateway.secret).sign(sms.id, at, body.decode())
    return Signed(
        body,
        {
            "Content-Type": "application/json",
            "webhook-id": sms.id,
            "webhook-timestamp": str(int(at.timestamp())),
            "webhook-signature": signature,
        },
    )


class SmsLine:
    """A gateway that texts are posted to."""

    def __init__(self, http: aiohttp.ClientSession, url: str) -> None:
        self._http = http
        self._url = url

    async def hand_over(self, letter: Signed) -> Reply:
        """Post one text. LATER may mean that the gateway has it after all."""
        try:
            async with self._http.post(
                self._url, data=letter.body, headers=letter.headers, allow_redirects=False
            ) as answer:
                return _answered(answer.status, answer.headers)
        except (aiohttp.ClientError, OSError):
            return Reply(Outcome.LATER, broken=True)


class SmsCarrier:
    """Writes texts and carries them to the gateway."""

    channel: ClassVar[Channel] = Channel.SMS

    def __init__(self, gateway: Gateway, head: Letterhead, render: Render) -> None:
        self._gateway = gateway
        self._head = head
        self._render = render

    def write(self, matter: Matter) -> Signed:
        words = text(self._render, self._head, matter)
        sms = Sms(matter.claimed.id, matter.to, words, self._gateway.sender)
        return signed(self._gateway, sms, matter.now)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[SmsLine]:
        """Make ready to post; the gateway is reached with the first text."""
        gateway = self._gateway
        async with aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(ssl=gateway.trust or True),
            timeout=aiohttp.ClientTimeout(total=gateway.timeout_s),
            cookie_jar=aiohttp.DummyCookieJar(),
            headers={"User-Agent": "videocall"},
            auto_decompress=False,
        ) as http:
            yield SmsLine(http, gateway.url)


def _answered(status: int, headers: Mapping[str, str]) -> Reply:
    if 200 <= status < 300:
        return Reply(Outcome.SENT, status)
    if 400 <= status < 500 and status not in _LATER:
        return Reply(Outcome.REFUSED, status)
    wait_s = _wait_s(headers.get("Retry-After", ""), headers.get("Date", ""))
    return Reply(Outcome.LATER, status, broken=True, wait_s=wait_s)


def _wait_s(after: str, date: str) -> int:
    """Return how many seconds a gateway asks for (RFC 9110 section 10.2.3), within bounds."""
    try:
        asked = float(after) if after.isdigit() else (_at(after) - _at(date)).total_seconds()
    except (ValueError, TypeError, OverflowError):
        return 0
    return int(min(max(asked, 0), WAIT_MAX_S))


def _at(date: str) -> datetime:
    return parsedate_to_datetime(date)
