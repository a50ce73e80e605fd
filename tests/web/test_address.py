"""Whose address counts behind proxies."""

from ipaddress import ip_network

import pytest

from videocall.web.address import UNKNOWN, client_address, group

PROXIES = [ip_network("10.0.0.0/8"), ip_network("2001:db8:ffff::/48")]


def test_a_direct_connection_counts_whatever_it_claims() -> None:
    assert client_address("203.0.113.7", ["198.51.100.1"], PROXIES) == "203.0.113.7"


def test_the_rightmost_address_that_is_no_trusted_proxy_counts() -> None:
    forwarded = ["1.1.1.1, 198.51.100.9", "10.1.2.3"]
    assert client_address("10.0.0.1", forwarded, PROXIES) == "198.51.100.9"


def test_a_forged_left_part_is_never_reached() -> None:
    assert client_address("10.0.0.1", ["10.9.9.9, 203.0.113.7"], PROXIES) == "203.0.113.7"


def test_with_proxies_alone_the_first_of_them_counts() -> None:
    assert client_address("10.0.0.1", ["10.0.0.2, 10.0.0.3"], PROXIES) == "10.0.0.2"


@pytest.mark.parametrize("rubbish", ["unknown", "", "<script>", "1.2.3.4.5", "999.1.1.1"])
def test_text_that_is_no_address_ends_the_walk(rubbish: str) -> None:
    assert client_address("10.0.0.1", [f"203.0.113.7, {rubbish}"], PROXIES) == "10.0.0.1"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("203.0.113.7:4711", "203.0.113.7"),
        ("[2001:db8::1]:4711", "2001:db8::1"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::1"),
    ],
)
def test_the_usual_ways_of_writing_an_address_are_one(written: str, meant: str) -> None:
    assert client_address("10.0.0.1", [written], PROXIES) == meant


def test_a_thousand_hops_are_not_walked() -> None:
    forwarded = ["10.0.0.5, " * 1000 + "10.0.0.6"]
    assert client_address("10.0.0.1", forwarded, PROXIES).startswith("10.")


def test_a_connection_without_an_address_is_unknown() -> None:
    assert client_address(None, ["203.0.113.7"], PROXIES) == UNKNOWN


def test_an_ipv6_household_is_one_and_an_ipv4_address_is_one() -> None:
    assert group("2001:db8::1") == group("2001:db8::ffff:1") != group("2001:db8:0:1::1")
    assert group("203.0.113.7") == "203.0.113.7"
    assert group(UNKNOWN) == UNKNOWN
