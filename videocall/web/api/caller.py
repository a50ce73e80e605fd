"""Who asks: an integration, by its bearer token (RFC 6750), and how often it may.

Cookies count for nothing here, so no page of anybody else can ask in a browser's name.
"""

from typing import Final

from aiohttp import web
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from videocall.errors import TooMany
from videocall.ids import IntegrationId
from videocall.store.integrations import Integration
from videocall.web.api.problems import Unauthorized
from videocall.web.keys import INTEGRATIONS

WINDOW_S: Final = 30
PER_WINDOW: Final = 300


class Allowance:
    """Counts the requests of each integration in a sliding window, in memory alone."""

    def __init__(self) -> None:
        self._limit = RateLimitItemPerSecond(PER_WINDOW, WINDOW_S)
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def take(self, integration: IntegrationId) -> None:
        """Count one. Raises TooMany beyond what is allowed."""
        if not self._limiter.hit(self._limit, integration):
            text = "At most %(most)s requests in %(seconds)s seconds."
            raise TooMany(text, most=PER_WINDOW, seconds=WINDOW_S)


ALLOWANCE: Final = web.AppKey("allowance", Allowance)


async def caller(request: web.Request) -> Integration:
    """Return who asks. Raises Unauthorized and TooMany."""
    shown = request.headers.getall("Authorization", [])
    scheme, _, token = (shown[0] if len(shown) == 1 else "").partition(" ")
    found = None
    if scheme.lower() == "bearer":
        found = await request.app[INTEGRATIONS].by_token(token.strip())
    if found is None:
        raise Unauthorized("Please send the token of an integration: Authorization: Bearer ...")
    request.app[ALLOWANCE].take(found.id)
    return found
