"""One feed over HTTP: bounded in size, time and redirects, and only what changed.

The address of a feed is a secret: whoever has it reads the calendar. It is in no log and in no
failure's text. What comes is handed on as it came; even unpacking it is for the reader's process.
"""

import asyncio
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Final
from urllib.parse import urljoin, urlsplit

from aiohttp import (
    ClientConnectorCertificateError,
    ClientConnectorError,
    ClientError,
    ClientResponse,
    ClientSession,
    ClientSSLError,
    InvalidURL,
)

from videocall.calendars.address import clean_address
from videocall.errors import Invalid, Unavailable
from videocall.outbound import ClosedNetwork, is_public, session
from videocall.scheduling.contents import BYTES_MAX
from videocall.store.calendars import NO_VERSION, Version

FETCH_S: Final = 30.0
REDIRECTS_MAX: Final = 5
_PIECE_BYTES: Final = 64 * 1024
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_ASKED: Final = {
    "Accept": "text/calendar, */*;q=0.1",
    "Accept-Encoding": "gzip",
    "User-Agent": "videocall",
}

_CLOSED_NETWORK: Final = "This address leads into a private network, which this server never asks."
_UNREACHED: Final = "The calendar's server cannot be reached. Is the address right?"
_UNTRUSTED: Final = "The calendar's server has no valid certificate."
_SLOW: Final = "The calendar's server takes too long to answer."
_BROKE_OFF: Final = "The calendar's server broke off in the middle."
_LARGE: Final = "This calendar is larger than 5 MB."
_AROUND_IN_CIRCLES: Final = "This address leads from one to the next without end."
_DOWNGRADED: Final = "This address leads on to another that is not encrypted."
_ELSEWHERE: Final = "This is no address, or it leads on to one that is none."
_SIGN_IN: Final = (
    "The calendar's server asks for a sign-in. Look in the calendar's settings for its private"
    " address."
)
_GONE: Final = "There is no calendar at this address any more."
_THEIR_FAULT: Final = "The calendar's server has a fault of its own just now."


@dataclass(frozen=True, slots=True)
class Fetched:
    """A feed's bytes, perhaps packed with gzip."""

    ics: bytes
    version: Version


class Fetcher:
    """Fetches feeds, from the addresses it may ask."""

    def __init__(
        self,
        may_ask: Callable[[str], bool] = is_public,
        fetch_s: float = FETCH_S,
        trust: ssl.SSLContext | None = None,
    ) -> None:
        """`trust`: whose certificates are believed; None for those of the machine."""
        self._browser = partial(session, may_ask, trust=trust)
        self._fetch_s = fetch_s

    async def fetch(self, address: str, known: Version = NO_VERSION) -> Fetched | None:
        """Return what lies at an address, or None where it is what was `known`.

        Raises Invalid where the address is of no use, and Unavailable where its server is.
        """
        try:
            async with asyncio.timeout(self._fetch_s), self._browser() as http:
                return await _follow(http, address, known)
        except TimeoutError as error:
            raise Unavailable(_SLOW) from error
        except (ClientSSLError, ClientConnectorCertificateError) as error:
            raise Unavailable(_UNTRUSTED) from error
        except ClientConnectorError as error:
            if isinstance(error.os_error, ClosedNetwork):
                raise Invalid(_CLOSED_NETWORK, code="address") from error
            raise Unavailable(_UNREACHED) from error
        except InvalidURL as error:
            raise Invalid(_ELSEWHERE, code="address") from error
        except (ClientError, OSError, ValueError) as error:
            raise Unavailable(_BROKE_OFF) from error


async def _follow(http: ClientSession, address: str, known: Version) -> Fetched | None:
    """Fetch, and go where redirects lead; each is an address like the first."""
    asked = dict(_ASKED)
    if known.etag:
        asked["If-None-Match"] = known.etag
    if known.last_modified:
        asked["If-Modified-Since"] = known.last_modified
    for _ in range(REDIRECTS_MAX + 1):
        async with http.get(address, headers=asked, allow_redirects=False) as answer:
            if answer.status not in _REDIRECTS:
                return await _take(answer, known)
            address = _onward(address, answer.headers.get("Location", ""))
    raise Invalid(_AROUND_IN_CIRCLES, code="address")


def _onward(address: str, location: str) -> str:
    try:
        onward = clean_address(urljoin(address, location))
    except (Invalid, ValueError) as error:
        raise Invalid(_ELSEWHERE, code="address") from error
    if urlsplit(address).scheme == "https" != urlsplit(onward).scheme:
        raise Invalid(_DOWNGRADED, code="address")
    return onward


async def _take(answer: ClientResponse, known: Version) -> Fetched | None:
    match answer.status:
        case 200:
            pass
        case 304 if known != NO_VERSION:
            return None
        case 401 | 403:
            raise Invalid(_SIGN_IN, code="address")
        case 404 | 410:
            raise Invalid(_GONE, code="address")
        case _:
            raise Unavailable(_THEIR_FAULT)
    ics = bytearray()
    async for piece in answer.content.iter_chunked(_PIECE_BYTES):
        ics += piece
        if len(ics) > BYTES_MAX:
            raise Invalid(_LARGE, code="calendar")
    headers = answer.headers
    return Fetched(bytes(ics), Version(headers.get("ETag", ""), headers.get("Last-Modified", "")))
