"""The real service on a real database, with a clock that can be set."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Final

import msgspec
import pytest
from aiohttp import ClientResponse
from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from tests.ports import unused_port
from tests.practice import CHEAP, PASSWORD, configure
from videocall.access.passwords import hash_password
from videocall.access.people import Person, Role
from videocall.access.tokens import Keyring
from videocall.app import build
from videocall.config import Config, Mail, Texts
from videocall.ids import AppointmentId
from videocall.scheduling.appointment import Appointment, Book, Kind
from videocall.store.appointments import Appointments
from videocall.store.people import People
from videocall.store.plans import Plans
from videocall.web import keys

NOON: Final = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
PUBLIC_URL: Final = "https://sessions.example.org"
OURS: Final = {"Sec-Fetch-Site": "same-origin"}
READING: Final = {"Accept": "text/html,application/xhtml+xml"}

Browser = TestClient[Request, Application]


@dataclass
class Practice:
    """The service under test. `now` may be set; every browser has cookies of its own."""

    app: Application
    clock: list[datetime]
    _servers: list[TestServer] = field(default_factory=list)
    _browsers: list[Browser] = field(default_factory=list)

    @property
    def people(self) -> People:
        return self.app[keys.PEOPLE]

    @property
    def appointments(self) -> Appointments:
        return self.app[keys.APPOINTMENTS]

    @property
    def plans(self) -> Plans:
        return self.app[keys.PLANS]

    @property
    def keyring(self) -> Keyring:
        return self.app[keys.KEYRING]

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
        hashed = hash_password(CHEAP, PASSWORD)
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
        if not self._servers:
            self.app[keys.DATABASE].close()


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


def employ(config: Config) -> Practice:
    """Build the service; its clock stands at noon."""
    clock = [NOON]

    def steady() -> float:
        return clock[0].timestamp()

    app = build(config, lambda: clock[0], steady)
    app[keys.SITE] = replace(
        app[keys.SITE], public_url=PUBLIC_URL, trusted_proxies=(ip_network("127.0.0.1"),)
    )
    return Practice(app, clock)


@pytest.fixture
async def practice(tmp_path: Path) -> AsyncIterator[Practice]:
    ready = employ(configure(tmp_path))
    yield ready
    await ready.close()


@pytest.fixture
async def mailing(tmp_path: Path) -> AsyncIterator[Practice]:
    """A practice that mails; its mail server is away."""
    mail = Mail(host="localhost", port=unused_port(), tls="none", sender="office@example.org")
    ready = employ(msgspec.structs.replace(configure(tmp_path), mail=mail))
    yield ready
    await ready.close()


@pytest.fixture
async def texting(tmp_path: Path) -> AsyncIterator[Practice]:
    """A practice that sends SMS; its gateway is away."""
    (tmp_path / "sms.secret").write_text("whsec_" + "c2VjcmV0" * 8)
    gateway = Texts(url=f"http://localhost:{unused_port()}/send", secret_file="sms.secret")
    ready = employ(msgspec.structs.replace(configure(tmp_path), sms=gateway))
    yield ready
    await ready.close()
