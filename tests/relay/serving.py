"""What `serve` does with a relay of its own process, as a program that can be killed.

    python -m tests.relay.serving SOCKET [BRIDGE]

Opens both legs of BRIDGE, if one is given. Prints a JSON line: where the relay is, and every leg of
the bridge `call` it knows.
"""

import asyncio
import json
import sys
from pathlib import Path

from tests.relay.world import credentials
from videocall.ids import BridgeId
from videocall.relay.link import Link
from videocall.signalling.messages import Seat


async def main(path: Path, *opened: str) -> None:
    link = Link(path)
    async with link.running():
        for bridge in opened:
            for seat in Seat:
                link.open(BridgeId(bridge), seat, credentials(bridge, seat, "page"))
        legs = link.legs(BridgeId("call"))
        known = {seat: (leg.credentials.ufrag, leg.remote_ufrag) for seat, leg in legs.items()}
        sys.stdout.write(json.dumps({"candidates": link.candidates, "legs": known}) + "\n")
        sys.stdout.flush()
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), *sys.argv[2:]))
