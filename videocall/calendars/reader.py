"""A calendar read in a process of its own: what strangers wrote may be slow, or worse.

The event loop never waits for it, and its death is an answer like any other. Nothing it prints but
the answer is read, since it would quote the calendar.
"""

import asyncio
import sys
from asyncio.subprocess import DEVNULL, PIPE
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import msgspec

from videocall.errors import Invalid, Unavailable
from videocall.scheduling.busy import BusyTimes
from videocall.scheduling.timespan import Timespan

AT_ONCE: Final = 2
CPU_S: Final = 20
READ_S: Final = 60.0
"""How long one may take, on a machine that is busy with other things."""
_HERE: Final = {"PYTHONPATH": str(Path(__file__).parents[2])}
"""Its whole environment: where this package lies."""

_TOO_MUCH: Final = "Reading this calendar takes too long. Export fewer months or entries of it."
_NOT_NOW: Final = "The calendar could not be read right now. Please try again in a moment."


class Reader:
    """Reads calendars, a few at once."""

    def __init__(self, cpu_s: int = CPU_S, read_s: float = READ_S) -> None:
        self._cpu_s = cpu_s
        self._read_s = read_s
        self._turn = asyncio.Semaphore(AT_ONCE)

    async def read(self, ics: bytes, horizon: Timespan, zone: str) -> BusyTimes:
        """Return when the owner of a calendar, whose clock is `zone`, is busy.

        `ics` may be packed with gzip. Raises Invalid for what cannot be read, and Unavailable.
        """
        ends = (f"{end.timestamp():.0f}" for end in (horizon.start_at, horizon.end_at))
        try:
            async with asyncio.timeout(self._read_s), self._turn:
                code, answer = await _ask(ics, str(self._cpu_s), zone, *ends)
        except (TimeoutError, OSError) as error:
            raise Unavailable(_NOT_NOW) from error
        if code != 0:
            raise Invalid(_TOO_MUCH, code="calendar")
        spans, unread, refusal = msgspec.json.decode(
            answer, type=tuple[list[tuple[int, int]], int, str]
        )
        if refusal:
            raise Invalid(refusal, code="calendar")
        return BusyTimes(tuple(Timespan(_at(start), _at(end)) for start, end in spans), unread)


async def _ask(ics: bytes, *arguments: str) -> tuple[int | None, bytes]:
    """Return how the process ended, and what it answered; it never outlives the question."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-P", "-m", "videocall.calendars", *arguments,
        stdin=PIPE, stdout=PIPE, stderr=DEVNULL, env=_HERE, cwd="/",
    )  # fmt: skip
    try:
        answer, _ = await process.communicate(ics)
    finally:
        if process.returncode is None:
            with suppress(ProcessLookupError):
                process.kill()
            await process.wait()
    return process.returncode, answer


def _at(seconds: int) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)
