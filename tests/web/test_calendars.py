"""A therapist's other calendars, through the pages: an address, a file, and what went wrong."""

import io
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from html import unescape
from pathlib import Path
from typing import Final

import msgspec
import pytest
from aiohttp import ClientResponse, FormData

from tests.calendars.conftest import Host, serving
from tests.practice import configure
from tests.scheduling.foreign import calendar, event
from tests.web.conftest import NOON, OURS, READING, Practice, Visitor, employ
from videocall.config import OtherCalendars
from videocall.scheduling.contents import BYTES_MAX
from videocall.web import keys

WEEKLY: Final = calendar(
    event(
        "a",
        "SUMMARY:Cardiologist",
        "DTSTART;TZID=Europe/Berlin:20261123T100000",
        "DURATION:PT1H",
        "RRULE:FREQ=WEEKLY",
    )
)
FORM: Final = "multipart/form-data; boundary=x"
MINUTE: Final = timedelta(minutes=1)


@pytest.fixture
async def near(tmp_path: Path) -> AsyncIterator[Practice]:
    """A practice whose operator lets calendars lie nearby."""
    calendars = OtherCalendars(private_networks=True)
    ready = employ(msgspec.structs.replace(configure(tmp_path), calendars=calendars))
    yield ready
    await ready.close()


@pytest.fixture
async def host() -> AsyncIterator[Host]:
    async with serving() as served:
        yield served


async def text(answer: ClientResponse) -> str:
    """Return a page as it is read: without its tags."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", await answer.text())).split())


async def shown(visitor: Visitor, path: str = "/calendar") -> str:
    return await text(await visitor.get(path))


async def ids(visitor: Visitor) -> list[str]:
    page = await (await visitor.get("/calendar")).text()
    return re.findall(r'/calendar/others/([\w-]+)/remove"', page)


async def send(
    visitor: Visitor, content: bytes, path: str = "/calendar/others/file", label: str = ""
) -> ClientResponse:
    """Choose a file and send it, as a browser does."""
    form = FormData(quote_fields=False)
    form.add_field("label", label)
    form.add_field("file", io.BytesIO(content), filename="leave.ics", content_type="text/calendar")
    jar = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    return await visitor.browser.post(
        path, data=form, headers=READING | OURS | {"Cookie": jar}, allow_redirects=False
    )


async def add(visitor: Visitor, address: str, label: str = "Home") -> ClientResponse:
    return await visitor.post("/calendar/others", {"address": address, "label": label})


async def test_a_feed_is_added_and_its_times_are_not_offered(near: Practice, host: Host) -> None:
    therapist = await near.add()
    visitor = await near.signed_in(therapist)
    answer = await add(visitor, host.says("/secret-7f3.ics", WEEKLY))
    assert (answer.status, answer.headers["Location"]) == (303, "/calendar?done=added#elsewhere")
    page = await shown(visitor)
    assert "Home" in page
    assert "57 busy times ahead. Last read Saturday 21 November, 13:00." in page
    assert "secret-7f3" not in page
    form = {f"day-{day}": "9-12" if day == 0 else "" for day in range(7)}
    rules = {"lengths": "60", "step": "60", "before": "0", "after": "0", "notice": "0"}
    more = {"ahead": "10", "most": "", "change": "24", "kind-video": "yes"}
    assert (await visitor.post("/hours", form | rules | more)).status == 303
    await visitor.post("/hours/page/on")
    link = re.search(r"/book/[\w-]+", await (await visitor.get("/hours")).text())
    assert link is not None
    free = await (await (await near.visitor()).get(link[0] + "?zone=Europe/Berlin")).text()
    assert re.findall(r'slot" name="start" value="([^"]+)"', free) == [
        "2026-11-23T08:00:00Z", "2026-11-23T10:00:00Z", "2026-11-30T08:00:00Z",
        "2026-11-30T10:00:00Z",
    ]  # fmt: skip
    booked = await near.appointment(therapist, in_min=(2 * 24 - 3) * 60)
    assert f"{booked.start_at:%d %H:%M}" == "23 09:00"


async def test_a_file_is_read_named_after_itself_and_replaced_by_a_newer_one(
    practice: Practice,
) -> None:
    visitor = await practice.signed_in(await practice.add())
    assert (await send(visitor, WEEKLY)).status == 303
    page = await shown(visitor)
    assert "leave.ics" in page
    assert "It reaches until Sunday, 26 December 2027." in page
    (id,) = await ids(visitor)
    answer = await send(visitor, b"nonsense", f"/calendar/others/{id}/file")
    assert answer.status == 422
    assert "This is not a calendar" in await text(answer)
    assert "57 busy times ahead" in await shown(visitor)
    once = WEEKLY.replace(b"RRULE:FREQ=WEEKLY\r\n", b"")
    assert (await send(visitor, once, f"/calendar/others/{id}/file")).status == 303
    assert "1 busy time ahead" in await shown(visitor)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "Please choose a file"),
        (b"<html>", "a web page"),
        (WEEKLY[:-30], "breaks off"),
        (WEEKLY.replace(b"WEEKLY", b"SECONDLY"), "every minute"),
        (b"x" * (BYTES_MAX + 1), "larger than 5 MB"),
        (b"x" * (BYTES_MAX + 20_000), "larger than 5 MB"),
    ],
    ids=range(6),
)
async def test_a_bad_file_is_told_and_nothing_is_kept(
    practice: Practice, content: bytes, words: str
) -> None:
    visitor = await practice.signed_in(await practice.add())
    answer = await send(visitor, content, label="Leave")
    assert answer.status == 422
    page = await text(answer)
    assert words in page
    assert "Nothing was changed." in page
    assert await ids(visitor) == []


async def test_five_megabytes_can_be_sent(practice: Practice) -> None:
    visitor = await practice.signed_in(await practice.add())
    filling = b"DESCRIPTION:" + b"x" * 60 + b"\r\n"
    head, tail = WEEKLY.split(b"SUMMARY")
    large = head + filling * ((BYTES_MAX - len(WEEKLY)) // len(filling)) + b"SUMMARY" + tail
    assert len(large) > BYTES_MAX - 100
    assert (await send(visitor, large, label="Grün")).status == 303
    assert "Grün" in await shown(visitor)


async def test_without_leave_of_the_operator_no_address_nearby_is_asked(
    practice: Practice, host: Host
) -> None:
    visitor = await practice.signed_in(await practice.add())
    answer = await add(visitor, host.says("/a.ics", WEEKLY))
    assert answer.status == 422
    page = await answer.text()
    assert "private network" in page
    assert 'value="Home"' in page
    assert host.asked == []
    assert await ids(visitor) == []


@pytest.mark.parametrize(
    ("address", "label", "words"),
    [
        ("", "", "the whole address"),
        ("calendar.example.org", "", "the whole address"),
        ("file:///etc/passwd", "", "the whole address"),
        ("https://calendar.example.org/", "x" * 61, "at most 60 letters"),
    ],
)
async def test_what_cannot_be_used_is_told_beside_its_field(
    practice: Practice, address: str, label: str, words: str
) -> None:
    visitor = await practice.signed_in(await practice.add())
    answer = await add(visitor, address, label)
    assert answer.status == 422
    assert words in await text(answer)


async def test_what_failed_is_told_and_after_a_day_on_her_first_page_too(
    near: Practice, host: Host
) -> None:
    therapist = await near.add()
    visitor = await near.signed_in(therapist)
    await add(visitor, host.says("/a.ics", WEEKLY))
    (id,) = await ids(visitor)
    host.says("/a.ics", status=404)
    near.now += MINUTE
    answer = await visitor.post(f"/calendar/others/{id}/refresh")
    assert answer.headers["Location"] == "/calendar?done=read#elsewhere"
    page = await shown(visitor)
    assert "Since Saturday 21 November, 13:01: There is no calendar at this address" in page
    assert "57 busy times ahead. Last read Saturday 21 November, 13:00." in page
    assert "could not be read" not in await shown(visitor, "/agenda")
    near.now += timedelta(days=1)
    visitor = await near.signed_in(therapist)
    assert "Your calendar “Home” could not be read for a day." in await shown(visitor, "/agenda")
    await near.app[keys.SUBSCRIBER].read_due()
    host.says("/a.ics", WEEKLY)
    await visitor.post(f"/calendar/others/{id}/refresh")
    assert "could not be read" not in await shown(visitor, "/agenda")


async def test_removed_is_gone(near: Practice, host: Host) -> None:
    therapist = await near.add()
    visitor = await near.signed_in(therapist)
    await add(visitor, host.says("/a.ics", WEEKLY))
    (id,) = await ids(visitor)
    assert (await visitor.post(f"/calendar/others/{id}/remove")).status == 303
    assert await ids(visitor) == []
    assert (await visitor.post(f"/calendar/others/{id}/remove")).status == 404
    assert (await visitor.post(f"/calendar/others/{id}/refresh")).status == 404


async def test_nobody_touches_the_calendars_of_others(near: Practice, host: Host) -> None:
    visitor = await near.signed_in(await near.add())
    await add(visitor, host.says("/a.ics", WEEKLY))
    await send(visitor, WEEKLY)
    feed, file = await ids(visitor)
    colleague = await near.signed_in(await near.add(email="lee@example.org"))
    stranger = await near.visitor()
    for path in (f"{feed}/refresh", f"{feed}/remove", f"{file}/remove"):
        assert (await colleague.post(f"/calendar/others/{path}")).status == 404
        assert (await stranger.post(f"/calendar/others/{path}")).status == 401
    assert (await send(colleague, WEEKLY, f"/calendar/others/{file}/file")).status == 404
    assert (await send(colleague, WEEKLY, f"/calendar/others/{feed}/file")).status == 404
    assert (await send(stranger, WEEKLY)).status == 401
    assert (await add(stranger, host.url)).status == 401
    assert await ids(colleague) == []
    assert len(await ids(visitor)) == 2


async def test_after_five_the_page_says_so_instead_of_asking(practice: Practice) -> None:
    visitor = await practice.signed_in(await practice.add())
    for _ in range(5):
        assert (await send(visitor, WEEKLY)).status == 303
    assert (await send(visitor, WEEKLY)).status == 429
    page = await shown(visitor)
    assert "5 calendars are as many as are kept" in page
    assert "Or a file" not in page


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (FORM, b"--x\r\n\r\n\r\n--x--\r\n"),
        (FORM, b"--x\r\nContent-Disposition: form-data\r\n\r\na\r\n--x--"),
        (FORM, b"no boundary at all"),
        (FORM, b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb'),
        (FORM, b"\r\n--x" * 100_000),
        (FORM, b'--x\r\nC: ; name="\xff"\r\n\r\nb\r\n--x--'),
        (FORM, b'--x\r\nC: ; name="a"\r\n\r\n' + b"b" * 2001 + b"\r\n--x--"),
        (FORM + "x" * 70, b""),
        ("multipart/form-data", b""),
        ("multipart/mixed; boundary=x", b"--x--"),
        ("application/x-www-form-urlencoded", b"file=x"),
        ("application/octet-stream", WEEKLY),
    ],
    ids=range(12),
)  # fmt: skip
async def test_a_form_that_no_browser_sends_is_refused(
    practice: Practice, kind: str, body: bytes
) -> None:
    visitor = await practice.signed_in(await practice.add())
    jar = "; ".join(f"{name}={value}" for name, value in visitor.cookies.items())
    answer = await visitor.browser.post(
        "/calendar/others/file",
        data=body,
        headers=READING | OURS | {"Cookie": jar, "Content-Type": kind},
    )
    assert answer.status == 422
    assert await ids(visitor) == []


async def test_a_title_or_an_address_is_nowhere_on_the_disk(near: Practice, host: Host) -> None:
    visitor = await near.signed_in(await near.add())
    await add(visitor, host.says("/secret-7f3.ics", WEEKLY), "My doctor")
    path = near.app[keys.DATABASE].path
    beside = (path, path.with_name(path.name + "-wal"))
    disk = b"".join(each.read_bytes() for each in beside if each.exists())
    for private in (b"Cardiologist", b"secret-7f3", b"My doctor", b"a@example.org"):
        assert private not in disk
    assert near.now == NOON


async def test_what_is_kept_is_said_and_failures_are_counted(near: Practice, host: Host) -> None:
    visitor = await near.signed_in(await near.add())
    assert "busy in other calendars" in await shown(visitor, "/keep")
    await add(visitor, host.says("/a.ics", WEEKLY))
    host.says("/a.ics", status=500)
    near.now += 15 * MINUTE
    await near.app[keys.SUBSCRIBER].read_due()
    metrics = await (await visitor.get("/metrics")).text()
    assert 'videocall_calendar_reads_total{outcome="failed"} 1.0' in metrics
    assert "127.0.0.1" not in metrics
