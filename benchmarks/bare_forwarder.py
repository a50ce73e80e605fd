"""The least a relay can do on asyncio: a DatagramProtocol, a dict, and `sendto`.

    python -m benchmarks.bare_forwarder

It knows who belongs together by a hello, as `relay/loop.c` does.
"""

import asyncio
import json
import socket
import struct

Address = tuple[str, int]


class Forwarder(asyncio.DatagramProtocol):
    def __init__(self) -> None:
        self._seats: dict[tuple[int, int], Address] = {}
        self._other: dict[Address, Address] = {}

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # type: ignore[override]
        self._transport = transport

    def datagram_received(self, data: bytes, addr: Address) -> None:
        if data[0]:
            other = self._other.get(addr)
            if other is not None:
                self._transport.sendto(data, other)
            return
        _, seat, bridge = struct.unpack("!HHI", data)
        self._seats[bridge, seat] = addr
        other = self._seats.get((bridge, 1 - seat))
        if other is not None:
            self._other[addr], self._other[other] = other, addr
        self._transport.sendto(data, addr)


async def main() -> None:
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(Forwarder, ("127.0.0.1", 0))
    own: socket.socket = transport.get_extra_info("socket")
    for option in (socket.SO_RCVBUF, socket.SO_SNDBUF):
        own.setsockopt(socket.SOL_SOCKET, option, 4 << 20)
    print(json.dumps({"port": own.getsockname()[1]}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
