"""The service as a program of its own, which can be killed."""

import asyncio
import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from aiohttp import ClientConnectionError, ClientSession

from tests.practice import Work, write_toml
from videocall.config import Config
from videocall.scheduling.appointment import Appointment

STARTS_WITHIN_S = 60
ASK_EVERY_S = 0.02


@dataclass(frozen=True, slots=True)
class Rows:
    """A practice and an appointment, made before the service runs."""

    work: Work
    appointment: Appointment


@dataclass
class Program:
    """`videocall serve`, or `videocall relay`, by its configuration."""

    config: Config
    command: str = "serve"
    process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it, and return as soon as it listens."""
        path = write_toml(self.config)
        self.process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "videocall", self.command, "--config", str(path),
            stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.DEVNULL,
        )  # fmt: skip
        async with asyncio.timeout(STARTS_WITHIN_S):
            while not await (self._serves() if self.command == "serve" else self._relays()):
                assert self.process.returncode is None, "the service stopped by itself"
                await asyncio.sleep(ASK_EVERY_S)

    async def _serves(self) -> bool:
        try:
            url = f"{self.config.server.public_url}/livez"
            async with ClientSession() as http, http.get(url):
                return True
        except ClientConnectionError:
            return False

    async def _relays(self) -> bool:
        return self.config.relay_control.is_socket()

    async def kill(self) -> None:
        """End it with SIGKILL, as a power cut would."""
        assert self.process is not None
        self.process.kill()
        await self.process.wait()

    @property
    def open_files(self) -> list[str]:
        """What it holds open, as the kernel lists it."""
        assert self.process is not None
        folder = f"/proc/{self.process.pid}/fd"
        return [os.readlink(f"{folder}/{each}") for each in os.listdir(folder)]


@asynccontextmanager
async def serve(config: Config, command: str = "serve") -> AsyncIterator[Program]:
    """Run the service until the end of the block."""
    program = Program(config, command)
    await program.start()
    try:
        yield program
    finally:
        if program.process is not None and program.process.returncode is None:
            program.process.terminate()
            await program.process.wait()
