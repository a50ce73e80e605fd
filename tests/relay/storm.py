"""A hostile network around one running bridge. `python -m tests.relay.storm [packets]`

Sends foreign, spoofed, truncated, replayed and random datagrams and TCP frames, and asserts that
none is answered, none is passed on, and that what belongs to the call still arrives.
"""

import asyncio
import random
import sys
import time
import tracemalloc
from collections.abc import Callable

from tests.relay.caller import Exchange, TcpCaller, UdpCaller, check, credentials, prove
from videocall.relay.limits import Limits
from videocall.relay.readings import Drop
from videocall.signalling.bridge import Credentials
from videocall.signalling.messages import Seat

AT_ONCE = 50


def junk(dice: random.Random, told: Credentials, overheard: bytes) -> list[Callable[[], bytes]]:
    """Return the ways in which a packet can be wrong."""
    fitting = check(told)

    def changed() -> bytes:
        packet = bytearray(dice.choice((fitting, overheard)))
        packet[dice.randrange(len(packet) - 8)] ^= 1 << dice.randrange(8)
        return bytes(packet)

    def longer() -> bytes:
        return fitting + dice.randbytes(dice.randint(1, 900))

    return [
        lambda: dice.randbytes(dice.randint(1, 1400)),
        lambda: b"",
        lambda: bytes([dice.randrange(20, 64)]) + dice.randbytes(150),
        lambda: bytes([dice.randrange(128, 192)]) + dice.randbytes(dice.randint(0, 1200)),
        lambda: check(credentials()),
        lambda: check(told, pwd="wrong"),
        lambda: fitting[: dice.randrange(1, len(fitting))],
        lambda: overheard,
        lambda: b"\x00\x01\x00\x00\x21\x12\xa4\x42" + dice.randbytes(12),
        lambda: b"\x01\x01\x00\x00\x21\x12\xa4\x42" + dice.randbytes(12),
        lambda: b"\x00\x01" + dice.randbytes(dice.randint(18, 200)),
        changed,
        longer,
    ]


async def storm(exchange: Exchange, count: int, seed: int) -> dict[Drop, int]:
    """Throw `count` packets at a bridge in use; return what was dropped and why."""
    dice = random.Random(seed)
    told = exchange.open()
    here, there = Seat
    one, other = await exchange.caller("udp4"), await exchange.caller("tcp4")
    await prove(other, told[there])
    overheard = check(told[here])
    one.send(overheard)
    await one.receive()

    strangers = [UdpCaller(exchange.board.udp_ports[0]) for _ in range(5)]
    exchange.callers += strangers
    kinds = junk(dice, told[here], overheard)
    for _ in range(0, count, AT_ONCE):
        for _ in range(AT_ONCE):
            dice.choice(strangers).send(dice.choice(kinds)())
        framed = await exchange.caller("tcp4")
        assert isinstance(framed, TcpCaller)
        for _ in range(dice.randint(1, 4)):
            framed.send(dice.choice(kinds)())
        framed.writer.write(dice.choice((b"", b"GET / HTTP/1.1\r\n\r\n", b"\x00", b"\x05\x00ab")))
        await exchange.nothing_came(one, other)
        await exchange.nothing_came(other, one)
        framed.writer.write_eof()
        assert await framed.closed()
        framed.close()
        exchange.callers.remove(framed)
    for stranger in strangers:
        try:
            answer = stranger.socket.recv(2048)
        except BlockingIOError:
            continue
        raise AssertionError(f"a stranger was answered {len(answer)} bytes")
    exchange.board.pass_time()
    (reading,) = exchange.board.readings().bridges
    assert all(way.packets == count // AT_ONCE for way in reading.ways.values())
    return dict(exchange.board.readings().dropped)


async def main() -> None:
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    exchange = Exchange(Limits())
    await exchange.board.start(port=0, hosts=["127.0.0.1", "::1"])
    asyncio.get_running_loop().set_exception_handler(lambda _, what: sys.exit(f"raised: {what}"))
    tracemalloc.start()
    began = time.monotonic()
    dropped = await storm(exchange, count, 1)
    grown = tracemalloc.get_traced_memory()[0]
    print(f"{count} in {time.monotonic() - began:.0f} s, none passed on, none answered")
    print(f"{grown / 1e6:.1f} MB in use; dropped {dropped}")
    await exchange.stop()


if __name__ == "__main__":
    asyncio.run(main())
