"""This relay as a process that is told over standard input which bridges to make and end.

    python -m benchmarks.our_relay

It prints a line of JSON with its ports, then one in answer to each line that it reads: `open N`
makes N bridges and says under which credentials their legs answer, `close` ends all, `dropped`
says what went no further.
"""

import asyncio
import json
import secrets
import sys
from typing import Final

from videocall.ids import BridgeId
from videocall.relay.limits import Limits
from videocall.relay.switchboard import Switchboard
from videocall.signalling.bridge import Credentials
from videocall.signalling.messages import Seat

LIMITS: Final = Limits(bridges_max=4096, kbps_max=100_000_000, bridge_kbps_max=1_000_000)
READINGS_S: Final = 1.0


async def main() -> None:
    loop = asyncio.get_running_loop()
    board = Switchboard(limits=LIMITS, steady=loop.time)
    await board.start(port=0, hosts=("127.0.0.1",))
    print(json.dumps({"port": board.udp_ports[0], "tcp_port": board.tcp_ports[0]}), flush=True)
    open_now: list[BridgeId] = []

    def read() -> None:
        board.readings()
        loop.call_later(READINGS_S, read)

    def opened(count: int) -> list[tuple[str, str]]:
        told = []
        for _ in range(count):
            bridge = BridgeId(secrets.token_urlsafe(12))
            open_now.append(bridge)
            for seat in Seat:
                credentials = Credentials(secrets.token_hex(8), secrets.token_hex(24))
                board.open(bridge, seat, credentials)
                told.append((credentials.ufrag, credentials.pwd))
        return told

    def heard() -> None:
        word, _, count = sys.stdin.readline().partition(" ")
        if word == "open":
            print(json.dumps({"opened": opened(int(count))}), flush=True)
            return
        if word.strip() == "dropped":
            seen = board.readings()
            print(
                json.dumps({"dropped": seen.dropped, "kernel_dropped": seen.kernel_dropped}),
                flush=True,
            )
            return
        for bridge in open_now:
            board.close(bridge)
        open_now.clear()
        print(json.dumps({}), flush=True)

    read()
    loop.add_reader(sys.stdin, heard)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
