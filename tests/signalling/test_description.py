"""What may pass from one browser to the other."""

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videocall.errors import Invalid
from videocall.signalling.description import check_candidate, check_description
from videocall.signalling.reroute import relay_only_candidate, relay_only_description

FINGERPRINT = "a=fingerprint:sha-256 " + ":".join(["0A"] * 32)
CHROMIUM = "\r\n".join(
    [
        "v=0",
        "o=- 4611731400430051336 2 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0 1",
        "a=extmap-allow-mixed",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111",
        "c=IN IP4 0.0.0.0",
        "a=candidate:1467250027 1 udp 2122260223 192.168.0.196 46243 typ host generation 0",
        "a=candidate:435653019 1 tcp 1845501695 abc.local 9 typ host tcptype active",
        "a=ice-ufrag:abcd",
        FINGERPRINT,
        "a=setup:actpass",
        "m=video 9 UDP/TLS/RTP/SAVPF 96",
        FINGERPRINT.replace("0A", "0a"),
        "",
    ]
)


def test_what_chromium_sends_passes_with_either_line_ending() -> None:
    check_description(CHROMIUM)
    check_description(CHROMIUM.replace("\r\n", "\n"))


@pytest.mark.parametrize(
    ("sdp", "because"),
    [
        (CHROMIUM + FINGERPRINT.replace("0A", "0B") + "\r\n", "exactly one"),
        ("v=0\r\ns=-\r\n", "exactly one"),
        (CHROMIUM + "a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:abc\r\n", "a=crypto"),
        (CHROMIUM + "a=fingerprint:sha-1 AA:BB\r\n", "not a sha-256"),
        (CHROMIUM + "hello\r\n", "letter=value"),
        (CHROMIUM + "a=x\x00y\r\n", "letter=value"),
        (CHROMIUM + "a=x\ry\r\n", "letter=value"),
        # Firefox' parser takes these for what they resemble.
        (CHROMIUM + "a=Candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n", "letter=value"),
        (CHROMIUM + "a=candidate 1 1 udp 1 192.0.2.1 9 typ host\r\n", "letter=value"),
        (CHROMIUM + "a= candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n", "letter=value"),
        (CHROMIUM + "a=\tcandidate:1 1 udp 1 192.0.2.1 9 typ host\r\n", "letter=value"),
        (CHROMIUM + "a=fingerprint sha-256 AB\r\n", "letter=value"),
        (CHROMIUM + "a=\r\n", "letter=value"),
        (CHROMIUM + "a=candidate:1 1 udp x\r\n", "not an ICE candidate"),
        (CHROMIUM.replace("v=0\r\n", ""), "begin with v=0"),
        (CHROMIUM + "a=x\r\n" * 2001, "2,000 lines"),
        (
            CHROMIUM + "a=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n" * 70,
            "64 candidates",
        ),
        ("\n", "letter=value"),
    ],
)
def test_what_no_browser_of_ours_sends_is_refused_with_the_reason(sdp: str, because: str) -> None:
    with pytest.raises(Invalid, match=because):
        check_description(sdp)


@pytest.mark.parametrize(
    "candidate",
    [
        "candidate:1 1 udp 1 192.0.2.1 9 typ host\r\na=crypto:1",
        "candidate:1 1 udp 1 192.0.2.1 9 typ evil",
        "candidate:1 1 udp 1 192.0.2.1 999999 typ host",
        "javascript:alert(1)",
        "candidate:" + "1 " * 200,
    ],
)
def test_what_is_no_candidate_is_refused(candidate: str) -> None:
    with pytest.raises(Invalid):
        check_candidate(candidate)


def test_the_end_of_candidates_passes_also_under_address_privacy() -> None:
    check_candidate("")
    assert relay_only_candidate("") == ""


@given(st.text(max_size=300))
def test_no_text_breaks_the_check(text: str) -> None:
    for check in (check_candidate, check_description):
        with contextlib.suppress(Invalid):
            check(text)


@given(st.lists(st.sampled_from(["host", "srflx", "relay"]), max_size=5))
def test_no_address_but_a_relays_is_left_under_address_privacy(kinds: list[str]) -> None:
    lines = [
        f"a=candidate:{n} 1 udp 1 198.51.100.{n} 9 typ {kind} raddr 192.0.2.7 rport 9\r\n"
        for n, kind in enumerate(kinds)
    ]
    thinned = relay_only_description(CHROMIUM + "".join(lines))
    check_description(thinned)
    assert "192.0.2.7" not in thinned
    assert "192.168.0.196" not in thinned
    assert thinned.count("typ relay") == kinds.count("relay")
