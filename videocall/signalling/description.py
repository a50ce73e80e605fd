"""SDP and candidate lines: what may pass from one browser to the other.

Brokering needs no SDP parser (aiortc's blocks the loop for seconds on hostile input): lines are
scanned, in one pass, and refused by a plain rule. Nothing here changes a line; `reroute` does.
"""

import re
from collections.abc import Iterator
from typing import Final

from videocall.errors import Invalid

_LINE: Final = r"(?:a=[a-z0-9-]+(?::[^\x00-\x08\x0a-\x1f\x7f]*)?|[b-z]=[^\x00-\x08\x0a-\x1f\x7f]*)"
_LINES: Final = re.compile(rf"(?:{_LINE}\r?\n)*(?:{_LINE})?")
_FINGERPRINT: Final = re.compile(r"a=fingerprint:sha-256 ([0-9A-Fa-f]{2}(?::[0-9A-Fa-f]{2}){31})")
# RFC 8839 section 5.1: foundation component transport priority address port "typ" type ...
CANDIDATE: Final = re.compile(
    r"(?:a=)?candidate:[A-Za-z0-9+/]{1,32} [12] (?:udp|tcp|ssltcp) \d{1,10} "
    r"[A-Za-z0-9.:%_-]{1,253} \d{1,5} typ (?P<type>host|srflx|prflx|relay)"
    r"(?: [\x21-\x7e]+)* ?",
    re.IGNORECASE,
)
_LINES_MAX: Final = 2000
_CANDIDATES_MAX: Final = 64


def check_description(sdp: str) -> None:
    """Refuse an SDP that a browser of ours would never send.

    It must be lines of RFC 8866 beginning with v=0, with attributes written as browsers write them
    (some read `a=Candidate` or `a= candidate` as well, past every rule here), name one and the same
    sha-256 fingerprint throughout (RFC 8122), carry no SDES key (a=crypto, RFC 4568) and only
    well-formed candidates.
    Raises Invalid with code `bad_description`.
    """
    if _LINES.fullmatch(sdp) is None:
        raise bad(f"line {_odd_line(sdp)} is not of the form letter=value")
    if not sdp.startswith(("v=0\r\n", "v=0\n")):
        raise bad("it does not begin with v=0")
    if sdp.count("\n") > _LINES_MAX:
        raise bad("it has more than 2,000 lines")
    if "\na=crypto" in sdp:
        raise bad("it offers a media key in the clear (a=crypto)")
    fingerprints = set[str]()
    for line in _lines_of(sdp, "a=fingerprint:"):
        match = _FINGERPRINT.fullmatch(line)
        if match is None:
            raise bad("its fingerprint is not a sha-256 fingerprint")
        fingerprints.add(match[1].upper())
    if len(fingerprints) != 1:
        raise bad(f"it must name exactly one sha-256 fingerprint, not {len(fingerprints)}")
    candidates = 0
    for line in _lines_of(sdp, "a=candidate:"):
        candidates += 1
        if CANDIDATE.fullmatch(line) is None:
            raise bad("one of its candidates is not an ICE candidate")
    if candidates > _CANDIDATES_MAX:
        raise bad("it has more than 64 candidates")


def check_candidate(candidate: str) -> None:
    """Refuse what is no ICE candidate (RFC 8839 section 5.1); empty ends the candidates.

    Raises Invalid with code `bad_candidate`.
    """
    if candidate and CANDIDATE.fullmatch(candidate) is None:
        raise Invalid("This is not an ICE candidate (RFC 8839).", code="bad_candidate")


def _lines_of(sdp: str, prefix: str) -> Iterator[str]:
    """Go through the lines that begin with `prefix`; never the first, which is v=0."""
    at = sdp.find(f"\n{prefix}")
    while at >= 0:
        end = sdp.find("\n", at + 1)
        yield sdp[at + 1 : end if end >= 0 else None].removesuffix("\r")
        at = sdp.find(f"\n{prefix}", end) if end >= 0 else -1


def _odd_line(sdp: str) -> int:
    """Return the number of the first line that is none."""
    whole = re.compile(rf"{_LINE}\r?")
    lines = sdp.split("\n")
    return next((n for n, line in enumerate(lines, 1) if not whole.fullmatch(line)), len(lines))


def bad(why: str) -> Invalid:
    """Return the refusal of a description."""
    return Invalid(
        "This description cannot be passed on: %(why)s.", code="bad_description", why=why
    )
