"""A practice at work: the real service with a database of its own, and its people."""

import json
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
from aiohttp import ClientSession, ClientWebSocketResponse, CookieJar, web

from tests.ports import unused_port
from videocall import clock
from videocall.access.passwords import Argon2, hash_password
from videocall.access.people import Person, Role
from videocall.app import build
from videocall.config import Config, Practice, Relay, Server, Signin
from videocall.health.visitor import Visitor
from videocall.ids import AppointmentId
from videocall.scheduling.appointment import Appointment, Book, Kind
from videocall.signalling.messages import (
    DESK_SUBPROTOCOL,
    Admit,
    DeskDown,
    DeskUp,
    DeskUpFrame,
    Ping,
    Waiting,
    WaitingPerson,
    dump,
    parse_desk_down,
)
from videocall.web import keys

PASSWORD = "a quiet place by the water"
EMAIL = "rivera@example.org"
CHEAP = Argon2(memory_kib=64, passes=1, lanes=1)


def configure(folder: Path, port: int | None = None) -> Config:
    """Return a configuration of defaults, on free ports, with passwords that cost little."""
    listen = port or unused_port()
    return Config(
        server=Server(port=listen, public_url=f"http://localhost:{listen}", drain_s=0.2),
        practice=Practice(name="Willow House", contact="030 123 456"),
        relay=Relay(port=0),
        signin=Signin(argon2_memory_kib=64, argon2_passes=1, argon2_lanes=1),
        folder=folder,
    )


def write_toml(config: Config) -> Path:
    """Write a configuration down for the command line; return its path."""
    lines = []
    for name, section in msgspec.to_builtins(config, enc_hook=str).items():
        if isinstance(section, dict):
            # A JSON value is a TOML value for texts, numbers, booleans and lists of them.
            lines += [f"[{name}]", *(f"{key} = {json.dumps(section[key])}" for key in section)]
    path = config.folder / "config.toml"
    path.write_text("\n".join(lines))
    return path


@dataclass
class Work:
    """The rows of a practice, and its therapist."""

    app: web.Application
    config: Config
    therapist: Person
    http: list[ClientSession] = field(default_factory=list)
    visitors: list[Visitor] = field(default_factory=list)
    desks: list["Desk"] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.config.server.public_url

    async def book(
        self,
        name: str = "Alex",
        *,
        starts_in: timedelta = timedelta(),
        minutes: int = 50,
        kind: Kind = Kind.VIDEO,
        therapist: Person | None = None,
    ) -> Appointment:
        id = secrets.token_urlsafe(16)
        start_at = clock.now().replace(second=0, microsecond=0) + starts_in
        holder = (therapist or self.therapist).id
        book = Book(AppointmentId(id), id, holder, name, None, None, start_at, minutes, kind)
        return await self.app[keys.APPOINTMENTS].book(book, clock.now())

    async def add(self, role: Role, email: str) -> Person:
        password = hash_password(CHEAP, PASSWORD)
        people = self.app[keys.PEOPLE]
        return await people.add(role, "Somebody", email, "Europe/Berlin", password, clock.now())

    def link(self, appointment: Appointment) -> str:
        """Return the token of an appointment's link."""
        return self.app[keys.KEYRING].session_link(appointment)

    def client_url(self, appointment: Appointment) -> str:
        return f"{self.url}/j#{self.link(appointment)}"

    def signin_url(self, person: Person | None = None) -> str:
        now: datetime = clock.now()
        id = (person or self.therapist).id
        token = self.app[keys.KEYRING].signin(id, "test-link", now, now + timedelta(hours=1))
        return f"{self.url}/signin#{token}"

    def browser(self) -> ClientSession:
        """Return an empty cookie jar with hands."""
        session = ClientSession(cookie_jar=CookieJar(unsafe=True))
        self.http.append(session)
        return session

    def visitor(self, session: ClientSession, *, tab: str | None = None) -> Visitor:
        """Return a page of the browser whose cookies are in `session`."""
        self.visitors.append(Visitor(session, self.url, tab=tab))
        return self.visitors[-1]

    async def client(self, appointment: Appointment, *, enter: bool = True) -> Visitor:
        """Return a client who opened the link on a new device, and entered the waiting room."""
        visitor = self.visitor(self.browser())
        room = await visitor.open_link(self.link(appointment))
        if enter:
            await visitor.connect(room)
        return visitor

    async def signed_in(self, person: Person | None = None) -> ClientSession:
        session = self.browser()
        token = self.signin_url(person).partition("#")[2]
        origin = {"Origin": self.url}
        async with session.post(
            f"{self.url}/signin/link", json={"token": token}, headers=origin
        ) as answer:
            assert answer.status == 200
        return session

    async def host(self, appointment: Appointment, session: ClientSession) -> Visitor:
        """Return the therapist, seated in her room."""
        visitor = self.visitor(session)
        await visitor.connect(f"/call/{appointment.id}")
        return visitor

    async def desk(self, session: ClientSession) -> "Desk":
        ws = await session.ws_connect(
            f"{self.url}/desk/socket", protocols=[DESK_SUBPROTOCOL], origin=self.url
        )
        self.desks.append(Desk(ws))
        return self.desks[-1]

    async def go_home(self) -> None:
        """Close every socket and cookie jar that was opened here."""
        for visitor in self.visitors:
            await visitor.drop()
        for desk in self.desks:
            await desk.ws.close()
        for session in self.http:
            await session.close()


@dataclass
class Desk:
    """A therapist's product-wide socket."""

    ws: ClientWebSocketResponse

    async def hear(self) -> DeskDown:
        while True:
            frame = await self.ws.receive_str()
            message = parse_desk_down(frame.encode()).message
            if not isinstance(message, Ping):
                return message

    async def say(self, message: DeskUp) -> None:
        await self.ws.send_str(dump(DeskUpFrame(message)).decode())

    async def who_waits(self, count: int = 1) -> list[WaitingPerson]:
        """Wait until `count` people wait; return them."""
        while True:
            message = await self.hear()
            if isinstance(message, Waiting) and len(message.people) == count:
                return message.people

    async def admit(self, person: WaitingPerson, *, also: bool = False) -> None:
        await self.say(Admit(person.appointment, person.peer, also))


async def employ(app: web.Application, config: Config) -> Work:
    """Add the therapist of a practice that has none yet."""
    people = app[keys.PEOPLE]
    found = await people.by_email(EMAIL)
    if found is not None:
        return Work(app, config, found[0])
    password = hash_password(CHEAP, PASSWORD)
    therapist = await people.add(
        Role.THERAPIST, "Dr. Rivera", EMAIL, "Europe/Berlin", password, clock.now()
    )
    return Work(app, config, therapist)


@asynccontextmanager
async def open_practice(config: Config) -> AsyncIterator[Work]:
    """Run the real service in this process, on a real port."""
    app = build(config)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, config.server.host, config.server.port).start()
    work = await employ(app, config)
    try:
        yield work
    finally:
        await work.go_home()
        await runner.cleanup()
