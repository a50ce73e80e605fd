"""The least a relay can do on aiohttp: two sockets of a room, text frames passed on as they are.

No tokens, no checks, no bounds, no counters. `python -m benchmarks.bare_relay`
"""

import asyncio
import json

from aiohttp import WSMsgType, web

rooms: dict[str, dict[str, web.WebSocketResponse]] = {}


async def relay(request: web.Request) -> web.WebSocketResponse:
    ws = web.WebSocketResponse(compress=False)
    await ws.prepare(request)
    name, seat = request.query["room"], request.query["seat"]
    room = rooms.setdefault(name, {})
    room[seat] = ws
    async for message in ws:
        if message.type is WSMsgType.TEXT:
            for other, socket in room.items():
                if other != seat:
                    await socket.send_str(message.data)
    if room.get(seat) is ws:
        del room[seat]
        if not room:
            rooms.pop(name, None)
    return ws


async def main() -> None:
    app = web.Application()
    app.router.add_get("/", relay)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0, backlog=4096)
    await site.start()
    print(json.dumps({"port": runner.addresses[0][1]}), flush=True)
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main())
