"""Descriptions through the relay: only what says where a browser is reached changes."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from videocall.errors import Invalid
from videocall.signalling.bridge import Credentials
from videocall.signalling.description import check_description
from videocall.signalling.reroute import relay_only_description, through_relay, ufrag_of

FINGERPRINT = "a=fingerprint:sha-256 " + ":".join(["0A"] * 32)
LEG = Credentials("1eg0000000000000", "9" * 48)
CANDIDATES = (
    "candidate:1 1 udp 2130706431 203.0.113.9 3480 typ host",
    "candidate:2 1 tcp 1694498815 203.0.113.9 3480 typ host tcptype passive",
)
OWN_ADDRESSES = ("192.168.0.196", "198.51.100.7", "2001:db8::7", "abc.local")

SESSION = [
    "v=0",
    "o=- 4611731400430051336 2 IN IP4 198.51.100.7",
    "s=-",
    "t=0 0",
    "a=group:BUNDLE 0 1 2",
    "a=extmap-allow-mixed",
    "a=msid-semantic: WMS 7d6f",
]
AUDIO = [
    "m=audio 46243 UDP/TLS/RTP/SAVPF 111 63",
    "c=IN IP4 198.51.100.7",
    "a=rtcp:9 IN IP4 0.0.0.0",
    "a=candidate:1467250027 1 udp 2122260223 192.168.0.196 46243 typ host generation 0",
    "a=candidate:2 1 udp 1686052607 198.51.100.7 46243 typ srflx raddr 192.168.0.196 rport 46243",
    "a=candidate:435653019 1 tcp 1845501695 abc.local 9 typ host tcptype active",
    "a=end-of-candidates",
    "a=ice-ufrag:abcd",
    "a=ice-pwd:0123456789012345678901",
    "a=ice-options:trickle renomination",
    FINGERPRINT,
    "a=setup:actpass",
    "a=mid:0",
    "a=rtcp-mux",
    "a=rtpmap:111 opus/48000/2",
    "a=ssrc:1234 cname:abcd",
]
VIDEO = [
    "m=video 9 UDP/TLS/RTP/SAVPF 96",
    "c=IN IP6 2001:db8::7",
    "a=rtcp:46243 IN IP4 198.51.100.7",
    "a=ice-ufrag:abcd",
    "a=ice-pwd:0123456789012345678901",
    FINGERPRINT,
    "a=mid:1",
    "a=rtcp-mux",
    "a=rtpmap:96 VP8/90000",
]
CHANNEL = [
    "m=application 0 UDP/DTLS/SCTP webrtc-datachannel",
    "c=IN IP4 0.0.0.0",
    "a=bundle-only",
    "a=mid:2",
    "a=sctp-port:5000",
    "a=max-message-size:262144",
]


def text(*sections: list[str]) -> str:
    return "".join(f"{line}\r\n" for section in sections for line in section)


OFFER = text(SESSION, AUDIO, VIDEO, CHANNEL)


def test_the_leg_stands_where_the_browser_stood() -> None:
    lines = through_relay(OFFER, LEG, CANDIDATES).split("\r\n")
    assert [line for line in lines if "ice-" in line] == [
        "a=ice-lite",
        *[f"a=ice-ufrag:{LEG.ufrag}", f"a=ice-pwd:{LEG.pwd}"] * 2,
    ]
    assert lines.index("a=ice-lite") < lines.index("m=audio 9 UDP/TLS/RTP/SAVPF 111 63")
    told = [n for n, line in enumerate(lines) if "candidate" in line]
    assert [lines[n] for n in told] == [
        *(f"a={each}" for each in CANDIDATES),
        "a=end-of-candidates",
    ]
    assert max(told) < lines.index("m=video 9 UDP/TLS/RTP/SAVPF 96")
    assert "o=- 4611731400430051336 2 IN IP4 0.0.0.0" in lines
    assert "m=application 0 UDP/DTLS/SCTP webrtc-datachannel" in lines


def test_what_the_two_agree_on_goes_through_byte_for_byte() -> None:
    places = ("c=", "o=", "m=", "a=rtcp:", "a=candidate", "a=end-of", "a=ice-")

    def kept(sdp: str) -> list[str]:
        return [line for line in sdp.split("\r\n") if not line.startswith(places)]

    assert kept(through_relay(OFFER, LEG, CANDIDATES)) == kept(OFFER)


@pytest.mark.parametrize("address", OWN_ADDRESSES)
def test_no_address_of_the_browser_is_left(address: str) -> None:
    assert address not in through_relay(OFFER, LEG, CANDIDATES)
    assert address not in relay_only_description(OFFER)


def test_a_browser_says_what_it_calls_itself() -> None:
    assert ufrag_of(OFFER) == "abcd"
    assert ufrag_of(through_relay(OFFER, LEG, CANDIDATES)) == LEG.ufrag


def test_media_that_was_turned_down_stays_so() -> None:
    gone = ["m=video 0 UDP/TLS/RTP/SAVPF 96", "c=IN IP4 0.0.0.0", "a=mid:1"]
    session = [line.replace("BUNDLE 0 1 2", "BUNDLE 2") for line in SESSION]
    audio = [*AUDIO]
    audio[0] = audio[0].replace("46243", "0")
    answer = text(session, audio, gone, [*CHANNEL, "a=ice-ufrag:abcd"])
    lines = through_relay(answer, LEG, CANDIDATES).split("\r\n")
    assert "m=video 0 UDP/TLS/RTP/SAVPF 96" in lines
    assert lines.index(f"a={CANDIDATES[0]}") > lines.index("a=mid:2")


@pytest.mark.parametrize(
    ("sdp", "because"),
    [
        (text(SESSION, AUDIO, [line.replace("abcd", "efgh") for line in VIDEO]), "2 and 1"),
        (text(SESSION, AUDIO, [line.replace("pwd:0", "pwd:1") for line in VIDEO]), "1 and 2"),
        (text(SESSION), "0 and 0"),
        (text([*SESSION[:4]], AUDIO), "BUNDLE"),
        (text([*SESSION, "a=group:BUNDLE 0"], AUDIO), "BUNDLE"),
        (text([s.replace("0 1 2", "0") for s in SESSION], AUDIO, VIDEO), "BUNDLE"),
        (text(SESSION, [line for line in AUDIO if line != "a=rtcp-mux"]), "rtcpMuxPolicy"),
        (text(SESSION, AUDIO, ["m=nonsense"]), "media line"),
    ],
)
def test_what_needs_more_than_one_transport_is_refused_with_what_to_do(
    sdp: str, because: str
) -> None:
    with pytest.raises(Invalid, match=because):
        ufrag_of(sdp)


WORDS = st.text(st.characters(codec="ascii", min_codepoint=32, max_codepoint=126), max_size=30)
ATTRIBUTES = st.builds("a={}:{}".format, st.from_regex(r"[a-z0-9-]{1,9}", fullmatch=True), WORDS)
ODD = st.lists(st.sampled_from(AUDIO + VIDEO + CHANNEL) | ATTRIBUTES)


@given(ODD, ODD, ODD)
def test_the_same_again_changes_nothing(
    session: list[str], audio: list[str], video: list[str]
) -> None:
    session = [line for line in session if not line.startswith("m=")]
    sdp = text(SESSION, session, AUDIO, audio, VIDEO, video)
    once = through_relay(sdp, LEG, CANDIDATES)
    assert through_relay(once, LEG, CANDIDATES) == once
    assert not any(each in once for each in ("192.168.0.196", "198.51.100.7", "abc.local"))
    assert once.count("a=end-of-candidates") == 1


@given(ATTRIBUTES)
def test_what_is_rewritten_is_still_a_description(line: str) -> None:
    check_description(through_relay(text(SESSION, [line], AUDIO), LEG, CANDIDATES))
