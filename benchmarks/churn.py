"""Memory over many bridges made, used and ended: it should not grow."""

import time
from typing import Final

from benchmarks.relays import Ours

AT_ONCE: Final = 100
PACKETS: Final = 3
SHARES: Final = (0.02, 0.1, 0.5, 1.0)
MIB: Final = 2**20
_RTP: Final = b"\x80\x6f"
_SETTLE_S: Final = 2.0


def report(bridges: int) -> None:
    """Print the resident memory of our relay on the way to so many bridges."""
    relay = Ours()
    try:
        stages = sorted({max(AT_ONCE, int(bridges * share)) for share in SHARES})
        made = passed = 0
        began = time.monotonic()
        for stage in stages:
            while made < stage:
                passed += batch(relay)
                made += AT_ONCE
            time.sleep(_SETTLE_S)
            mib = relay.served.rss_bytes() / MIB
            print(
                f"{made:7d} bridges made and ended, {passed} packets passed on:"
                f" {mib:.2f} MiB after {time.monotonic() - began:.0f} s",
                flush=True,
            )
    finally:
        relay.served.end()


def batch(relay: Ours) -> int:
    """Make bridges, send a few packets each way over each, end them; return what came out."""
    ends = relay.connect(AT_ONCE, ready=1)
    passed = 0
    try:
        for index, end in enumerate(ends):
            for number in range(PACKETS):
                packet = b"%b%b%b" % (_RTP, number.to_bytes(2, "big"), index.to_bytes(40, "big"))
                end.socket.send(packet)
                passed += ends[index ^ 1].socket.recv(2048) == packet
    finally:
        for end in ends:
            end.socket.close()
    relay.close()
    return passed
