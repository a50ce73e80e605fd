"""A real coturn on the loopback interface, with the REST secret of a practice."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from shutil import which

import pytest

from tests.ports import unused_port

SECRET = "a secret between us and coturn"
STARTS_WITHIN_S = 30


@asynccontextmanager
async def turnserver(folder: Path) -> AsyncIterator[str]:
    """Run coturn until the end of the block; yield its `turn:` URL."""
    program = which("turnserver")
    if program is None:
        pytest.skip("turnserver is missing (Debian: coturn), so no relay was tried")
    port = unused_port()
    configuration = folder / "turnserver.conf"
    lines = [
        f"listening-port={port}",
        "listening-ip=127.0.0.1",
        "relay-ip=127.0.0.1",
        "min-port=49152",
        "max-port=65535",
        "realm=practice.test",
        "use-auth-secret",
        f"static-auth-secret={SECRET}",
        "allow-loopback-peers",
        "no-cli",
        "no-tls",
        "no-dtls",
        "log-file=stdout",
        f"userdb={folder / 'turn.db'}",
        f"pidfile={folder / 'turn.pid'}",
    ]
    configuration.write_text("\n".join(lines))
    process = await asyncio.create_subprocess_exec(
        program, "-c", str(configuration),
        stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    try:
        await _listens(port)
        yield f"turn:127.0.0.1:{port}?transport=udp"
    finally:
        process.terminate()
        await process.wait()


async def _listens(port: int) -> None:
    """Return when the TCP side of the port is open, which coturn opens with the UDP one."""
    async with asyncio.timeout(STARTS_WITHIN_S):
        while True:
            try:
                _reader, writer = await asyncio.open_connection("127.0.0.1", port)
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                await writer.wait_closed()
                return
