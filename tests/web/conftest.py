"""A whole practice on a real database: its pages, its people, and a clock that can be set."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Final

import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from videocall.access.passwords import Argon2, hash_password
from videocall.access.people import Person, Role
from videocall.access.tokens import Keyring
from videocall.app import Decisions
from videocall.health.metrics import Metrics
from videocall.health.rooms import Board
from videocall.ids import AppointmentId, PeerId
from videocall.live.hub import Hub
from videocall.render import Render
from videocall.scheduling.appointment import Appointment, Book, Kind
from videocall.scheduling.door import DoorRules
from videocall.signalling.messages import Ice
from videocall.store.appointments import Appointments
from videocall.store.database import Database
from videocall.store.people import People
from videocall.store.retention import Retention
from videocall.store.sealing import Seal
from videocall.web import keys
from videocall.web.edge import edge

NOON: Final = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PASSWORD: Final = "a quiet place by the water"
PUBLIC_URL: Final = "https://sessions.example.org"
OURS: Final = {"Sec-Fetch-Site": "same-origin"}
READING: Final = {"Accept": "text/html,application/xhtml+xml"}
_CHEAP: Final = Argon2(memory_kib=64, passes=1, lanes=1)

Browser = TestClient[Request, Application]


@dataclass
class Practice:
    """The service under test. `now` may be set; every browser has cookies of its own."""

    app: Application
    people: People
    appointments: Appointments
    keyring: Keyring
    hub: Hub
    clock: list[datetime]
    _servers: list[TestServer] = field(default_factory=list)
    _browsers: list[Browser] = field(default_factory=list)

    @property
    def now(self) -> datetime:
        return self.clock[0]

    @now.setter
    def now(self, at: datetime) -> None:
        self.clock[0] = at

    async def browser(self) -> Browser:
        """Return a fresh browser. Cookies are kept by hand: ours want https."""
        if not self._servers:
            server = TestServer(self.app)
            await server.start_server()
            self._servers.append(server)
        browser = TestClient[Request, Application](self._servers[0])
        self._browsers.append(browser)
        return browser

    async def add(self, role: Role = Role.THERAPIST, email: str = "anna@example.org") -> Person:
        hashed = hash_password(_CHEAP, PASSWORD)
        return await self.people.add(role, "Anna Weiss", email, "Europe/Berlin", hashed, self.now)

    async def signed_in(self, person: Person) -> "Visitor":
        token = await self.people.signin(person.id, self.now)
        return Visitor(await self.browser(), {"__Host-signin": token})

    async def visitor(self) -> "Visitor":
        return Visitor(await self.browser(), {})

    async def appointment(
        self,
        therapist: Person,
        *,
        in_min: int = 60,
        minutes: int = 50,
        name: str = "Blue Heron",
        id: str = "",
    ) -> Appointment:
        start_at = self.now + timedelta(minutes=in_min)
        chosen = AppointmentId(id or f"appointment-{start_at:%d%H%M}-{abs(hash(name)) % 10**8}")
        book = Book(
            id=chosen,
            uid=chosen,
            therapist=therapist.id,
            client_name=name,
            client_email=None,
            client_zone="America/New_York",
            start_at=start_at,
            minutes=minutes,
            kind=Kind.VIDEO,
        )
        return await self.appointments.book(book, self.now)

    def link_token(self, appointment: Appointment) -> str:
        return self.keyring.session_link(appointment)

    async def close(self) -> None:
        for browser in self._browsers:
            await browser.close()
        for server in self._servers:
            await server.close()


@dataclass
class Visitor:
    """One browser with its cookies, which follows no redirect by itself."""

    browser: Browser
    cookies: dict[str, str]

    async def get(self, path: str, **headers: str) -> ClientResponse:
        return await self._ask("GET", path, READING | headers)

    async def post(
        self, path: str, form: dict[str, str] | None = None, **headers: str
    ) -> ClientResponse:
        return await self._ask("POST", path, READING | OURS | headers, data=form or {})

    async def post_json(self, path: str, body: object, **headers: str) -> ClientResponse:
        return await self._ask("POST", path, OURS | headers, json=body)

    async def _ask(
        self,
        method: str,
        path: str,
        headers: dict[str, str],
        *,
        data: dict[str, str] | None = None,
        json: object = None,
    ) -> ClientResponse:
        if self.cookies:
            jar = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
            headers = headers | {"Cookie": jar}
        answer = await self.browser.request(
            method, path, headers=headers, allow_redirects=False, data=data, json=json
        )
        for name, morsel in answer.cookies.items():
            if morsel.value:
                self.cookies[name] = morsel.value
            else:
                self.cookies.pop(name, None)
        return answer


@pytest.fixture
async def practice(tmp_path: Path) -> AsyncIterator[Practice]:
    keyring = Keyring(b"k" * 32)
    seal = Seal(keyring)
    database = Database(tmp_path / "practice.db")
    people = People(database, seal, idle=timedelta(hours=2), absolute=timedelta(hours=12))
    appointments = Appointments(database, seal)
    board = Board(Metrics())
    app = edge()

    clock = [NOON]

    def steady() -> float:
        return clock[0].timestamp()

    def grant(_peer: PeerId) -> tuple[Ice, float | None]:
        return Ice([], False, None), None

    hub = Hub(steady=steady, grant=grant, recorder=Decisions(appointments), observer=board)
    app[keys.SITE] = keys.Site(
        public_url=PUBLIC_URL,
        practice="Praxis am Park",
        contact="+49 30 1234567",
        zone="Europe/Berlin",
        door=DoorRules(),
        retention=Retention(),
        address_privacy=False,
        relay_offered=True,
        signin_idle_min=120,
        signin_absolute_h=12,
        passwords=_CHEAP,
        trusted_proxies=(ip_network("127.0.0.1"),),
        sockets_per_address=20,
        metrics_token="",
        version="test",
    )
    app[keys.NOW] = lambda: clock[0]
    app[keys.STEADY] = steady
    app[keys.RENDER] = Render()
    app[keys.KEYRING] = keyring
    app[keys.DATABASE] = database
    app[keys.PEOPLE] = people
    app[keys.APPOINTMENTS] = appointments
    app[keys.HUB] = hub
    app[keys.BOARD] = board
    ready = Practice(app, people, appointments, keyring, hub, clock)
    yield ready
    await ready.close()
    database.close()
