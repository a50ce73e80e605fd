"""Description and candidate lines that say where a browser is reached: thinned, or the relay's.

Text in, text out, line by line: what the two browsers agree on (keys, codecs, streams) goes through
byte for byte. A parser would drop what it does not know.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from videocall.signalling.bridge import Credentials
from videocall.signalling.description import CANDIDATE, bad

_RELATED: Final = re.compile(r" (?:raddr|rport) \S+", re.IGNORECASE)
_ORIGIN: Final = re.compile(r"(o=\S+ \S+ \S+) .*")
_MEDIA: Final = re.compile(r"m=(?P<kind>\S+) (?P<port>\d{1,5})(?:/\d+)? (?P<rest>\S+ .*)")
_NOWHERE: Final = "IN IP4 0.0.0.0"
_DISCARD: Final = "9"
"""The port that stands for none yet (RFC 8840 section 4.1.1)."""
_TRANSPORT: Final = (
    "a=candidate:", "a=end-of-candidates", "a=remote-candidates:", "a=ice-options:",
    "a=ice-lite", "a=ice-mismatch", "a=ice-pacing:",
)  # fmt: skip


def relay_only_candidate(candidate: str) -> str | None:
    """Return a checked candidate without related addresses, or None where it is not a relay's."""
    if not candidate:
        return candidate
    match = CANDIDATE.fullmatch(candidate)
    if match is None or match["type"].lower() != "relay":
        return None
    return _RELATED.sub("", candidate)


def relay_only_description(sdp: str) -> str:
    """Return a checked SDP in which a TURN server's candidates alone are left.

    Related addresses go, and so do the default ones, which may be the browser's own.
    """
    kept = []
    for line in _lines(sdp):
        if line.startswith("a=candidate:"):
            thinned = relay_only_candidate(line)
            if thinned is not None:
                kept.append(thinned)
        else:
            kept.append(_placeless(line))
    return _joined(kept)


def ufrag_of(sdp: str) -> str:
    """Return what a browser calls itself in a checked SDP that can go through the relay.

    All its media must share one transport: BUNDLE (RFC 9143), rtcp-mux (RFC 8858), one ufrag and
    one password. Raises Invalid with code `bad_description`.
    """
    ufrags = {line for line in _lines(sdp) if line.startswith("a=ice-ufrag:")}
    passwords = {line for line in _lines(sdp) if line.startswith("a=ice-pwd:")}
    if len(ufrags) != 1 or len(passwords) != 1:
        raise bad(
            "the relay needs one ICE ufrag and password for all media, not"
            f" {len(ufrags)} and {len(passwords)}; set bundlePolicy to max-bundle"
        )
    _session, media = _sections(sdp)
    bundled = _bundled(sdp)
    for section in media:
        if not _accepted(section):
            continue
        if _mid(section) not in bundled:
            raise bad("the relay needs all media in one BUNDLE; set bundlePolicy to max-bundle")
        if "RTP/" in section[0] and "a=rtcp-mux" not in section:
            raise bad("the relay needs RTP and RTCP on one port; set rtcpMuxPolicy to require")
    return ufrags.pop().removeprefix("a=ice-ufrag:")


def through_relay(sdp: str, leg: Credentials, candidates: Sequence[str]) -> str:
    """Return an SDP for which `ufrag_of` holds as if the relay's leg had written it.

    Whoever gets it checks towards the leg, which is lite (RFC 8445 section 2.5), at `candidates`.
    The same again changes nothing.
    """
    session, media = _sections(sdp)
    bundled = _bundled(sdp)
    lines = [*_rewritten(session, leg), "a=ice-lite"]
    first = next((s for s in media if _accepted(s) and _mid(s) in bundled), None)
    for section in media:
        lines += _rewritten(section, leg)
        if section is first:
            # With BUNDLE the first alone carries candidates (RFC 9143 section 7.1.1).
            lines += [f"a={each}" for each in candidates]
            lines.append("a=end-of-candidates")
    return _joined(lines)


def _rewritten(section: Sequence[str], leg: Credentials) -> Iterator[str]:
    for line in section:
        if line.startswith("a=ice-ufrag:"):
            yield f"a=ice-ufrag:{leg.ufrag}"
        elif line.startswith("a=ice-pwd:"):
            yield f"a=ice-pwd:{leg.pwd}"
        elif not line.startswith(_TRANSPORT):
            yield _placeless(line)


def _placeless(line: str) -> str:
    """Return a line that names no place: the browser's own address may stand in these."""
    if line.startswith("c="):
        return f"c={_NOWHERE}"
    if line.startswith("a=rtcp:"):
        return f"a=rtcp:{_DISCARD} {_NOWHERE}"
    if line.startswith("o=") and (origin := _ORIGIN.fullmatch(line)):
        return f"{origin[1]} {_NOWHERE}"
    if line.startswith("m=") and (media := _MEDIA.fullmatch(line)):
        port = "0" if int(media["port"]) == 0 else _DISCARD
        return f"m={media['kind']} {port} {media['rest']}"
    return line


def _accepted(section: Sequence[str]) -> bool:
    """Tell whether a media section is in use; one within a bundle may say port 0 for now."""
    media = _MEDIA.fullmatch(section[0])
    if media is None:
        raise bad(f"{section[0][:40]!r} is no media line")
    return int(media["port"]) != 0 or "a=bundle-only" in section


def _mid(section: Sequence[str]) -> str | None:
    mids = [line.removeprefix("a=mid:") for line in section if line.startswith("a=mid:")]
    return mids[0] if mids else None


def _bundled(sdp: str) -> frozenset[str]:
    groups = [line.split()[1:] for line in _lines(sdp) if line.startswith("a=group:BUNDLE")]
    return frozenset(groups[0]) if len(groups) == 1 else frozenset()


def _sections(sdp: str) -> tuple[list[str], list[list[str]]]:
    """Return the session's lines and those of each media section."""
    session: list[str] = []
    media: list[list[str]] = []
    for line in _lines(sdp):
        if line.startswith("m="):
            media.append([])
        (media[-1] if media else session).append(line)
    return session, media


def _lines(sdp: str) -> Iterator[str]:
    return (line.removesuffix("\r") for line in sdp.split("\n") if line)


def _joined(lines: Sequence[str]) -> str:
    return "".join(f"{line}\r\n" for line in lines)
