"""Calendars in a process of their own: it may be slow, large or dead, and nothing else is."""

import asyncio
import gzip
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from tests.scheduling.foreign import calendar, event
from videocall.calendars.reader import AT_ONCE, CPU_S, Reader
from videocall.errors import Invalid, Unavailable
from videocall.scheduling.timespan import Timespan

LONG_S: Final = 150.0
"""For a machine that does much else meanwhile."""
FROM: Final = datetime(2026, 11, 20, tzinfo=UTC)
YEAR: Final = Timespan(FROM, FROM + timedelta(days=400))
START: Final = "DTSTART:20261123T100000"
ONE: Final = calendar(event("a", START, "DURATION:PT1H"))
SLOW: Final = calendar(
    *(
        event(str(n), START, "DURATION:PT1H", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30")
        for n in range(500)
    )
)
"""Of a few bytes: each rule looks for its day until the year 9999."""


def children() -> set[int]:
    """Return the processes that this one has started, and that are still there."""
    found = Path("/proc/self/task").glob("*/children")
    return {int(each) for path in found for each in path.read_text().split()}


async def test_a_calendar_becomes_spans_on_its_owners_clock() -> None:
    busy = await Reader().read(ONE, YEAR, "Asia/Tokyo")
    start_at = datetime(2026, 11, 23, 1, tzinfo=UTC)
    assert busy.spans == (Timespan(start_at, start_at + timedelta(hours=1)),)
    assert await Reader().read(gzip.compress(ONE), YEAR, "Asia/Tokyo") == busy


async def test_what_was_not_understood_is_counted() -> None:
    ics = calendar(event("a", "DTSTART:soon"), event("b", START, "DURATION:PT1H"))
    assert (await Reader().read(ics, YEAR, "Europe/Berlin")).unread == 1


@pytest.mark.parametrize(
    ("ics", "words"),
    [
        (b"", "not a calendar"),
        (b"<html>", "a web page"),
        (ONE[:-20], "breaks off"),
        (gzip.compress(ONE)[:-20], "breaks off"),
        (b"\x1f\x8b\x08nonsense", "cannot be read"),
        (gzip.compress(b"x" * 200_000_000), "larger than 5 MB"),
        (gzip.compress(gzip.compress(ONE)), "not a calendar"),
        (b"x" * 50_000_000, "larger than 5 MB"),
    ],
    ids=range(8),
)
async def test_a_refusal_comes_in_plain_words(ics: bytes, words: str) -> None:
    with pytest.raises(Invalid, match=words):
        await Reader().read(ics, YEAR, "Europe/Berlin")


async def test_one_that_eats_the_processor_is_stopped() -> None:
    with pytest.raises(Invalid, match="takes too long"):
        await Reader(cpu_s=1, read_s=LONG_S).read(SLOW, YEAR, "Europe/Berlin")
    assert not children()


async def test_one_that_takes_too_long_is_stopped_and_can_be_tried_again() -> None:
    async with asyncio.timeout(CPU_S / 2):
        with pytest.raises(Unavailable, match="try again"):
            await Reader(read_s=0.5).read(SLOW, YEAR, "Europe/Berlin")
    assert not children()


async def test_nobody_else_waits_and_only_a_few_are_read_at_once() -> None:
    reader = Reader(cpu_s=1, read_s=LONG_S)
    reading = [asyncio.create_task(reader.read(SLOW, YEAR, "Europe/Berlin")) for _ in range(4)]
    most = 0
    while not all(task.done() for task in reading):
        most = max(most, len(children()))
        await asyncio.sleep(0.02)
    assert most == AT_ONCE
    for task in reading:
        assert isinstance(task.exception(), Invalid)


async def test_a_stop_of_the_service_leaves_no_process_behind() -> None:
    reading = asyncio.create_task(Reader().read(SLOW, YEAR, "Europe/Berlin"))
    while not children():
        await asyncio.sleep(0.01)
    reading.cancel()
    with pytest.raises(asyncio.CancelledError):
        await reading
    assert not children()
