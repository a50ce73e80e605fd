"""A program on the other side, which listens on a real port and checks what comes."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from aiohttp import web

from tests.ports import unused_port
from tests.store.conftest import Rows, open_rows
from videocall.access.people import Person
from videocall.hooks.courier import Courier
from videocall.ids import PersonId
from videocall.scheduling.appointment import Appointment
from videocall.store.deliveries import Deliveries, HookHealth
from videocall.store.hooks import Hook, Hooks
from videocall.store.integrations import Integrations

START: Final = datetime.now(UTC).replace(second=0, microsecond=0) + timedelta(days=3)
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Came:
    """A message as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def id(self) -> str:
        return self.headers["webhook-id"]

    @property
    def at(self) -> int:
        return int(self.headers["webhook-timestamp"])


@dataclass
class Listener:
    """Answers 204, or what it is told to."""

    port: int
    came: list[Came] = field(default_factory=list)
    answers: dict[str, Answer] = field(default_factory=dict)

    def url(self, path: str = "/hook") -> str:
        return f"http://127.0.0.1:{self.port}{path}"

    def says(self, status: int, path: str = "/hook", **headers: str) -> None:
        async def answer(_request: web.Request) -> web.Response:
            return web.Response(status=status, headers=headers)

        self.answers[path] = answer

    def at(self, path: str) -> list[Came]:
        return [each for each in self.came if each.path == path]

    async def hear(self, request: web.Request) -> web.StreamResponse:
        body = await request.read()
        self.came.append(Came(request.path, dict(request.headers), body))
        answer = self.answers.get(request.path)
        return web.Response(status=204) if answer is None else await answer(request)

    async def until(self, count: int) -> list[Came]:
        """Wait until so many messages came."""
        async with asyncio.timeout(20):
            while len(self.came) < count:
                await asyncio.sleep(0.01)
        return self.came


@asynccontextmanager
async def listening(port: int | None = None) -> AsyncIterator[Listener]:
    listener = Listener(port or unused_port())
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", listener.hear)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", listener.port).start()
    try:
        yield listener
    finally:
        await runner.cleanup()


@dataclass
class Watch:
    """What the metrics would count."""

    outcomes: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    health: HookHealth = field(default_factory=lambda: HookHealth(0, 0))

    def delivery(self, outcome: str) -> None:
        self.outcomes[outcome] += 1

    def hooks(self, *, failing: int, stopped: int) -> None:
        self.health = HookHealth(failing, stopped)

    def failed(self, where: str) -> None:
        self.failures[where] += 1


@dataclass
class Told:
    """A practice that tells, its therapist, and a clock that can be set."""

    rows: Rows
    therapist: Person
    now: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))
    """The machine's time, as those who verify a signature look at it."""
    watch: Watch = field(default_factory=Watch)

    def __post_init__(self) -> None:
        self.hooks = Hooks(self.rows.database, self.rows.seal)
        self.deliveries = Deliveries(self.rows.database, self.rows.seal)
        self.integrations = Integrations(self.rows.database, self.rows.seal)

    async def hook(
        self, url: str, *, private: bool = True, therapist: PersonId | None = None
    ) -> Hook:
        name = f"Program {len(await self.integrations.all())}"
        made, _ = await self.integrations.add(name, therapist, self.now)
        return await self.hooks.add(made.id, url, self.now, private=private)

    def courier(self, timeout_s: float = 10.0) -> Courier:
        return Courier(
            self.deliveries,
            now=lambda: self.now,
            observer=self.watch,
            look_every_s=0.02,
            timeout_s=timeout_s,
        )

    async def book(self, start_at: datetime = START, name: str = "Ada") -> Appointment:
        book = self.rows.book(self.therapist, start_at, name)
        return await self.rows.appointments.book(book, self.now)

    async def waiting(self) -> list[tuple[str, int, int | None]]:
        """Return state, attempts and last status of every message."""
        return await self.rows.database.read(
            lambda tables: tables.execute(
                "SELECT state, attempts, code FROM deliveries ORDER BY rowid"
            ).fetchall()
        )


@pytest.fixture
def rows(tmp_path: Path) -> Iterator[Rows]:
    opened = open_rows(tmp_path / "videocall.db")
    yield opened
    opened.database.close()


@pytest.fixture
async def told(rows: Rows) -> Told:
    return Told(rows, await rows.therapist())


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    async with listening() as opened:
        yield opened
