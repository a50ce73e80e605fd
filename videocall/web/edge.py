"""The web application: every route, behind the rules that hold for all of them."""

from collections import Counter
from typing import Final

from aiohttp import web

from videocall.web.api.caller import ALLOWANCE, Allowance
from videocall.web.api.repeats import IN_PROGRESS
from videocall.web.headers import add_headers
from videocall.web.household import SOCKETS, STREAMS
from videocall.web.middleware import MIDDLEWARES
from videocall.web.pace import PACE, Pace
from videocall.web.routes import routes
from videocall.web.signin import THROTTLE, Throttle

BODY_MAX_BYTES: Final = 64 * 1024


def edge() -> web.Application:
    """Return the application; the composition root adds the values named in `keys`."""
    app = web.Application(middlewares=MIDDLEWARES, client_max_size=BODY_MAX_BYTES)
    app.on_response_prepare.append(add_headers)
    app.add_routes(routes())
    app[THROTTLE] = Throttle()
    app[PACE] = Pace()
    app[ALLOWANCE] = Allowance()
    app[IN_PROGRESS] = set()
    app[SOCKETS], app[STREAMS] = Counter(), Counter()
    return app
