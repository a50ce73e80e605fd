"""An offer, an answer and candidates as browsers send them, cut to an exact size."""

from typing import Final

OFFER_CHARS: Final = 5 * 1024
ANSWER_CHARS: Final = 3 * 1024
CANDIDATES: Final = 15

_SESSION: Final = """\
v=0
o=- 4962303333179871722 2 IN IP4 127.0.0.1
s=-
t=0 0
a=group:BUNDLE 0 1
a=extmap-allow-mixed
a=msid-semantic: WMS 7f3a2c1e-58d4-4f1b-9f64-0d7a3c7c1b52
m=audio 9 UDP/TLS/RTP/SAVPF 111 63 9 0 8 13 110 126
c=IN IP4 0.0.0.0
a=rtcp:9 IN IP4 0.0.0.0
a=ice-ufrag:EsAw
a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1
a=ice-options:trickle
a=fingerprint:sha-256 {fingerprint}
a=setup:actpass
a=mid:0
a=sendrecv
a=rtcp-mux
a=rtpmap:111 opus/48000/2
a=fmtp:111 minptime=10;useinbandfec=1
m=video 9 UDP/TLS/RTP/SAVPF 96 97 98 99 100 101 102 103
c=IN IP4 0.0.0.0
a=ice-ufrag:EsAw
a=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1
a=fingerprint:sha-256 {fingerprint}
a=setup:actpass
a=mid:1
a=sendrecv
a=rtcp-mux
"""
_CODEC: Final = """\
a=rtpmap:{number} VP9/90000
a=rtcp-fb:{number} goog-remb
a=rtcp-fb:{number} transport-cc
a=rtcp-fb:{number} ccm fir
a=rtcp-fb:{number} nack pli
a=fmtp:{number} profile-id=2
"""
_LAST: Final = "a=ssrc:2570980487 cname:"


def description(chars: int) -> str:
    """Return an SDP of exactly `chars` characters: a browser's, with as many codecs as fit."""
    fingerprint = ":".join(f"{number:02X}" for number in range(32))
    text = _SESSION.format(fingerprint=fingerprint).replace("\n", "\r\n")
    number = 96
    while True:
        codec = _CODEC.format(number=number).replace("\n", "\r\n")
        if len(text) + len(codec) + len(_LAST) + 16 > chars:
            break
        text += codec
        number += 1
    return text + _LAST + "x" * (chars - len(text) - len(_LAST) - 2) + "\r\n"


def candidate(number: int) -> str:
    """Return the `number`th server-reflexive candidate of a browser (RFC 8839)."""
    return (
        f"candidate:{842163049 + number} 1 udp 1677729535 203.0.113.{number + 1} {46154 + number} "
        f"typ srflx raddr 192.0.2.17 rport {46154 + number} generation 0 ufrag EsAw "
        "network-id 1 network-cost 10"
    )
