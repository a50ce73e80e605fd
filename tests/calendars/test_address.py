"""Addresses of feeds: what a therapist pastes, and what is never connected to."""

import pytest

from videocall.calendars.address import clean_address, is_public
from videocall.errors import Invalid


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("https://cal.example.org/a.ics?key=b", "https://cal.example.org/a.ics?key=b"),
        ("  webcal://cal.example.org/a ", "https://cal.example.org/a"),
        ("WEBCALS://cal.example.org:8443/a", "https://cal.example.org:8443/a"),
        ("http://me:word@cal.example.org/#top", "http://me:word@cal.example.org/"),
        ("https://[2001:db8::1]/a", "https://[2001:db8::1]/a"),
    ],
)
def test_an_address_is_taken_as_calendars_write_it(typed: str, meant: str) -> None:
    assert clean_address(typed) == meant


@pytest.mark.parametrize(
    "typed",
    [
        "", "cal.example.org/a.ics", "file:///etc/passwd", "ftp://cal.example.org/a", "https://",
        "https:///a", "javascript:alert(1)", "https://cal.example.org:99999/", "https://[::1/",
        "https://cal.example.org/\r\nHost: x", "https://cal.example.org/a b", "data:text/calendar,",
        "https://cal.example.org/" + "a" * 2000, "gopher://x", "unix:///run/socket",
    ],
)  # fmt: skip
def test_what_is_no_address_of_a_feed_is_refused(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        clean_address(typed)
    assert refused.value.code == "address"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.10", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.178.1",
        "100.64.0.1", "100.100.100.200", "169.254.169.254", "169.254.170.2", "168.63.129.16",
        "192.0.0.192", "198.18.0.1", "224.0.0.1", "239.255.255.250", "240.0.0.1",
        "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
        "::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:c0a8:b201::1",
        "2001:0:7f00:1::", "fd00:ec2::254", "fc00::1", "fe80::1", "fe80::1%eth0", "fec0::1",
        "ff02::1", "2001:db8::1",
    ],
)  # fmt: skip
def test_local_private_and_metadata_addresses_are_closed(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "142.250.1.1", "2a00:1450:4001::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]
)
def test_the_open_internet_is_open(address: str) -> None:
    assert is_public(address)
