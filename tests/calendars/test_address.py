"""Addresses of feeds, as a therapist pastes them."""

import pytest

from videocall.calendars.address import clean_address
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
