"""How often one socket may speak."""

from typing import Final

RATE_PER_S: Final = 20.0
BURST: Final = 100.0


class TokenBucket:
    """A bucket of `burst` tokens, refilled at `rate_per_s`; instants are monotonic seconds."""

    __slots__ = ("_at", "_tokens", "burst", "rate_per_s")

    def __init__(self, now: float, *, rate_per_s: float = RATE_PER_S, burst: float = BURST) -> None:
        self._at = now
        self._tokens = burst
        self.rate_per_s = rate_per_s
        self.burst = burst

    def take(self, now: float) -> float:
        """Take one token; return how many seconds to wait until it is really there."""
        tokens = min(self.burst, self._tokens + (now - self._at) * self.rate_per_s)
        self._at = now
        self._tokens = tokens - 1
        return 0.0 if tokens >= 1 else (1 - tokens) / self.rate_per_s
