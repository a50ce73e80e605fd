"""What the clear RTP header under SRTP tells of a line: loss, jitter, pauses. It needs no key.

The header is in the clear (RFC 3711 section 3.1); the payload is never looked at.
"""

import struct
from math import inf
from typing import Final

PAUSE_S: Final = 0.5
STREAMS_MAX: Final = 16
"""Streams measured at a time, in one direction; a browser sends about four."""
STREAM_KEPT_S: Final = 30.0
MINUTE_S: Final = 60.0

CLOCKS_HZ: Final = (8_000, 16_000, 48_000, 90_000)
"""RTP clocks of WebRTC's codecs: G.711 and G.722, wideband, Opus, video."""

_DROPOUT_MAX: Final = 3_000
_MISORDER_MAX: Final = 100
_BUSY: Final = 10
"""Packets a second from which a stream's jitter tells of the line; resent packets are rarer."""

_HEADER: Final = struct.Struct("!xBHII")


class Stream:
    """One synchronisation source: counts of RFC 3550 appendix A.1 and A.3, jitter of A.8.

    Nobody tells the relay what clock a stream has: it is the one of `CLOCKS_HZ` that is nearest to
    how fast the timestamps of its first second run. Packets of one picture share a timestamp and
    are spread out on purpose, so only the first of each counts for jitter.
    """

    __slots__ = (
        "_base", "_cycles", "_expected_before", "_first_at", "_first_timestamp", "_highest",
        "_received", "_received_before", "_stray_next", "_timestamp", "clock_hz", "heard_at",
        "jitter_s",
    )  # fmt: skip

    def __init__(self, sequence: int, timestamp: int, now: float) -> None:
        self.jitter_s = 0.0
        self._begin(sequence, timestamp, now)
        self._received = 1

    def _begin(self, sequence: int, timestamp: int, now: float) -> None:
        self._base = self._highest = sequence
        self._stray_next = -1
        self._cycles = self._received = self._received_before = self._expected_before = 0
        self._first_timestamp = self._timestamp = timestamp
        self._first_at = self.heard_at = now
        self.clock_hz = 0

    def heard(self, sequence: int, timestamp: int, now: float) -> None:
        if sequence - self._highest == 1:  # nearly always
            self._highest = sequence
        elif not self._in_step(sequence, timestamp, now):
            return
        self._received += 1
        if timestamp != self._timestamp and sequence == self._highest:
            self._spaced(timestamp, now)

    def _in_step(self, sequence: int, timestamp: int, now: float) -> bool:
        """Tell whether this number is one to count: no stray from far off."""
        ahead = (sequence - self._highest) & 0xFFFF
        if ahead < _DROPOUT_MAX:
            if sequence < self._highest:
                self._cycles += 0x10000
            self._highest = sequence
        elif ahead <= 0x10000 - _MISORDER_MAX:
            if sequence != self._stray_next:
                self._stray_next = (sequence + 1) & 0xFFFF
                return False
            # Two in a row from far off: the sender has begun anew.
            self._begin(sequence, timestamp, now)
        return True

    def _spaced(self, timestamp: int, now: float) -> None:
        clock_hz = self.clock_hz
        if clock_hz:
            ticks = (timestamp - self._timestamp + 0x80000000 & 0xFFFFFFFF) - 0x80000000
            late_s = now - self.heard_at - ticks / clock_hz
            self.jitter_s += ((late_s if late_s > 0 else -late_s) - self.jitter_s) / 16
        elif now - self._first_at >= 1:
            ran_hz = (timestamp - self._first_timestamp & 0xFFFFFFFF) / (now - self._first_at)
            self.clock_hz = min(CLOCKS_HZ, key=lambda hz: abs(hz - ran_hz))
        self._timestamp = timestamp
        self.heard_at = now

    def interval(self) -> tuple[int, int]:
        """Return how many packets were expected and received since this was last asked."""
        expected = self._cycles + self._highest - self._base + 1
        since = expected - self._expected_before, self._received - self._received_before
        self._expected_before, self._received_before = expected, self._received
        return since


class Meter:
    """One direction of a bridge. `tick` closes an interval; its figures stand until the next."""

    __slots__ = (
        "_bytes_before", "_longest", "_media_at", "_streams", "_ticked_at", "bytes", "jitter_ms",
        "kbps", "loss", "pauses",
    )  # fmt: skip

    def __init__(self, now: float) -> None:
        self.bytes = self._bytes_before = 0
        self._streams: dict[int, Stream] = {}
        self._media_at = inf
        self._ticked_at = now
        self._longest: list[tuple[float, float]] = []
        self.kbps = 0.0
        self.loss: float | None = None
        self.jitter_ms: float | None = None
        self.pauses = 0

    def rtp(self, packet: memoryview, now: float) -> None:
        """Measure a packet of at least 12 bytes whose first byte says that it is RTP or RTCP."""
        kind, sequence, timestamp, ssrc = _HEADER.unpack_from(packet)
        if 192 <= kind < 224:  # RTCP (RFC 5761 section 4)
            return
        if now - self._media_at > PAUSE_S:
            self._paused(now - self._media_at, now)
        self._media_at = now
        stream = self._streams.get(ssrc)
        if stream is not None:
            stream.heard(sequence, timestamp, now)
        elif len(self._streams) < STREAMS_MAX:
            self._streams[ssrc] = Stream(sequence, timestamp, now)

    def _paused(self, pause_s: float, now: float) -> None:
        self.pauses += 1
        # Those that are over sooner and were shorter will never again be the longest.
        longer = [(at, s) for at, s in self._longest if s > pause_s and now - at < MINUTE_S]
        self._longest = [*longer, (now, pause_s)]

    def longest_pause_ms(self, now: float) -> float:
        """Return the longest pause that ended within the last minute."""
        return max((s * 1000 for at, s in self._longest if now - at < MINUTE_S), default=0.0)

    def tick(self, now: float) -> None:
        """End an interval, of a second or so: what was measured in it is read from now on."""
        passed_s = now - self._ticked_at
        if passed_s <= 0:
            return
        self.kbps = (self.bytes - self._bytes_before) * 8 / 1000 / passed_s
        self._bytes_before, self._ticked_at = self.bytes, now
        expected = received = 0
        jitters = []
        for ssrc, stream in list(self._streams.items()):
            if now - stream.heard_at > STREAM_KEPT_S:
                del self._streams[ssrc]
                continue
            due, came = stream.interval()
            expected, received = expected + due, received + came
            if stream.clock_hz and came >= _BUSY * passed_s:
                jitters.append(stream.jitter_s)
        self.loss = min(1.0, max(0.0, 1 - received / expected)) if expected > 0 else None
        self.jitter_ms = max(jitters) * 1000 if jitters else None
