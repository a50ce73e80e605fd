"""The bare relay with one choice changed. `python -m benchmarks.variants NAME`"""

import asyncio
import importlib
import json
import logging
import os
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any, Final

from aiohttp import WSMsgType, web
from prometheus_client import CollectorRegistry, Counter

from videocall.signalling import messages

PING_S: Final = 2.0


class Choice(StrEnum):
    """What differs from the bare relay."""

    NOTHING = "nothing"
    LOG = "a log line per message"
    LABELS = "metrics: labels() per message"
    CHILDREN = "metrics: cached children"
    DATACLASSES = "json and dataclasses"
    MSGSPEC = "msgspec, our wire"
    PING_TASKS = "a ping task per socket"
    HEARTBEAT = "aiohttp's heartbeat per socket"
    PING_SWEEP = "one ping sweep for all sockets"
    DEFLATE = "permessage-deflate"
    UVLOOP = "uvloop"


Passed = Callable[[str], str]
"""What is done to each message on its way."""


@dataclass(frozen=True, slots=True)
class Description:
    type: str
    to: str
    kind: str
    sdp: str


@dataclass(frozen=True, slots=True)
class Candidate:
    type: str
    to: str
    candidate: str
    mid: str
    index: int
    ufrag: str


@dataclass(frozen=True, slots=True)
class Frame:
    seq: int
    ack: int
    message: Description | Candidate


def logged() -> Passed:
    """Return a log line per message; to nowhere, so that it is the line and not the disk."""
    log = logging.getLogger("relay")
    log.addHandler(logging.FileHandler(os.devnull))
    log.handlers[0].setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(message)s"))
    log.setLevel(logging.INFO)

    def passed(text: str) -> str:
        log.info("relayed %d characters", len(text))
        return text

    return passed


def counted(*, cached: bool) -> Passed:
    counter = Counter("messages", "Relayed.", ["type"], registry=CollectorRegistry())
    child = counter.labels(type="candidate")

    def passed(text: str) -> str:
        (child if cached else counter.labels(type="candidate")).inc()
        return text

    return passed


def with_dataclasses(text: str) -> str:
    """Read and write as one does by hand."""
    body: dict[str, Any] = json.loads(text)
    kinds: dict[str, type[Description | Candidate]] = {
        "description": Description,
        "candidate": Candidate,
    }
    fields = body["message"]
    kind = kinds[fields["type"]]
    for name, wanted in kind.__annotations__.items():
        if not isinstance(fields[name], wanted):
            raise TypeError(name)
    frame = Frame(int(body["seq"]), int(body["ack"]), kind(**fields))
    return json.dumps(asdict(frame))


def with_msgspec(text: str) -> str:
    """Read and write as our server does, every field checked."""
    return messages.dump(messages.parse(text.encode())).decode()


def passing(choice: Choice) -> Passed:
    match choice:
        case Choice.LOG:
            return logged()
        case Choice.LABELS | Choice.CHILDREN:
            return counted(cached=choice is Choice.CHILDREN)
        case Choice.DATACLASSES:
            return with_dataclasses
        case Choice.MSGSPEC:
            return with_msgspec
        case _:
            return lambda text: text


async def ping_forever(ws: web.WebSocketResponse) -> None:
    while not ws.closed:
        await asyncio.sleep(PING_S)
        await ws.ping()


async def sweep_forever(sockets: set[web.WebSocketResponse]) -> None:
    while True:
        await asyncio.sleep(PING_S)
        for ws in list(sockets):
            if not ws.closed:
                await ws.ping()


def application(choice: Choice) -> web.Application:
    passed = passing(choice)
    rooms: dict[str, dict[str, web.WebSocketResponse]] = {}
    sockets: set[web.WebSocketResponse] = set()

    async def relay(request: web.Request) -> web.WebSocketResponse:
        heartbeat = PING_S if choice is Choice.HEARTBEAT else None
        ws = web.WebSocketResponse(compress=choice is Choice.DEFLATE, heartbeat=heartbeat)
        await ws.prepare(request)
        pinging = None
        if choice is Choice.PING_TASKS:
            pinging = asyncio.create_task(ping_forever(ws))
        sockets.add(ws)
        name, seat = request.query["room"], request.query["seat"]
        room = rooms.setdefault(name, {})
        room[seat] = ws
        async for message in ws:
            if message.type is WSMsgType.TEXT:
                for other, socket in room.items():
                    if other != seat:
                        await socket.send_str(passed(message.data))
        if pinging is not None:
            pinging.cancel()
        sockets.discard(ws)
        if room.get(seat) is ws:
            del room[seat]
            if not room:
                rooms.pop(name, None)
        return ws

    @asynccontextmanager
    async def sweeping(_app: web.Application) -> AsyncIterator[None]:
        sweep = asyncio.create_task(sweep_forever(sockets))
        yield
        sweep.cancel()

    app = web.Application()
    app.router.add_get("/", relay)
    if choice is Choice.PING_SWEEP:
        app.cleanup_ctx.append(sweeping)
    return app


async def serve(choice: Choice) -> None:
    runner = web.AppRunner(application(choice), access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0, backlog=4096).start()
    print(json.dumps({"port": runner.addresses[0][1]}), flush=True)
    await asyncio.Event().wait()


def main() -> None:
    choice = Choice[sys.argv[1]]
    if choice is Choice.UVLOOP:
        importlib.import_module("uvloop").run(serve(choice))
    else:
        asyncio.run(serve(choice))


if __name__ == "__main__":
    main()
