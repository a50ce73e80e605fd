"""The one place that asks the machine for the time."""

import time
from datetime import UTC, datetime
from typing import Final


def now() -> datetime:
    """Return the wall clock, in aware UTC."""
    return datetime.now(UTC)


_OFFSET_S: Final = time.time() - time.monotonic()


def steady() -> float:
    """Return Unix seconds that count on evenly when the wall clock is set or jumps."""
    return time.monotonic() + _OFFSET_S
