"""Feeds over HTTP, from servers that are slow, endless, lost, or up to something."""

import asyncio
import gzip
import logging
from pathlib import Path

import pytest
from aiohttp import web

from tests.calendars.conftest import Host, listening, serving
from tests.letters.postoffice import certificate
from tests.scheduling.foreign import calendar
from videocall.calendars.fetch import REDIRECTS_MAX, Fetcher
from videocall.errors import Invalid, Refusal, Unavailable
from videocall.scheduling.contents import BYTES_MAX
from videocall.store.calendars import Version

ICS = calendar()


def fetcher(fetch_s: float = 10.0) -> Fetcher:
    """Return one to whom 127.0.0.1 is the open internet, and nothing else is."""
    return Fetcher(lambda address: address == "127.0.0.1", fetch_s)


async def refused(address: str, kind: type[Refusal] = Invalid, fetch_s: float = 10.0) -> str:
    with pytest.raises(kind) as refusal:
        await fetcher(fetch_s).fetch(address)
    assert "127.0.0" not in refusal.value.text
    return refusal.value.text


async def test_a_feed_is_fetched_without_a_cookie_or_a_word_about_who_asks(host: Host) -> None:
    address = host.says("/a.ics", ICS, Set_Cookie="a=b")
    assert await fetcher().fetch(address) is not None
    fetched = await fetcher().fetch(address)
    assert fetched is not None
    assert fetched.ics == ICS
    for request in host.asked:
        sent = {"Host", "Accept", "Accept-Encoding", "User-Agent", "Connection"}
        assert set(request.headers) == sent


async def test_what_did_not_change_is_not_sent_again(host: Host) -> None:
    async def answer(request: web.Request) -> web.Response:
        same = (
            request.headers.get("If-None-Match") == '"7"' and "If-Modified-Since" in request.headers
        )
        headers = {"ETag": '"7"', "Last-Modified": "Sat, 21 Nov 2026 12:00:00 GMT"}
        return web.Response(status=304 if same else 200, body=b"" if same else ICS, headers=headers)

    address = host.at("/a.ics", answer)
    first = await fetcher().fetch(address)
    assert first is not None
    assert first.version == Version('"7"', "Sat, 21 Nov 2026 12:00:00 GMT")
    assert await fetcher().fetch(address, first.version) is None
    assert await fetcher().fetch(address, Version('"6"')) is not None


async def test_a_server_that_says_unchanged_to_who_has_nothing_has_a_fault(host: Host) -> None:
    assert "fault" in await refused(host.says("/a", status=304), Unavailable)


@pytest.mark.parametrize(
    ("status", "kind", "words"),
    [
        (401, Invalid, "sign-in"),
        (403, Invalid, "sign-in"),
        (404, Invalid, "no calendar at this address"),
        (410, Invalid, "no calendar at this address"),
        (204, Unavailable, "fault"),
        (429, Unavailable, "fault"),
        (500, Unavailable, "fault"),
        (503, Unavailable, "fault"),
    ],
)
async def test_what_went_wrong_is_told_in_plain_words(
    host: Host, status: int, kind: type[Refusal], words: str
) -> None:
    assert words in await refused(host.says("/a", ICS, status), kind)


async def test_a_redirect_is_followed_and_what_is_packed_stays_so(host: Host) -> None:
    packed = gzip.compress(ICS)
    host.says("/b", packed, Content_Encoding="gzip")
    fetched = await fetcher().fetch(host.says("/a", status=302, Location="/b"))
    assert fetched is not None
    assert fetched.ics == packed


async def test_redirects_come_to_an_end(host: Host) -> None:
    assert "without end" in await refused(host.says("/a", status=301, Location="/a"))
    assert len(host.asked) == REDIRECTS_MAX + 1


@pytest.mark.parametrize(
    ("location", "words"),
    [
        ("http://127.0.0.2:{port}/", "private network"),
        ("http://[::1]:{port}/", "private network"),
        ("http://localhost.localdomain:{port}/", ""),
        ("file:///etc/passwd", "leads on to one that is none"),
        ("https://", "leads on to one that is none"),
        ("", "without end"),
        ("http://%31%32%37:{port}/", ""),
    ],
)
async def test_a_redirect_leads_nowhere_that_the_address_itself_could_not(
    host: Host, location: str, words: str
) -> None:
    port = host.url.rpartition(":")[2]
    address = host.says("/a", status=307, Location=location.format(port=port))
    assert words in await refused(address, Refusal)


@pytest.mark.parametrize(
    "name", ["127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"]
)
async def test_a_private_address_is_not_even_connected_to(host: Host, name: str) -> None:
    address = host.says("/a", ICS).replace("127.0.0.1", name)
    with pytest.raises(Invalid, match="private network"):
        await Fetcher().fetch(address)
    assert host.asked == []


async def test_a_certificate_counts_and_nothing_leads_back_out_of_encryption(
    tmp_path: Path, host: Host
) -> None:
    theirs, ours = certificate(tmp_path)
    async with serving(theirs) as safe:
        address = safe.says("/a", status=302, Location=host.says("/b", ICS))
        assert "valid certificate" in await refused(address, Unavailable)
        trusting = Fetcher(lambda _: True, trust=ours)
        with pytest.raises(Invalid, match="not encrypted"):
            await trusting.fetch(address)
        assert host.asked == []
        assert await trusting.fetch(safe.says("/c", ICS)) is not None


async def test_a_slow_server_does_not_keep_anybody() -> None:
    async def never(_reader: asyncio.StreamReader, _writer: asyncio.StreamWriter) -> None:
        await asyncio.sleep(60)

    async with listening(never) as address:
        assert "too long" in await refused(address, Unavailable, 0.3)


async def test_a_drop_a_second_is_too_slow_as_well() -> None:
    async def drip(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    async with listening(drip) as address:
        assert "too long" in await refused(address, Unavailable, 0.5)


async def test_an_endless_answer_ends_at_five_megabytes() -> None:
    sent = 0

    async def flood(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while not writer.is_closing():
            writer.write(b"10000\r\n" + b"x" * 65536 + b"\r\n")
            sent += 65536
            await writer.drain()

    async with listening(flood) as address:
        assert "larger than 5 MB" in await refused(address)
    assert sent < 4 * BYTES_MAX


@pytest.mark.parametrize(
    "said",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\nBEGIN:VCALENDAR\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nBEGIN\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X-Long: " + b"x" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 20_000 + b"\r\n",
        b"SSH-2.0-OpenSSH_9.2\r\n",
        b"",
    ],
    ids=["short", "chunk", "header", "headers", "ssh", "nothing"],
)
async def test_what_breaks_off_is_not_taken_for_the_whole(said: bytes) -> None:
    async def talk(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(said)
        await writer.drain()

    async with listening(talk) as address:
        assert "broke off" in await refused(address, Unavailable)


@pytest.mark.parametrize(
    "address", ["http://127.0.0.1:1/", "http://nowhere.invalid/", "http://xn--/", "http://a..b/"]
)
async def test_a_server_that_is_not_there_is_told(address: str) -> None:
    with pytest.raises(Refusal):
        await fetcher().fetch(address)


async def test_an_address_is_never_logged(host: Host, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    await refused(host.says("/secret-7f3", status=500), Unavailable)
    await refused(host.says("/secret-7f3", status=302, Location="/secret-7f3"))
    await fetcher().fetch(host.says("/secret-7f3", ICS))
    assert "secret-7f3" not in caplog.text
