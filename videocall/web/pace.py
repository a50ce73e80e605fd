"""How often one household may have a time kept or booked; counted in memory alone."""

from typing import Final

from aiohttp import web
from limits import RateLimitItemPerMinute
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from videocall.errors import TooMany
from videocall.web.household import household

_PER_HOUSEHOLD: Final = RateLimitItemPerMinute(60, 15)
_TOO_MANY: Final = "Many times were chosen from here. Please wait a few minutes and try again."


class Pace:
    """A sliding quarter of an hour."""

    def __init__(self) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())

    def step(self, household: str) -> None:
        """Count one; raises TooMany beyond 60."""
        if not self._limiter.hit(_PER_HOUSEHOLD, "book", household):
            raise TooMany(_TOO_MANY)


PACE: Final = web.AppKey("pace", Pace)


def keep_pace(request: web.Request) -> None:
    """Count one for the household this request comes from; raises TooMany."""
    request.app[PACE].step(household(request))
