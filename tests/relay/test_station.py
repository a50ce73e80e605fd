"""Where the relay stands: its ports, what browsers are told of it, and what is wrong with that."""

import socket
from ipaddress import ip_address

import pytest

from tests.relay.world import Heard, credentials, port_of, station, until
from videocall import clock
from videocall.errors import ConfigError
from videocall.ids import BridgeId
from videocall.relay import whereabouts
from videocall.relay.limits import Limits
from videocall.relay.place import Place
from videocall.relay.station import Station
from videocall.relay.switchboard import Switchboard
from videocall.signalling.messages import Seat

HERE = "127.0.0.1"
ELSEWHERE = "127.0.0.2"
PUBLIC = "call.invalid"


def reached_at(*configured: str, host: str = PUBLIC, bridges_max: int = 9) -> Station:
    switchboard = Switchboard(limits=Limits(bridges_max=bridges_max), steady=clock.steady)
    addresses = [ip_address(each) for each in configured]
    bound = [ip_address(HERE)]
    return Station(switchboard, Place(0, bound, tcp=True, host=host, configured=addresses))


async def test_any_free_port_is_one_number_for_udp_and_tcp() -> None:
    place = station()
    async with place.running():
        port = port_of(place.switchboard.candidates)
        assert place.switchboard.udp_ports == place.switchboard.tcp_ports == [port]
        assert {line.split(" ")[5] for line in place.switchboard.candidates} == {str(port)}
    assert place.switchboard.candidates == ()


@pytest.mark.parametrize("kind", [socket.SOCK_DGRAM, socket.SOCK_STREAM])
async def test_a_port_that_is_taken_is_named_and_nothing_stays_open(
    kind: socket.SocketKind,
) -> None:
    with socket.socket(socket.AF_INET, kind) as taken:
        taken.bind((HERE, 0))
        if kind is socket.SOCK_STREAM:
            taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigError, match=r"relay\.port"):
            async with station(port).running():
                pass
    async with station(port).running():
        pass


async def test_addresses_that_lead_here_are_no_trouble() -> None:
    place = reached_at(HERE)
    async with place.running():
        leading = await whereabouts.leading_here(
            place.switchboard, [ip_address(HERE)], port_of(place.switchboard.candidates)
        )
        assert leading == [True]
        assert place.readings().trouble == ""
        assert place.readings().bridges == []


async def test_addresses_that_do_not_lead_here_are_told_and_still_given_to_browsers() -> None:
    place = reached_at(HERE, ELSEWHERE)
    async with place.running():
        await until(lambda: place.readings().trouble)
        said = place.readings().trouble
        assert "1 of 2 addresses" in said
        assert "relay.public_addresses" in said
        assert HERE not in said
        assert ELSEWHERE not in said
        assert any(ELSEWHERE in line for line in place.switchboard.candidates)


async def test_a_relay_that_is_full_is_not_taken_for_one_that_is_not_reached() -> None:
    place = reached_at(HERE, bridges_max=1)
    async with place.running():
        one = BridgeId("one")
        place.switchboard.open(one, Seat.CLIENT, credentials(one, Seat.CLIENT, "page"))
        port = port_of(place.switchboard.candidates)
        leading = await whereabouts.leading_here(place.switchboard, [ip_address(ELSEWHERE)], port)
        assert leading == [True]


async def test_a_host_that_nobody_can_look_up_is_trouble_and_no_end(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(whereabouts, "own", lambda: [ip_address(HERE)])
    place = reached_at()
    async with place.running():
        await until(lambda: place.readings().trouble)
        assert "relay.public_addresses" in place.readings().trouble
        assert place.readings().up
        assert place.switchboard.candidates == ()
    assert [record.levelname for record in caplog.records] == ["WARNING"]


async def test_the_addresses_of_this_machine_are_those_of_its_interfaces() -> None:
    assert ip_address(HERE) in whereabouts.own()
    assert ip_address(HERE) in await whereabouts.named("localhost")


async def test_a_process_that_may_not_ask_for_its_addresses_goes_on_without(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def refused() -> list[object]:
        raise OSError(97, "Address family not supported by protocol")

    monkeypatch.setattr("ifaddr.get_adapters", refused)
    place = reached_at(HERE)
    async with place.running():
        assert place.switchboard.candidates


async def test_a_server_with_ipv6_alone_tells_of_nothing_else() -> None:
    switchboard = Switchboard(limits=Limits(), steady=clock.steady)
    place = Station(switchboard, Place(0, [ip_address("::1")], tcp=True, host="localhost"))
    async with place.running():
        assert {line.split(" ")[4] for line in switchboard.candidates} == {"::1"}
        port = port_of(switchboard.candidates)
        leading = await whereabouts.leading_here(switchboard, [ip_address("::1")], port)
        assert leading == [True]


async def test_a_server_that_moved_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    now_at = HERE
    monkeypatch.setattr(whereabouts, "own", lambda: [ip_address(now_at)])
    monkeypatch.setattr("videocall.relay.station.LOOK_EVERY_S", 0.0)
    heard = Heard()
    switchboard = Switchboard(limits=Limits(), steady=clock.steady)
    switchboard.listen(heard)
    place = Station(switchboard, Place(0, [ip_address("0.0.0.0")], tcp=True, host="localhost"))
    async with place.running():
        await until(lambda: heard.said == [("turned",)])
        now_at = ELSEWHERE
        await until(lambda: heard.said == [("turned",)] * 2)
        assert {line.split(" ")[4] for line in switchboard.candidates} == {ELSEWHERE}
