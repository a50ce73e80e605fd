"""Where requests may go, and where never."""

import pytest

from videocall.errors import Invalid
from videocall.outbound import checked_url, is_public


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "127.8.8.8", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254",
        "100.64.0.1", "0.0.0.0", "255.255.255.255", "224.0.0.1", "239.1.1.1", "240.0.0.1",
        "192.0.0.192", "168.63.129.16", "198.18.0.1", "192.0.2.1", "::", "::1", "fe80::1",
        "fe80::1%eth0", "fd00::1", "fec0::1", "ff02::1", "2001:db8::1", "::ffff:10.0.0.1",
        "::10.0.0.1", "64:ff9b::a00:1", "64:ff9b:1::1", "2002:a00:1::1", "2001::1",
    ],
)  # fmt: skip
def test_an_address_of_the_local_network_is_none_of_the_internet(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address",
    ["8.8.8.8", "93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8", "64:ff9b::808:808",
     "2002:808:808::1"],
)  # fmt: skip
def test_an_address_of_the_internet_is_one(address: str) -> None:
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
