"""Which addresses browsers are told: configured, named or our own, and none of no use."""

from ipaddress import ip_address

import pytest

from videocall.errors import ConfigError
from videocall.relay.addresses import (
    ADDRESSES_MAX,
    Address,
    Surroundings,
    candidates,
    chosen,
    is_inside,
    read,
)
from videocall.signalling.description import check_candidate

BOTH = ("0.0.0.0", "::")


def addresses(*texts: str) -> list[Address]:
    return [ip_address(text) for text in texts]


def told(
    *,
    bound: tuple[str, ...] = BOTH,
    configured: tuple[str, ...] = (),
    named: tuple[str, ...] = (),
    own: tuple[str, ...] = ("127.0.0.1", "::1", "10.0.0.5", "fe80::1"),
    localhost: bool = False,
) -> list[str]:
    around = Surroundings(
        addresses(*bound), addresses(*configured), addresses(*named), addresses(*own), localhost
    )
    return [str(each) for each in chosen(around)]


def test_what_is_configured_goes_before_all_else_and_stays_in_its_order() -> None:
    assert told(configured=("9.9.9.9", "2620:fe::9"), named=("8.8.8.8",)) == [
        "9.9.9.9",
        "2620:fe::9",
    ]


def test_else_it_is_what_the_public_host_is_called() -> None:
    assert told(named=("8.8.8.8", "2620:fe::9", "8.8.8.8")) == ["2620:fe::9", "8.8.8.8"]


def test_a_name_that_means_this_machine_to_itself_alone_is_told_to_nobody() -> None:
    assert told(named=("127.0.1.1",)) == []
    assert told(named=("127.0.1.1",), own=("127.0.0.1", "8.8.4.4", "10.0.0.5")) == ["8.8.4.4"]


def test_a_practice_within_its_own_network_is_reached_there() -> None:
    assert told(named=("192.168.1.7",)) == ["192.168.1.7"]


def test_on_localhost_every_address_of_this_machine_is_told_loopback_last() -> None:
    assert told(localhost=True) == ["10.0.0.5", "::1", "127.0.0.1"]
    assert told(localhost=True, bound=("127.0.0.1",)) == ["127.0.0.1"]


def test_a_family_nobody_listens_on_is_not_told() -> None:
    assert told(bound=("::",), named=("8.8.8.8", "2620:fe::9")) == ["2620:fe::9"]
    assert told(bound=("::",), own=("::1", "fd00::2"), localhost=True) == ["fd00::2", "::1"]
    assert told(named=("2620:fe::9",)) == ["2620:fe::9"]


def test_there_are_never_many() -> None:
    own = tuple(f"10.0.0.{host}" for host in range(100))
    assert len(told(own=own, localhost=True)) == ADDRESSES_MAX


def test_candidates_are_well_formed_udp_before_tcp_and_tell_of_nothing_behind() -> None:
    lines = candidates(addresses("2620:fe::9", "9.9.9.9"), 3480, tcp=True)
    for line in lines:
        check_candidate(line)
        assert "raddr" not in line
    words = [line.split(" ") for line in lines]
    assert [(word[2], word[4], word[5]) for word in words] == [
        ("udp", "2620:fe::9", "3480"),
        ("udp", "9.9.9.9", "3480"),
        ("tcp", "2620:fe::9", "3480"),
        ("tcp", "9.9.9.9", "3480"),
    ]
    priorities = [int(word[3]) for word in words]
    assert priorities == sorted(priorities, reverse=True)
    assert len(set(priorities)) == len({word[0] for word in words}) == 4
    assert priorities[0] == (126 << 24) + (65535 << 8) + 255
    assert [word[8:] for word in words] == [[], [], ["tcptype", "passive"], ["tcptype", "passive"]]


def test_without_tcp_there_are_no_tcp_candidates() -> None:
    lines = candidates(addresses("9.9.9.9"), 3480, tcp=False)
    assert len(lines) == 1
    assert candidates([], 3480, tcp=True) == ()


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("relay.example.org", "no IPv4 or IPv6 address"),
        ("9.9.9.9:3480", "no IPv4 or IPv6 address"),
        ("", "no IPv4 or IPv6 address"),
        ("0.0.0.0", "leads nowhere"),
        ("::", "leads nowhere"),
        ("224.0.0.1", "multicast"),
        ("ff02::1", "multicast"),
        ("203.0.113.5", "example"),
        ("2001:db8::5", "example"),
        ("fe80::1%eth0", "zone"),
        ("::ffff:9.9.9.9", "write 9.9.9.9"),
    ],
)
def test_an_address_of_no_use_is_refused_with_what_is_wrong(text: str, word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        read(text, public=True)


def test_one_can_listen_everywhere() -> None:
    assert [str(read(each, public=False)) for each in BOTH] == list(BOTH)


@pytest.mark.parametrize(
    ("host", "inside"),
    [
        ("localhost", True),
        ("::1", True),
        ("10.1.2.3", True),
        ("practice.local", True),
        ("nas", True),
        ("call.example.org", False),
        ("9.9.9.9", False),
        ("2620:fe::9", False),
    ],
)
def test_a_host_is_known_in_its_own_network_alone_or_everywhere(host: str, inside: bool) -> None:
    assert is_inside(host) is inside
