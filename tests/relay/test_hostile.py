"""What comes from nobody's browser: it is counted, and nothing else happens."""

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.relay.caller import Exchange, TcpCaller, check, prove
from tests.relay.storm import storm
from videocall.relay.limits import Limits
from videocall.relay.readings import Drop
from videocall.signalling.messages import Seat

HERE, THERE = Seat


@pytest.fixture
async def raised() -> list[dict[str, Any]]:
    """What the event loop caught."""
    caught: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, what: caught.append(what))
    return caught


async def test_a_storm_passes_by(raised: list[dict[str, Any]], exchange: Exchange) -> None:
    dropped = await storm(exchange, 3000, 2)
    assert min(dropped[why] for why in (Drop.STRANGER, Drop.UNFIT, Drop.UNPROVEN)) > 300
    assert raised == []


async def test_a_strangers_handshake_never_gets_in(exchange: Exchange) -> None:
    told = exchange.open()
    one, other = await exchange.caller(), await exchange.caller()
    thief, proven_elsewhere = await exchange.caller(), await exchange.caller("udp6")
    hello = b"\x16\xfe\xfd" + bytes(200)
    thief.send(hello)
    await prove(other, told[THERE])
    thief.send(hello)
    await prove(one, told[HERE])
    thief.send(hello)
    thief.send(check(told[HERE], pwd="guessed"))
    thief.send(hello)
    third = exchange.open("another")
    await prove(proven_elsewhere, third[HERE])
    proven_elsewhere.send(hello)
    await exchange.nothing_came(one, other)
    await exchange.nothing_came(other, one)


async def test_a_check_repeated_from_elsewhere_moves_nothing(exchange: Exchange) -> None:
    told = exchange.open()
    one, other, thief = [await exchange.caller() for _ in range(3)]
    overheard = check(told[HERE])
    one.send(overheard)
    await one.receive()
    await prove(other, told[THERE])
    thief.send(overheard)
    await exchange.nothing_came(other, one)
    thief.send(b"\x16" + bytes(100))
    await exchange.nothing_came(one, other)
    exchange.board.pass_time()
    (reading,) = exchange.board.readings().bridges
    assert reading.ways[HERE].dropped == {Drop.UNPROVEN: 1}


async def test_a_check_repeated_from_where_it_came_from_is_answered_and_moves_nothing(
    exchange: Exchange,
) -> None:
    told = exchange.open()
    wifi, mobile, other = [await exchange.caller() for _ in range(3)]
    await prove(other, told[THERE])
    overheard = check(told[HERE])
    wifi.send(overheard)
    answer = await wifi.receive()
    await prove(mobile, told[HERE])
    wifi.send(overheard)
    assert await wifi.receive() == answer
    await exchange.nothing_came(other, mobile)


async def test_nobody_is_sent_through_who_only_says_his_address(exchange: Exchange) -> None:
    told = exchange.open()
    one = await exchange.caller()
    await prove(one, told[HERE], nominate=False)
    other = await exchange.caller()
    await prove(other, told[THERE])
    other.send(b"\x80" + bytes(50))
    await prove(other, told[THERE])
    with pytest.raises(BlockingIOError):
        one.socket.recv(100)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "stream",
    [
        b"GET / HTTP/1.1\r\nHost: example.org\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(500),
        b"\xff\xff" + bytes(70_000),
    ],
)
async def test_who_speaks_something_else_over_tcp_is_cut_off(
    exchange: Exchange, stream: bytes
) -> None:
    caller = await exchange.caller("tcp4")
    assert isinstance(caller, TcpCaller)
    caller.writer.write(stream)
    assert await caller.closed()


@pytest.mark.parametrize("frame", [b"", b"\xff\xff", b"\x80" + bytes(40), b"\x16" + bytes(40)])
async def test_who_is_unproven_is_cut_off_at_the_first_frame_that_is_no_check(
    exchange: Exchange, frame: bytes
) -> None:
    caller = await exchange.caller("tcp4")
    assert isinstance(caller, TcpCaller)
    caller.writer.write((len(frame).to_bytes(2, "big") + frame) * 100)
    assert await caller.closed()
    assert sum(exchange.board.readings().dropped.values()) == 1


async def test_who_proves_nothing_by_8_checks_is_cut_off(exchange: Exchange) -> None:
    told = exchange.open()
    caller = await exchange.caller("tcp4")
    assert isinstance(caller, TcpCaller)
    for _ in range(100):
        caller.send(check(told[HERE], pwd="guessed"))
    assert await caller.closed()
    assert exchange.board.readings().dropped == {Drop.UNPROVEN: 8}


async def test_a_connection_that_was_proven_once_is_let_in_again(exchange: Exchange) -> None:
    told = exchange.open()
    caller = await exchange.caller("tcp4")
    await prove(caller, told[HERE])
    exchange.clock.now += 30.5
    exchange.board.pass_time()
    caller.send(b"\x80" + bytes(40))
    await prove(caller, told[HERE])


async def test_frames_may_come_in_any_pieces(exchange: Exchange) -> None:
    told = exchange.open()
    one, other = await exchange.caller("tcp4"), await exchange.caller("tcp4")
    await prove(other, told[THERE])
    assert isinstance(one, TcpCaller)
    asked = check(told[HERE])
    frames = b"".join(
        len(each).to_bytes(2, "big") + each
        for each in (asked, b"\x80" + bytes(2000), b"", b"\x17" + bytes(2047), b"\x90" + bytes(11))
    )
    for at in range(0, len(frames), 7):
        one.writer.write(frames[at : at + 7])
        await asyncio.sleep(0)
    await one.receive()
    assert await other.receive() == b"\x80" + bytes(2000)
    assert await other.receive() == b"\x17" + bytes(2047)
    assert await other.receive() == b"\x90" + bytes(11)


@settings(deadline=None, max_examples=60)
@given(st.lists(st.binary(max_size=2300), max_size=8), st.binary(max_size=5000))
def test_no_bytes_raise_out_of_the_readers(datagrams: list[bytes], stream: bytes) -> None:
    asyncio.run(throw(datagrams, stream))


async def throw(datagrams: list[bytes], stream: bytes) -> None:
    caught: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, what: caught.append(what))
    exchange = Exchange(Limits())
    await exchange.board.start(port=0, hosts=["127.0.0.1", "::1"])
    told = exchange.open()
    proven, stranger = await exchange.caller(), await exchange.caller()
    framed, strange = await exchange.caller("tcp4"), await exchange.caller("tcp4")
    assert isinstance(framed, TcpCaller)
    assert isinstance(strange, TcpCaller)
    await prove(proven, told[HERE])
    await prove(framed, told[THERE])
    for packet in datagrams:
        proven.send(packet)
        stranger.send(packet)
        framed.send(packet)
    framed.writer.write(stream)
    strange.writer.write(stream)
    told = exchange.open("next")
    await prove(await exchange.caller(), told[HERE])
    await prove(await exchange.caller("tcp4"), told[THERE])
    await exchange.stop()
    assert caught == []
