"""Where requests may go, and where never."""

import pytest

from videocall.errors import Invalid
from videocall.outbound import checked_url, is_public


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.9.10", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.178.1",
        "100.64.0.1", "100.100.100.200", "169.254.169.254", "169.254.170.2", "168.63.129.16",
        "192.0.0.192", "192.0.2.1", "198.18.0.1", "224.0.0.1", "239.255.255.250", "240.0.0.1",
        "255.255.255.255", "::", "::1", "::ffff:127.0.0.1", "::ffff:169.254.169.254",
        "::127.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::1", "2002:7f00:1::", "2002:c0a8:b201::1",
        "2001:0:7f00:1::", "fd00:ec2::254", "fc00::1", "fe80::1", "fe80::1%eth0", "fec0::1",
        "ff02::1", "2001:db8::1",
    ],
)  # fmt: skip
def test_local_private_and_metadata_addresses_are_closed(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "8.8.8.8", "142.250.1.1", "2a00:1450:4001::1", "::ffff:8.8.8.8", "64:ff9b::808:808",
        "2002:808:808::1",
    ],
)  # fmt: skip
def test_the_open_internet_is_open(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/hooks",
        "https://example.org:8443/hooks?a=b",
        "https://user.example.org",
        "https://8.8.8.8/",
        "https://[2606:4700::1111]/",
        "https://bücher.example/",
    ],
)
def test_an_address_on_the_internet_is_taken_as_it_is(url: str) -> None:
    assert checked_url(url, private=False) == url


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.org",
        "//example.org/",
        "/hooks",
        "ftp://example.org/",
        "file:///etc/passwd",
        "http://example.org/",
        "http://10.0.0.1/",
        "https://",
        "https:///hooks",
        "https://user:word@example.org/",
        "https://example.org/#part",
        "https://example.org/ hooks",
        "https://example.org/\n",
        "https://example.org/\x00",
        "https://example.org:99999/",
        "https://example.org:port/",
        "https://[::1",
        "https://example.org/" + "x" * 2000,
    ],
)
def test_what_is_no_address_to_send_to_is_refused(url: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked_url(url, private=True)
    assert refused.value.code == "url"


@pytest.mark.parametrize(
    "url",
    [
        "http://localhost:9000/hooks",
        "http://127.0.0.1:9000/",
        "http://[::1]:9000/",
        "https://localhost/",
        "https://app.localhost/",
        "https://10.1.2.3/",
        "https://192.168.0.10:8443/",
        "https://[fd00::1]/",
    ],
)
def test_an_address_of_the_local_network_is_taken_where_it_is_meant_alone(url: str) -> None:
    assert checked_url(url, private=True) == url
    with pytest.raises(Invalid) as refused:
        checked_url(url, private=False)
    assert refused.value.code == "private"
