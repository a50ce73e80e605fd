"""`videocall demo`, as a newcomer meets it."""

import os
import re
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from queue import Queue
from typing import Final

import pytest
from aiohttp import ClientSession, CookieJar

from tests.ports import unused_port
from videocall.config import Relay

ROOT: Final = Path(__file__).parents[1]
LINE_S: Final = 60.0


@dataclass
class Demo:
    """The demo as it runs, and what it has printed."""

    url: str
    process: "subprocess.Popen[str]"
    lines: list[str] = field(default_factory=list)
    _queue: "Queue[str]" = field(default_factory=Queue)

    def read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self._queue.put(line.rstrip("\n"))

    def hears(self, start: str) -> str:
        """Wait for a line that begins so; return the rest of it."""
        while True:
            line = self._queue.get(timeout=LINE_S)
            self.lines.append(line)
            if line.startswith(start):
                return line.removeprefix(start).strip()

    def hears_nobody(self) -> None:
        """Wait until it tells of the room for the first time."""
        self.hears("Client:")
        while not self.hears("").endswith("Nobody is here yet. Open both links."):
            pass

    def rest(self) -> list[str]:
        """Stop it, if it still runs; return all its lines."""
        self.process.terminate()
        self.process.wait(LINE_S)
        while not self._queue.empty():
            self.lines.append(self._queue.get())
        return self.lines


@contextmanager
def demo(folder: Path, port: int) -> Iterator[Demo]:
    process = subprocess.Popen(
        [sys.executable, "-m", "videocall", "demo", "--port", str(port), "--folder", str(folder)],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env=os.environ | {"PYTHONUNBUFFERED": "1"},
    )  # fmt: skip
    running = Demo(f"http://localhost:{port}", process)
    reader = threading.Thread(target=running.read)
    reader.start()
    try:
        yield running
    finally:
        process.kill()
        process.wait(LINE_S)
        reader.join(LINE_S)
        for pipe in (process.stdout, process.stderr):
            assert pipe is not None
            pipe.close()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "demo"


async def opens(http: ClientSession, url: str, path: str) -> str:
    """Open a link as its page does: post what stands after the #; return where it leads."""
    root, _, token = url.partition("#")
    async with http.get(root) as page:
        assert page.status == 200
    origin = "/".join(root.split("/")[:3])
    async with http.post(
        f"{origin}{path}", json={"token": token}, headers={"Origin": origin}
    ) as answer:
        assert answer.status == 200, await answer.text()
        to = str((await answer.json())["to"])
    async with http.get(f"{origin}{to}") as page:
        assert page.status == 200
        assert page.url.path == to
    return to


async def test_both_links_work_side_by_side_in_one_browser(folder: Path) -> None:
    with demo(folder, unused_port()) as running:
        therapist, client = running.hears("Therapist:"), running.hears("Client:")
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as http:
            assert await opens(http, therapist, "/signin/link") == "/agenda"
            assert re.fullmatch(r"/session/[\w-]{22}", await opens(http, client, "/j"))
            async with http.get(f"{running.url}/agenda") as agenda:
                assert "Alex" in await agenda.text()
        lines = running.rest()
    assert [line.split(":")[0] for line in lines].count("Therapist") == 1
    assert [line.split(":")[0] for line in lines].count("Client") == 1
    assert all(url.startswith(f"{running.url}/") for url in (therapist, client))


async def test_started_again_on_its_folder_it_goes_on_with_the_same_links(folder: Path) -> None:
    port = unused_port()
    with demo(folder, port) as running:
        client = running.hears("Client:")
        running.process.kill()
    with demo(folder, port) as running:
        assert running.hears("Client:") == client


def test_what_happens_in_the_room_is_told_in_a_quiet_line(folder: Path) -> None:
    with demo(folder, unused_port()) as running:
        running.hears_nobody()


def test_the_relays_port_may_be_taken_by_another_program(folder: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        with suppress(OSError):  # somebody else has it already
            other.bind(("0.0.0.0", Relay().port))
        with demo(folder, unused_port()) as running:
            running.hears("Client:")


def test_a_port_that_is_taken_ends_the_demo_with_one_line(folder: Path) -> None:
    port = unused_port()
    with demo(folder, port) as first:
        first.hears("Client:")
        with demo(folder.with_name("other"), port) as second:
            assert second.process.wait(LINE_S) == 2
            assert second.process.stderr is not None
            said = second.process.stderr.read()
    assert said.startswith("videocall: server.port:")
    assert said.count("\n") == 1


def test_a_stop_is_quiet(folder: Path) -> None:
    with demo(folder, unused_port()) as running:
        running.hears_nobody()
        running.process.terminate()
        assert running.process.wait(LINE_S) == 0
        assert running.process.stderr is not None
        assert running.process.stderr.read() == ""
