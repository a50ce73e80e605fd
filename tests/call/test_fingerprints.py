"""The one fingerprint of a description, whatever else a browser's parser would take for one."""

import pytest
from playwright.async_api import Page

from tests.call.plays import play

pytestmark = pytest.mark.browser

HONEST = "AB:" * 31 + "CD"
EVIL = "EE:" * 31 + "EE"
LINE = f"a=fingerprint:sha-256 {HONEST}"
ODD = (
    f"a=fingerprint:sha-256 {EVIL}",
    f"a=fingerprint sha-256 {EVIL}",
    f"a=fingerprint\tsha-256 {EVIL}",
    f"a=fingerprint::sha-256 {EVIL}",
    f"a=fingerprint: sha-256 {EVIL}",
    f"a=fingerprint:sha-256  {EVIL}",
    f"a=fingerprint:sha-256\t{EVIL}",
    f"a=fingerprint:SHA-256 {EVIL}",
    f"a=fingerprint:sha-1 {EVIL[: 20 * 3 - 1]}",
    f"a=fingerprint:sha-256 {EVIL} ",
    f"a=fingerprint:sha-256 {EVIL}:EE",
    f"a=fingerprints:sha-256 {EVIL}",
    f"a=FingerPrint:sha-256 {EVIL}",
    f"A=fingerprint:sha-256 {EVIL}",
    f"a= fingerprint:sha-256 {EVIL}",
    f"a=:fingerprint:sha-256 {EVIL}",
    f"a=\tfingerprint:sha-256 {EVIL}",
    f"a = fingerprint:sha-256 {EVIL}",
    f" a=fingerprint:sha-256 {EVIL}",
    f"\u00a0a=fingerprint:sha-256 {EVIL}",
    f"a=\rfingerprint:sha-256 {EVIL}",
    f"a=\u2028fingerprint:sha-256 {EVIL}",
    f"a=mid:0\ra=fingerprint:sha-256 {EVIL}",
    f"a=fingerprint:sha-256 {HONEST} {EVIL}",
    f"a=fingerprint sha-256 {HONEST}",
    "a=fingerprint",
)


def described(*lines: str, end: str = "\r\n") -> str:
    """Return a description that names HONEST for all, and ends with `lines` on its one medium."""
    head = ("v=0", "s=-", LINE, "m=application 9 UDP/DTLS/SCTP webrtc-datachannel")
    return "".join(f"{line}{end}" for line in (*head, *lines))


async def test_the_same_fingerprint_may_be_named_again(page: Page) -> None:
    expected = HONEST.replace(":", "").lower()
    for end in ("\r\n", "\n"):
        for lines in ((), (LINE,), (LINE.lower(),)):
            assert await play(page, "fingerprint", sdp=described(*lines, end=end)) == expected


async def test_a_line_that_could_name_another_leaves_none(page: Page) -> None:
    for line in ODD:
        assert await play(page, "fingerprint", sdp=described(line)) == "", line
        assert await play(page, "fingerprint", sdp=described(line, LINE)) == "", line


async def test_the_certificate_counts_where_the_browser_shows_it(page: Page) -> None:
    one, other = await play(page, "misread", sdp=described())
    assert one == {"own": other["theirs"], "theirs": other["own"]}


async def test_a_description_without_one_has_none(page: Page) -> None:
    assert await play(page, "fingerprint", sdp="v=0\r\ns=-\r\n") == ""
