"""Open pages of a client follow at once: a stream that tells them to ask the door anew.

Server-sent events (HTML, section 9.2): what is sent is when the appointment was last changed, and
no more. A page that knows it as it is does nothing; what becomes of the others, the door says.
"""

from contextlib import suppress
from typing import Final

from aiohttp import web

from videocall.errors import LinkInvalid, Unavailable
from videocall.ids import AppointmentId
from videocall.live.watch import Page
from videocall.web.household import STREAMS, counted
from videocall.web.keys import HUB, STEADY
from videocall.web.session import visited

BEAT_S: Final = 15.0
"""A stream is written to this often, so that one nobody reads any more is noticed."""
LIVES_S: Final = 30 * 60.0
"""A stream ends after this, and its page comes to the door again."""
_GONE: Final = ""


async def events(request: web.Request) -> web.StreamResponse:
    """Tell a page of each change until it is closed. Raises LinkInvalid and TooMany."""
    id = AppointmentId(request.match_info["id"])
    with counted(request, STREAMS), request.app[HUB].watch.open(id) as page:
        changed_at = (await visited(request, id)).changed_at.isoformat()
        response = web.StreamResponse(headers={"X-Accel-Buffering": "no"})
        response.content_type = "text/event-stream"
        with suppress(ConnectionError, Unavailable):
            await response.prepare(request)
            await _say(response, changed_at)
            await _tell(request, response, page, id)
        return response


async def _tell(
    request: web.Request, response: web.StreamResponse, page: Page, id: AppointmentId
) -> None:
    steady = request.app[STEADY]
    until = steady() + LIVES_S
    while not page.over and steady() < until:
        if not await page.wait(BEAT_S):
            await response.write(b":\n\n")
        elif not page.over:
            changed_at = await _changed_at(request, id)
            await _say(response, changed_at)
            if changed_at == _GONE:
                return


async def _say(response: web.StreamResponse, changed_at: str) -> None:
    await response.write(f"data: {changed_at}\n\n".encode())


async def _changed_at(request: web.Request, id: AppointmentId) -> str:
    try:
        return (await visited(request, id)).changed_at.isoformat()
    except LinkInvalid:
        return _GONE
