"""A whole call leaves nothing behind: no recording, and no place where one could be."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

import pytest
from playwright.async_api import BrowserContext, Page, Request, WebSocket, expect

from tests.browser.chromium import Chromium
from tests.browser.patience import until
from tests.browser.program import Program, Rows
from tests.browser.scene import Scene, counters, end, flow, heading
from videocall.errors import ProtocolError
from videocall.signalling.messages import (
    Candidate,
    Description,
    DeskUp,
    Devices,
    End,
    Hello,
    Up,
    parse,
    parse_desk,
)

pytestmark = pytest.mark.browser

KEPT: Final = {
    "config.toml", "videocall.key", "videocall.db", "videocall.db-wal", "videocall.db-shm",
}  # fmt: skip
NO_FILES: Final = ("socket:", "pipe:", "anon_inode:", "/dev/")
ROWS_MAX_BYTES: Final = 1_000_000
MUCH_MEDIA: Final = "async (much) => (await witness.counters()).sent > much"


@dataclass
class Traffic:
    """What browsers send to servers, other than media."""

    origins: set[str] = field(default_factory=set)
    posted: list[bytes] = field(default_factory=list)
    said: list[tuple[str, str | bytes]] = field(default_factory=list)

    def listen(self, device: BrowserContext) -> None:
        device.on("request", self._asked)
        device.on("page", lambda page: page.on("websocket", self._opened))

    def _asked(self, request: Request) -> None:
        if request.url.startswith("http"):
            url = urlsplit(request.url)
            self.origins.add(f"{url.scheme}://{url.netloc}")
        if request.post_data_buffer:
            self.posted.append(request.post_data_buffer)

    def _opened(self, socket: WebSocket) -> None:
        self.origins.add(socket.url.split("/")[2])
        socket.on("framesent", lambda frame: self.said.append((socket.url, frame)))


async def media_sent(*pages: Page) -> int:
    return sum([(await counters(page))["sent"] for page in pages])


async def test_a_whole_call_writes_and_sends_no_media_but_to_the_other_browser(
    rows: Rows, program: Program, chromium: Chromium, tmp_path: Path
) -> None:
    traffic = Traffic()
    chromium.onlookers.append(traffic.listen)
    url = rows.work.url
    call = await Scene(rows.work, chromium).call(rows.appointment)
    await call.client.get_by_role("button", name="Mute").click()
    await call.client.get_by_role("button", name="Unmute").click()
    for page in call.pages:
        await until(page, MUCH_MEDIA, 50_000)
    await flow(*call.pages)
    open_now = {each for each in program.open_files if not each.startswith(NO_FILES)}
    media_bytes = await media_sent(*call.pages)
    for page in call.pages:
        assert await page.evaluate("witness.recorders") == 0
    await end(call.therapist)
    for page in call.pages:
        await expect(heading(page, "The session is over")).to_be_visible()

    assert {Path(each).name for each in open_now} <= KEPT
    written = sizes(tmp_path)
    assert set(written) <= KEPT
    assert sum(written.values()) < ROWS_MAX_BYTES

    assert traffic.origins == {url, urlsplit(url).netloc}
    assert sum(len(each) for each in traffic.posted) < 10_000
    messages = [(read(*each), len(each[1])) for each in traffic.said]
    assert {Hello, Description, Candidate, Devices, End} <= {type(each) for each, _ in messages}
    small = sum(size for each, size in messages if not isinstance(each, Description))
    assert small < media_bytes / 5


def sizes(folder: Path) -> dict[str, int]:
    """Return the bytes of each file, wherever below `folder` it lies."""
    return {each.name: each.stat().st_size for each in folder.rglob("*") if each.is_file()}


def read(address: str, frame: str | bytes) -> Up | Hello | DeskUp:
    """Return the message of the wire that a frame is; anything else raises ProtocolError."""
    if isinstance(frame, bytes):
        raise ProtocolError("a browser sent a binary frame")
    if address.endswith("/desk/socket"):
        return parse_desk(frame.encode()).message
    return parse(frame.encode()).message
