"""`videocall demo`: one therapist, one client, one appointment that starts now.

What it makes lies in a folder, so that a demo that was stopped, or killed, goes on where it was:
the same links, the same room, the same call.
"""

import asyncio
import secrets
import socket
import sys
from datetime import timedelta
from pathlib import Path
from typing import Final

import click
import segno
from aiohttp import web

from videocall import clock
from videocall.access.passwords import hash_password
from videocall.access.people import Person, Role
from videocall.app import build, run
from videocall.config import Config, Door, Practice, Relay, Server
from videocall.health.rooms import RoomState
from videocall.ids import AppointmentId
from videocall.process import until_stopped
from videocall.scheduling.appointment import Appointment, Book, Kind, State
from videocall.web import keys

EMAIL: Final = "demo@videocall.invalid"
MINUTES: Final = 50
SIGNIN_LIVES: Final = timedelta(days=1)
LOOK_EVERY_S: Final = 0.5

_WORDS: Final = {
    None: "Nobody is here yet. Open both links.",
    RoomState.WAITING: "Somebody is here and waits for the other.",
    RoomState.CONNECTING: "Both are in the room; their browsers are finding each other.",
    RoomState.CONNECTED: "The call is up.",
    RoomState.RECONNECTING: "One side is reconnecting; the call goes on.",
    RoomState.FAILING: "Media does not get through yet; the browsers keep trying.",
}


def demo(port: int, folder: Path) -> None:
    """Serve a demo on localhost until it is stopped. Raises ConfigError."""
    folder.mkdir(parents=True, exist_ok=True)
    config = Config(
        server=Server(port=port, public_url=f"http://localhost:{port}", drain_s=0.5),
        practice=Practice(name="Willow House", contact="030 123 456"),
        door=Door(opens_before_min=15, closes_after_min=60),
        relay=_relay(),
        folder=folder,
    )
    app = build(config)
    asyncio.run(run(app, config, _live(app)))


def _relay() -> Relay:
    """Return a relay at its usual port, or at any that is free where that is taken."""
    usual = Relay()
    for kind in (socket.SOCK_DGRAM, socket.SOCK_STREAM):
        with socket.socket(socket.AF_INET, kind) as trial:
            if kind is socket.SOCK_STREAM:
                trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind(("", usual.port))
            except OSError:
                return Relay(port=0)
    return usual


async def _live(app: web.Application) -> None:
    therapist, appointment = await _prepare(app)
    keyring, now, url = app[keys.KEYRING], clock.now(), app[keys.SITE].public_url
    signin = keyring.signin(therapist.id, "demo-sign-in-link", now, now + SIGNIN_LIVES)
    client = f"{url}/j#{keyring.session_link(appointment)}"
    click.echo(f"Therapist: {url}/signin#{signin}")
    click.echo(f"Client: {client}")
    if sys.stdout.isatty():
        segno.make(client).terminal(compact=True)
    click.echo("Open both side by side in one browser. Ctrl-C stops the demo.\n")
    watching = asyncio.create_task(_tell(app))
    try:
        await until_stopped()
    finally:
        watching.cancel()


async def _prepare(app: web.Application) -> tuple[Person, Appointment]:
    """Find or make the therapist, and an appointment that is open now."""
    people, appointments, now = app[keys.PEOPLE], app[keys.APPOINTMENTS], clock.now()
    found = await people.by_email(EMAIL)
    if found is None:
        password = await asyncio.to_thread(
            hash_password, app[keys.SITE].passwords, secrets.token_urlsafe(24)
        )
        zone = app[keys.SITE].zone
        therapist = await people.add(Role.THERAPIST, "Dr. Rivera", EMAIL, zone, password, now)
    else:
        therapist = found[0]
    for each in await appointments.of_therapist(therapist.id, now, now + timedelta(minutes=1)):
        if each.state is State.BOOKED:
            return therapist, each
    start_at = now.replace(second=0, microsecond=0)
    id = secrets.token_urlsafe(16)
    book = Book(
        AppointmentId(id), f"{id}@videocall", therapist.id, "Alex", None, None, start_at, MINUTES,
        Kind.VIDEO,
    )  # fmt: skip
    return therapist, await appointments.book(book, now)


async def _tell(app: web.Application) -> None:
    """Say, in one line each time it changes, what happens in the room."""
    said = ""
    while True:
        rows = app[keys.BOARD].rows(app[keys.HUB].rooms(), clock.steady())
        state = rows[0].state if rows else None
        path = f" ({rows[0].path})" if rows and state is RoomState.CONNECTED else ""
        line = f"{_WORDS[state]}{path}"
        if line != said:
            said = line
            click.echo(f"{clock.now().astimezone():%H:%M:%S}  {line}")
        await asyncio.sleep(LOOK_EVERY_S)
