"""Reads one calendar in a process of its own: its bytes in, spans out, and little leave to do harm.

Arguments: seconds of processor time, the owner's zone, and from when until when, in Unix seconds.
The answer is JSON: the spans, how many entries were not understood, and a refusal in plain words,
or an empty text.
"""

import os
import resource
import sys
import zlib
from datetime import UTC, datetime
from math import ceil, floor
from typing import Final

import msgspec

from videocall.errors import Invalid
from videocall.scheduling.busy import busy_times
from videocall.scheduling.contents import BYTES_MAX
from videocall.scheduling.timespan import Timespan

MEMORY_BYTES: Final = 512 * 1024 * 1024
_NICE: Final = 10
_GZIP: Final = b"\x1f\x8b"
_GZIP_WINDOW: Final = zlib.MAX_WBITS | 16
_UNREADABLE: Final = "This calendar cannot be read."


def main() -> None:
    cpu_s, zone, *ends = sys.argv[1:]
    _confine(int(cpu_s))
    horizon = Timespan(*(datetime.fromtimestamp(int(end), UTC) for end in ends))
    spans: list[tuple[int, int]] = []
    unread, refusal = 0, ""
    try:
        busy = busy_times(_unpacked(sys.stdin.buffer.read(BYTES_MAX + 1)), horizon, zone)
    except Invalid as error:
        refusal = error.text
    except Exception:  # Whatever it was: its words would quote the calendar.
        refusal = _UNREADABLE
    else:
        unread = busy.unread
        spans = [
            (floor(span.start_at.timestamp()), ceil(span.end_at.timestamp())) for span in busy.spans
        ]
    sys.stdout.buffer.write(msgspec.json.encode((spans, unread, refusal)))


def _confine(cpu_s: int) -> None:
    """Take away what reading does not need: time, memory, files, other processes."""
    os.nice(_NICE)
    for what, limit in (
        (resource.RLIMIT_CPU, cpu_s),
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NPROC, 0),
        (resource.RLIMIT_CORE, 0),  # a core would keep the calendar
    ):
        resource.setrlimit(what, (limit, limit))


def _unpacked(ics: bytes) -> bytes:
    """Return a body as it was before gzip, and a little too much of one that is too large."""
    if not ics.startswith(_GZIP):
        return ics
    try:
        return zlib.decompressobj(_GZIP_WINDOW).decompress(ics, BYTES_MAX + 1)
    except zlib.error as error:
        raise Invalid(_UNREADABLE, code="calendar") from error


if __name__ == "__main__":
    main()
