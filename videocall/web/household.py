"""A household is an IPv4 address or an IPv6 /64: how much of each kind it may have open at once."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from aiohttp import web

from videocall.errors import TooMany
from videocall.web.address import client_address, group
from videocall.web.keys import SITE

SOCKETS: Final = web.AppKey("sockets", Counter[str])
"""How many sockets each household has open now."""
STREAMS: Final = web.AppKey("streams", Counter[str])
"""How many event streams each household has open now."""


def household(request: web.Request) -> str:
    """Return the household a request comes from."""
    forwarded = request.headers.getall("X-Forwarded-For", [])
    proxies = request.app[SITE].trusted_proxies
    return group(client_address(request.remote, forwarded, proxies))


@contextmanager
def counted(request: web.Request, key: web.AppKey[Counter[str]]) -> Iterator[None]:
    """Count one more for its household for as long as it is open. Raises TooMany."""
    open_now, home = request.app[key], household(request)
    if open_now[home] >= request.app[SITE].sockets_per_address:
        raise TooMany("Too many connections from this network. Please close other tabs.")
    open_now[home] += 1
    try:
        yield
    finally:
        open_now[home] -= 1
        if not open_now[home]:
            del open_now[home]
