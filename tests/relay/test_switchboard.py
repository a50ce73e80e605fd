"""The relay over real sockets: what two browsers meet, and what the room hears of it."""

import asyncio
import gc
import hashlib
import itertools
import random
import tracemalloc

import pytest
from aioice import Candidate, Connection
from aioice.ice import get_host_addresses

from tests.relay.caller import Caller, Clock, Exchange, TcpCaller, check, credentials, prove
from videocall.errors import ConfigError
from videocall.ids import BridgeId
from videocall.relay.limits import Limits
from videocall.relay.readings import Drop, Transport
from videocall.relay.switchboard import SLICES, Switchboard
from videocall.signalling.bridge import Leg, LegState
from videocall.signalling.messages import Seat, WhyNot

BRIDGE = BridgeId("bridge")
HERE, THERE = Seat
WAYS = ["udp4", "udp6", "tcp4", "tcp6"]


def packets(count: int, seed: int) -> list[bytes]:
    """Return packets such as DTLS and SRTP make, of every size."""
    dice = random.Random(seed)
    firsts = [*range(20, 64), *range(128, 192)]
    return [
        bytes([dice.choice(firsts)]) + dice.randbytes(dice.randint(11, 1400)) for _ in range(count)
    ]


async def carry(sender: Caller, receiver: Caller, sent: list[bytes]) -> None:
    """Send packets and assert that the very same come out, in order."""
    came = hashlib.sha256()
    for at in range(0, len(sent), 10):
        some = sent[at : at + 10]
        for packet in some:
            sender.send(packet)
        for _ in some:
            came.update(await receiver.receive())
    assert came.digest() == hashlib.sha256(b"".join(sent)).digest()


@pytest.fixture
def limits() -> Limits:
    return Limits(bridge_kbps_max=1_000_000, bridges_max=3, tcp_max=12, tcp_per_address_max=8)


@pytest.mark.parametrize("here", WAYS)
@pytest.mark.parametrize("there", WAYS)
async def test_what_comes_in_goes_out_unchanged_both_ways(
    exchange: Exchange, here: str, there: str
) -> None:
    one, other = await exchange.pair((here, there))
    await carry(one, other, packets(500, 1))
    await carry(other, one, packets(500, 2))
    exchange.clock.now += 1
    exchange.board.pass_time()
    readings = exchange.board.readings()
    (reading,) = readings.bridges
    for seat, how in zip(Seat, (here, there), strict=True):
        way = reading.ways[seat]
        assert (way.up, way.packets, way.dropped) == (True, 500, {})
        assert way.transport is Transport(how[:3])
        assert way.kbps > 0
    assert readings.up
    assert readings.kbps == pytest.approx(sum(way.kbps for way in reading.ways.values()))
    assert readings.packets_per_s == pytest.approx(1000)


async def test_a_check_is_told_what_address_it_came_from(exchange: Exchange) -> None:
    told = exchange.open()
    caller = await exchange.caller("udp6")
    answer = await prove(caller, told[HERE])
    sockname = caller.socket.getsockname()  # type: ignore[attr-defined]
    assert answer.attributes["XOR-MAPPED-ADDRESS"] == sockname[:2]


async def test_who_thinks_that_we_control_is_told_and_not_let_in(exchange: Exchange) -> None:
    told = exchange.open()
    caller = await exchange.caller()
    caller.send(check(told[HERE], controlling=False))
    answer = await caller.receive()
    assert b"Role Conflict" in answer
    caller.send(b"\x80" + bytes(40))
    await prove(caller, told[HERE])
    assert exchange.board.readings().dropped == {Drop.STRANGER: 1}


async def test_a_full_ice_agent_connects_and_restarts(limits: Limits) -> None:
    hosts = get_host_addresses(use_ipv4=True, use_ipv6=True)
    if not hosts:
        pytest.skip("this machine has no address but loopback")
    board = Switchboard(limits=limits, steady=Clock())
    await board.start(port=0, hosts=["0.0.0.0", "::"], tcp=False)

    async def connect(seat: Seat) -> Connection:
        told = credentials()
        board.open(BRIDGE, seat, told)
        agent = Connection(ice_controlling=True)
        agent.remote_is_lite = True
        agent.remote_username, agent.remote_password = told.ufrag, told.pwd
        await agent.gather_candidates()
        for host in hosts:
            port = board.udp_ports[":" in host]
            candidate = Candidate("1", 1, "udp", 2130706431, host, port, "host")
            await agent.add_remote_candidate(candidate)
        await agent.add_remote_candidate(None)
        await asyncio.wait_for(agent.connect(), 10)
        assert board.legs(BRIDGE)[seat] == Leg(told, agent.local_username)
        return agent

    one = await connect(HERE)
    agents = [one]
    for seed in range(3):
        agents.append(await connect(THERE))
        for packet in packets(50, seed):
            await one.send(packet)
            assert await asyncio.wait_for(agents[-1].recv(), 10) == packet
            await agents[-1].send(packet)
            assert await asyncio.wait_for(one.recv(), 10) == packet
    for agent in agents:
        await agent.close()
    await board.stop()


async def test_a_restart_of_one_leg_alone_loses_no_packet(exchange: Exchange) -> None:
    one, other = await exchange.pair()
    before = exchange.board.legs(BRIDGE)
    sent = packets(40, 4)
    again = credentials()
    exchange.board.open(BRIDGE, THERE, again)
    exchange.board.open(BRIDGE, THERE, again)
    await carry(one, other, sent[:10])
    moved = await exchange.caller()
    await prove(moved, again, nominate=False)
    await carry(one, other, sent[10:20])
    await carry(moved, one, sent[10:20])
    await prove(moved, again)
    await carry(one, moved, sent[20:30])
    await carry(other, one, sent[20:30])
    exchange.clock.now += 5
    exchange.board.pass_time()
    await carry(one, moved, sent[30:])
    other.send(sent[0])
    await exchange.nothing_came(moved, one)
    after = exchange.board.legs(BRIDGE)
    assert after[HERE] == before[HERE]
    assert after[THERE].credentials == again
    assert exchange.told.queue.empty()


async def test_a_handshake_sent_before_the_other_is_there_arrives(exchange: Exchange) -> None:
    told = exchange.open()
    one, other = await exchange.caller("udp4"), await exchange.caller("tcp4")
    await prove(one, told[HERE])
    hello = b"\x16\xfe\xfd" + bytes(150)
    one.send(hello)
    one.send(b"\x80" + bytes(50))
    await prove(one, told[HERE])
    other.send(check(told[THERE]))
    await other.receive()
    assert await other.receive() == hello
    await exchange.nothing_came(one, other)


async def test_a_leg_that_is_silent_says_so_and_comes_back(exchange: Exchange) -> None:
    told = exchange.open()
    one, other = await exchange.caller(), await exchange.caller()
    for caller, seat in ((one, HERE), (other, THERE)):
        await prove(caller, told[seat])
        assert await exchange.told.next() == (BRIDGE, seat, LegState.UP)
    exchange.clock.now += 20
    await prove(one, told[HERE])
    exchange.clock.now += 10.5
    exchange.board.pass_time()
    assert await exchange.told.next() == (BRIDGE, THERE, LegState.SILENT)
    one.send(b"\x80" + bytes(50))
    await prove(one, told[HERE])
    exchange.board.pass_time()
    assert exchange.board.readings().bridges[0].ways[HERE].dropped == {Drop.EARLY: 1}
    await prove(other, told[THERE])
    assert await exchange.told.next() == (BRIDGE, THERE, LegState.UP)
    await exchange.nothing_came(one, other)


async def test_a_bridge_that_nobody_uses_for_2_minutes_is_forgotten(exchange: Exchange) -> None:
    await exchange.pair()
    exchange.clock.now += 120
    exchange.board.pass_time()
    assert len(exchange.board.readings().bridges) == 1
    exchange.clock.now += 0.5
    exchange.board.pass_time()
    said = [await exchange.told.next() for _ in range(3)]
    assert said[-1] == (BRIDGE, WhyNot.DOWN)
    assert exchange.board.readings().bridges == []
    assert exchange.board.legs(BRIDGE) == {}


async def test_a_closed_bridge_passes_and_answers_nothing(exchange: Exchange) -> None:
    told = exchange.open()
    one, other = await exchange.caller(), await exchange.caller()
    await prove(one, told[HERE])
    await prove(other, told[THERE])
    exchange.board.close(BRIDGE)
    exchange.board.close(BRIDGE)
    one.send(b"\x80" + bytes(50))
    one.send(check(told[HERE]))
    # Under other credentials the same browser is let in again, and nothing of the above came.
    told = exchange.open("next")
    await prove(other, told[THERE])
    await prove(one, told[HERE])
    await exchange.nothing_came(one, other)


async def test_one_bridge_too_many_is_refused_and_harms_none(exchange: Exchange) -> None:
    pairs = [await exchange.pair(bridge=f"bridge {each}") for each in range(3)]
    exchange.board.open(BridgeId("one more"), HERE, credentials())
    assert exchange.told.queue.empty()
    assert await exchange.told.next() == ("one more", WhyNot.FULL)
    exchange.board.open(BridgeId("bridge 1"), HERE, credentials())
    for one, other in pairs:
        await carry(one, other, packets(10, 6))
    exchange.board.close(BridgeId("bridge 0"))
    exchange.board.open(BridgeId("one more"), HERE, credentials())
    assert HERE in exchange.board.legs(BridgeId("one more"))
    await asyncio.sleep(0)
    assert exchange.told.queue.empty()


@pytest.mark.parametrize("limits", [Limits(kbps_max=100)])
async def test_a_relay_that_carries_too_much_takes_no_new_bridge(exchange: Exchange) -> None:
    one, other = await exchange.pair()
    await carry(one, other, packets(100, 7))
    exchange.clock.now += 1
    exchange.board.pass_time()
    exchange.board.open(BridgeId("one more"), HERE, credentials())
    assert await exchange.told.next() == ("one more", WhyNot.FULL)
    await carry(one, other, packets(10, 8))
    exchange.clock.now += 1
    exchange.board.pass_time()
    exchange.clock.now += 1
    exchange.board.pass_time()
    exchange.board.open(BridgeId("one more"), HERE, credentials())
    assert HERE in exchange.board.legs(BridgeId("one more"))


@pytest.mark.parametrize("limits", [Limits(bridges_max=50)])
async def test_each_slice_of_a_second_is_for_a_few_bridges_and_all_for_all(
    exchange: Exchange,
) -> None:
    for number in range(50):
        exchange.open(f"bridge {number}")
    exchange.clock.now += 1
    read = [0]
    for each in range(SLICES):
        exchange.board.pass_time([each])
        read.append(sum(reading.age_s == 1 for reading in exchange.board.readings().bridges))
    assert read[-1] == 50
    assert all(2 <= after - before <= 3 for before, after in itertools.pairwise(read))


async def test_a_tcp_connection_that_hangs_gets_less_and_not_later(exchange: Exchange) -> None:
    one, other = await exchange.pair(("udp4", "tcp4"))
    assert isinstance(other, TcpCaller)
    other.writer.transport.pause_reading()  # type: ignore[attr-defined]
    dropped = 0
    for _ in range(200):
        for _ in range(100):
            one.send(b"\x80" + bytes(1200))
        await asyncio.sleep(0)
        dropped = exchange.board.readings().dropped.get(Drop.STALLED, 0)
        if dropped > 100:
            break
    assert dropped > 100
    other.writer.transport.resume_reading()  # type: ignore[attr-defined]
    mark = b"\x80mark" + bytes(20)
    for _ in range(10_000):
        packet = await other.receive()
        if packet == mark:
            break
        assert len(packet) == 1201
        one.send(mark)
    else:
        pytest.fail("it never came back")


async def test_a_tcp_connection_that_proves_nothing_is_closed_after_10_s(
    exchange: Exchange,
) -> None:
    told = exchange.open()
    strange, honest = await exchange.caller("tcp4"), await exchange.caller("tcp4")
    assert isinstance(strange, TcpCaller)
    strange.send(check(told[HERE], pwd="wrong"))
    await prove(honest, told[HERE])
    exchange.clock.now += 10.1
    exchange.board.pass_time()
    assert await strange.closed()
    await prove(honest, told[HERE])


async def test_connections_are_bounded_by_address_and_in_all(exchange: Exchange) -> None:
    told = exchange.open()
    first = [await exchange.caller("tcp4") for _ in range(8)]
    ninth = await exchange.caller("tcp4")
    assert isinstance(ninth, TcpCaller)
    assert await ninth.closed()
    for caller in first[1:]:
        await prove(caller, told[HERE])
    for _ in range(5):
        await prove(await exchange.caller("tcp6"), told[THERE])
    assert isinstance(first[0], TcpCaller)
    assert await first[0].closed()
    beyond = await exchange.caller("tcp6")
    assert isinstance(beyond, TcpCaller)
    assert await beyond.closed()
    first[1].close()
    await prove(first[2], told[HERE])
    await prove(await exchange.caller("tcp4"), told[HERE])


async def test_strangers_who_take_every_place_keep_nobody_out(exchange: Exchange) -> None:
    told = exchange.open()
    strangers = [await exchange.caller(how) for how in ("tcp4", "tcp6") for _ in range(6)]
    for seat in Seat:
        await prove(await exchange.caller("tcp6"), told[seat])
    for stranger in strangers[:2]:
        assert isinstance(stranger, TcpCaller)
        assert await stranger.closed()
    await prove(strangers[2], told[HERE])


async def test_a_lost_connection_is_a_lost_pair_until_there_is_another(
    exchange: Exchange,
) -> None:
    told = exchange.open()
    one, other = await exchange.caller("tcp4"), await exchange.caller()
    await prove(one, told[HERE])
    await prove(other, told[THERE])
    one.close()
    while exchange.board.readings().bridges[0].ways[HERE].transport is not None:
        await asyncio.sleep(0)
        exchange.board.pass_time()
    other.send(b"\x80" + bytes(50))
    again = await exchange.caller("tcp4")
    await prove(again, told[HERE])
    await exchange.nothing_came(other, again)


async def test_a_port_that_is_taken_is_said_with_what_to_do(exchange: Exchange) -> None:
    for kind, port in (
        ("UDP", exchange.board.udp_ports[0]),
        ("TCP", exchange.board.tcp_ports[0]),
    ):
        second = Switchboard(limits=Limits(), steady=Clock())
        with pytest.raises(ConfigError, match=rf"relay\.port: {kind} {port} is taken; end"):
            await second.start(port=port, hosts=["127.0.0.1"], tcp=True)
        assert second.udp_ports == second.tcp_ports == []


async def test_an_address_that_is_not_ours_is_said() -> None:
    board = Switchboard(limits=Limits(), steady=Clock())
    with pytest.raises(ConfigError, match=r"cannot be opened at 192\.0\.2\.99"):
        await board.start(port=0, hosts=["192.0.2.99"])


async def test_who_listens_hears_that_the_relay_is_reached_elsewhere(exchange: Exchange) -> None:
    exchange.board.announce(["candidate:1 1 udp 1 203.0.113.7 3480 typ host"])
    assert exchange.told.queue.empty()
    assert await exchange.told.next() == ("turned",)
    assert len(exchange.board.candidates) == 1
    exchange.board.announce(["candidate:1 1 udp 1 203.0.113.7 3480 typ host"])
    await exchange.board.stop()
    assert await exchange.told.next() == ("turned",)
    assert exchange.board.candidates == ()
    assert not exchange.board.readings().up


async def test_bridges_that_come_and_go_leave_nothing_behind(exchange: Exchange) -> None:
    caller = await exchange.caller()

    async def use(count: int) -> int:
        for _ in range(count):
            told = exchange.open()
            await prove(caller, told[HERE])
            caller.send(b"\x80" + bytes(50))
            exchange.board.close(BRIDGE)
            exchange.told.queue = asyncio.Queue()
        gc.collect()
        return tracemalloc.get_traced_memory()[0]

    tracemalloc.start()
    try:
        await use(50)
        before = await use(50)
        assert await use(400) - before < 20_000
    finally:
        tracemalloc.stop()
