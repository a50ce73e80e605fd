"""A network of its own for a browser: a namespace behind a pair of virtual cables.

The service is outside, on the near end of the cable; `http://localhost` inside leads to it, so that
pages there are as trusted as on a real https address.
"""

import asyncio
import os
import secrets
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from shutil import which
from typing import Final

import pytest

_FORWARD: Final = """
import asyncio, signal, sys
at, to, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
lines = set()
async def pump(reader, writer):
    lines.add(writer)
    try:
        while part := await reader.read(65536):
            writer.write(part)
            await writer.drain()
    except OSError:
        pass
    lines.discard(writer)
    writer.close()
def cut():
    for writer in list(lines):
        writer.transport.abort()
async def met(reader, writer):
    try:
        to_reader, to_writer = await asyncio.open_connection(to, port)
    except OSError:
        return writer.close()
    await asyncio.gather(pump(reader, to_writer), pump(to_reader, writer))
async def main():
    server = await asyncio.start_server(met, at, port)
    asyncio.get_running_loop().add_signal_handler(signal.SIGUSR1, cut)
    print("listens", flush=True)
    await server.serve_forever()
asyncio.run(main())
"""


@dataclass(frozen=True, slots=True)
class Network:
    """A namespace; `near` is the address of the service as seen from inside, `far` its own."""

    name: str
    near: str
    far: str
    device: str
    forwarders: list[asyncio.subprocess.Process] = field(default_factory=list)

    def program(self, folder: Path, browser: str) -> str:
        """Return a program that starts `browser` inside."""
        path = folder / f"{Path(browser).name}-in-{self.name}"
        path.write_text(f'#!/bin/sh\nexec ip netns exec {self.name} {browser} "$@"\n')
        path.chmod(0o755)
        return str(path)

    def move(self) -> None:
        """Have another address from now on, as after a change of the Wi-Fi."""
        for words in (f"del {self.far}/24", f"add {self.far}7/24"):
            _run(*f"ip netns exec {self.name} ip addr".split(), *words.split(), "dev", self.device)
        route = f"ip netns exec {self.name} ip route replace default via {self.near}"
        _run(*route.split())
        # Sockets go with the address they had; a browser sees that at once.
        for process in self.forwarders:
            process.send_signal(signal.SIGUSR1)

    @asynccontextmanager
    async def forwarding(self, at: str, to: str, port: int) -> AsyncIterator[None]:
        """Let `port` at an address inside lead to the same at another."""
        process = await asyncio.create_subprocess_exec(
            "ip", "netns", "exec", self.name, sys.executable, "-c", _FORWARD, at, to, str(port),
            stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        try:
            assert process.stdout is not None
            assert await process.stdout.readline() == b"listens\n"
            self.forwarders.append(process)
            yield
        finally:
            process.terminate()
            await process.wait()

    def rule(self, words: str) -> None:
        """Let the firewall inside do something about what goes out."""
        _run("ip", "netns", "exec", self.name, "nft", "add", "rule", "inet", "filter", "out", words)


@asynccontextmanager
async def network(port: int) -> AsyncIterator[Network]:
    """Make a network in which `port` of the service is localhost's."""
    for program in ("ip", "nft"):
        if which(program) is None:
            _missing(f"{program} is missing; run: deploy/setup browser")
    if os.geteuid() != 0:
        _missing("a network of its own takes root")
    tag = secrets.token_hex(3)
    name, outside, inside = f"vc-{tag}", f"vc{tag}o", f"vc{tag}i"
    near, far = "10.77.1.1", "10.77.1.2"
    _run("ip", "netns", "add", name)
    try:
        _run("ip", "link", "add", outside, "type", "veth", "peer", "name", inside, "netns", name)
        _run("ip", "addr", "add", f"{near}/24", "dev", outside)
        _run("ip", "link", "set", outside, "up")
        for words in (
            f"ip addr add {far}/24 dev {inside}", f"ip link set {inside} up", "ip link set lo up",
            f"ip route add default via {near}", "nft add table inet filter",
        ):  # fmt: skip
            _run("ip", "netns", "exec", name, *words.split())
        hook = "{ type filter hook output priority 0; }"
        _run(
            "ip", "netns", "exec", name, "nft", "add", "chain", "inet", "filter", "out", hook
        )  # fmt: skip
        made = Network(name, near, far, inside)
        async with made.forwarding("127.0.0.1", near, port):
            yield made
    finally:
        _run("ip", "netns", "del", name)
        _run("ip", "link", "del", outside, check=False)


def _run(*words: str, check: bool = True) -> None:
    subprocess.run(words, check=check, timeout=30, capture_output=True)


def _missing(reason: str) -> None:
    if os.environ.get("CI"):
        pytest.fail(reason)
    pytest.skip(reason)
