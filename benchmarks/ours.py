"""Our server with everything on, and enough appointments that are open now.

    python -m benchmarks.ours --rooms 500

Prints a JSON line with its port and origin, then one with the cookies of therapists and clients.
The appointments are booked through the store, five minutes each: a therapist has at most seven
whose waiting room is open at once, so there are as many therapists as that takes.
"""

import argparse
import asyncio
import json
import secrets
import socket
import tempfile
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from aiohttp import web

from videocall import clock
from videocall.access.people import Role
from videocall.access.tokens import Visit
from videocall.app import build, run
from videocall.config import Calls, Config, Relay, Server, Turn
from videocall.ids import AppointmentId, PersonId, VisitId
from videocall.process import until_stopped
from videocall.scheduling.appointment import Book, Kind
from videocall.web import keys

MINUTES: Final = 5
EARLIEST_MIN: Final = -20
AT_ONCE: Final = 7
"""From 20 minutes ago to 10 ahead: all open for the next quarter of an hour."""


def configuration(folder: Path) -> Config:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    (folder / "turn.secret").write_text("benchmark-only")
    return Config(
        server=Server(port=port, public_url=f"http://localhost:{port}", drain_s=0),
        calls=Calls(stun_urls=["stun:turn.example.org:3478"]),
        relay=Relay(port=0),
        turn=Turn(urls=["turn:turn.example.org:3478"], secret_file="turn.secret"),
        folder=folder,
    )


async def employ(app: web.Application, count: int, now: datetime) -> list[tuple[PersonId, str]]:
    """Add therapists; return their ids and the tokens they are signed in with."""
    people = app[keys.PEOPLE]
    employed = []
    for number in range(count):
        email = f"therapist-{number}@benchmark.example"
        person = await people.add(Role.THERAPIST, "A. Therapist", email, "Europe/Berlin", "-", now)
        employed.append((person.id, await people.signin(person.id, now)))
    return employed


async def book(app: web.Application, therapist: PersonId, start_at: datetime) -> AppointmentId:
    """Book an appointment before it began; return its id."""
    id = AppointmentId(secrets.token_urlsafe(16))
    uid = f"{id}@benchmark.example"
    booking = Book(id, uid, therapist, "A. Client", None, None, start_at, MINUTES, Kind.VIDEO)
    await app[keys.APPOINTMENTS].book(booking, start_at)
    return id


def places(rooms: int) -> Iterator[tuple[int, int]]:
    """Return therapist and turn for each room; neighbours never share a therapist."""
    therapists = -(-rooms // AT_ONCE)
    return ((number % therapists, number // therapists) for number in range(rooms))


async def serve(rooms: int, folder: Path) -> None:
    config = configuration(folder)
    app = build(config)
    now = clock.now()
    therapists = await employ(app, -(-rooms // AT_ONCE), now)
    booked = []
    for therapist, turn in places(rooms):
        start_at = now + timedelta(minutes=EARLIEST_MIN + MINUTES * turn)
        id = await book(app, therapists[therapist][0], start_at)
        visit = Visit(id, 1, VisitId(secrets.token_urlsafe(16)))
        token = app[keys.KEYRING].visit(visit, now, now + timedelta(days=1))
        booked.append((therapist, id, f"visit-{id[:12]}={token}"))

    async def until() -> None:
        print(json.dumps({"port": config.server.port, "origin": config.server.public_url}))
        signins = [f"signin={token}" for _, token in therapists]
        print(json.dumps({"signins": signins, "rooms": booked}), flush=True)
        booked.clear()
        await until_stopped()

    await run(app, config, until())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rooms", type=int, default=500, help="how many appointments to book")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="videocall-benchmark-") as folder:
        asyncio.run(serve(options.rooms, Path(folder)))


if __name__ == "__main__":
    main()
