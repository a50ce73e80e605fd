"""`videocall relay` as operators run it: calls outlive the service beside it."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession

from tests.ports import unused_port
from tests.relay.caller import Caller, UdpCaller
from tests.relay.world import credentials, named, packet, port_of
from videocall.signalling.messages import Seat

ROOT = Path(__file__).parents[2]
LINE_S = 20.0


@asynccontextmanager
async def program(*words: str) -> AsyncIterator[asyncio.subprocess.Process]:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", *words, cwd=ROOT,
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()


async def line(stream: asyncio.StreamReader | None) -> str:
    assert stream is not None
    async with asyncio.timeout(LINE_S):
        return (await stream.readline()).decode()


@pytest.fixture
def config(tmp_path: Path) -> Path:
    path = tmp_path / "config.toml"
    path.write_text(
        f"[server]\nport = {unused_port()}\ndrain_s = 0.1\n"
        '[relay]\nport = 0\nhosts = ["127.0.0.1"]\ncontrol = "run/control"\n'
    )
    return path


@asynccontextmanager
async def relay(config: Path) -> AsyncIterator[asyncio.subprocess.Process]:
    """Run the relay's process, and wait until it listens."""
    async with program("videocall", "relay", "--config", str(config)) as process:
        said = await line(process.stderr)
        assert said.startswith("INFO relaying on udp/"), said
        yield process


async def told(process: asyncio.subprocess.Process) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(await line(process.stdout))
    return found


async def test_media_goes_on_while_serve_is_killed_and_it_finds_its_legs_again(
    config: Path,
) -> None:
    socket = config.parent / "run" / "control"
    control = str(socket)
    names = {Seat.CLIENT: "alex", Seat.THERAPIST: "rivera"}
    async with relay(config) as process, AsyncExitStack() as stack:
        async with program("tests.relay.serving", control, "call") as serve:
            port = port_of((await told(serve))["candidates"])
            callers: dict[Seat, Caller] = {}
            for seat, name in names.items():
                callers[seat] = stack.enter_context(closing(UdpCaller(port)))
                await named(callers[seat], credentials("call", seat, "page"), name)
            await passes(callers, range(50))
            serve.send_signal(signal.SIGKILL)
            await passes(callers, range(50, 100))
            await serve.wait()
        await passes(callers, range(100, 150))
        async with program("tests.relay.serving", control) as serve:
            found = await told(serve)
            assert found["legs"] == {
                seat: [credentials("call", seat, "page").ufrag, name]
                for seat, name in names.items()
            }
            assert port_of(found["candidates"]) == port
            await passes(callers, range(150, 200))
        process.terminate()
        assert await process.wait() == 0
        assert not socket.exists()


async def passes(callers: dict[Seat, Caller], numbers: range) -> None:
    """Send packets both ways, and see each arrive."""
    for number in numbers:
        for one, other in ((Seat.CLIENT, Seat.THERAPIST), (Seat.THERAPIST, Seat.CLIENT)):
            callers[one].send(packet(number))
            assert await callers[other].receive() == packet(number)


async def test_a_second_relay_on_the_same_socket_is_refused_in_one_line(config: Path) -> None:
    async with relay(config), program("videocall", "relay", "--config", str(config)) as second:
        _, said = await second.communicate()
        assert second.returncode == 2
        assert said.startswith(b"videocall: relay.control: another relay answers at ")
        assert said.count(b"\n") == 1


async def test_a_relay_that_was_killed_leaves_nothing_in_the_way(config: Path) -> None:
    async with relay(config) as process:
        process.kill()
    assert (config.parent / "run" / "control").exists()
    async with relay(config):
        pass


async def test_serve_says_whether_the_relay_process_is_there(config: Path) -> None:
    async with AsyncExitStack() as stack:
        async with relay(config):
            serve = await stack.enter_async_context(
                program("videocall", "serve", "--config", str(config))
            )
            while "listening on" not in (said := await line(serve.stderr)):
                assert said
            url = f"http://127.0.0.1:{said.rsplit(':', 1)[1].strip()}"
            http = await stack.enter_async_context(ClientSession())
            assert await health(http, url) == (200, "pass")
            assert "videocall_relay_up 1.0" in await metrics(http, url)
        async with asyncio.timeout(LINE_S):
            while (await health(http, url))[1] == "pass":
                await asyncio.sleep(0.02)
        status, said = await health(http, url)
        assert status == 200
        assert said.startswith("warn: The relay process does not answer")
        assert "videocall_relay_up 0.0" in await metrics(http, url)


async def health(http: ClientSession, url: str) -> tuple[int, str]:
    async with http.get(f"{url}/readyz") as answer:
        return answer.status, (await answer.json())["checks"]["relay"]


async def metrics(http: ClientSession, url: str) -> str:
    async with http.get(f"{url}/metrics") as answer:
        return await answer.text()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", b"relay.control"),
        ('[relay]\nenabled = false\ncontrol = "control"', b"relay.enabled"),
    ],
)
async def test_a_relay_process_needs_to_be_asked_for(
    tmp_path: Path, text: str, words: bytes
) -> None:
    (tmp_path / "config.toml").write_text(text)
    async with program("videocall", "relay", "--config", str(tmp_path / "config.toml")) as process:
        _, said = await process.communicate()
        assert process.returncode == 2
        assert said.startswith(b"videocall: " + words)
        assert said.count(b"\n") == 1
