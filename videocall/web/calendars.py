"""A therapist's other calendars: an address or a file, read for when she is busy."""

from typing import Final

from aiohttp import web

from videocall.errors import Invalid, Text, TooMany, Unavailable
from videocall.ids import CalendarId
from videocall.scheduling.contents import BYTES_MAX
from videocall.web.feed import show
from videocall.web.guard import therapist
from videocall.web.keys import CALENDARS, NOW, SUBSCRIBER
from videocall.web.posted import Posted, Upload, form, upload

LABEL_MAX_CHARS: Final = 60
_NO_FILE: Final = "Please choose a file; its name most often ends with .ics."
_LONG: Final = Text("Please choose a name of at most %(most)s letters.", most=LABEL_MAX_CHARS)


async def subscribe(request: web.Request) -> web.Response:
    """Read a feed and keep it, or show the form again with what is wrong."""
    person = await therapist(request)
    posted = await form(request)
    try:
        await request.app[SUBSCRIBER].subscribe(
            person.id, person.zone, _label(posted), posted.text("address")
        )
    except (Invalid, TooMany, Unavailable) as error:
        field = "feed-label" if error.code == "label" else "address"
        typed = {"address": posted.text("address"), "feed-label": posted.text("label")}
        return await show(request, person, typed=typed, wrong={field: error})
    return _see("added")


async def take(request: web.Request) -> web.Response:
    """Read a file and keep what it says, or show the form again with what is wrong."""
    person = await therapist(request)
    label = ""
    try:
        sent = await _file(request)
        label = sent.posted.text("label")
        shown = _label(sent.posted) or sent.filename[:LABEL_MAX_CHARS]
        await request.app[SUBSCRIBER].take(person.id, person.zone, shown, sent.content)
    except (Invalid, TooMany, Unavailable) as error:
        field = "file-label" if error.code == "label" else "file"
        return await show(request, person, typed={"file-label": label}, wrong={field: error})
    return _see("added")


async def take_again(request: web.Request) -> web.Response:
    """Read a newer file in place of one that was sent before."""
    person = await therapist(request)
    id = _id(request)
    try:
        sent = await _file(request)
        await request.app[SUBSCRIBER].take_again(person.id, person.zone, id, sent.content)
    except (Invalid, Unavailable) as error:
        return await show(request, person, wrong={f"file-{id}": error})
    return _see("read")


async def refresh(request: web.Request) -> web.Response:
    """Read a feed now; the page tells what came of it."""
    person = await therapist(request)
    feed = await request.app[CALENDARS].feed(person.id, _id(request))
    await request.app[SUBSCRIBER].refresh(feed)
    return _see("read")


async def remove(request: web.Request) -> web.Response:
    """Forget a calendar; its times are free at once."""
    person = await therapist(request)
    await request.app[CALENDARS].remove(person.id, _id(request), request.app[NOW]())
    return _see("removed")


async def _file(request: web.Request) -> Upload:
    sent = await upload(request, BYTES_MAX)
    if not sent.content:
        raise Invalid(_NO_FILE, code="file")
    return sent


def _label(posted: Posted) -> str:
    """Return her own name for a calendar, perhaps none. Raises Invalid."""
    label = " ".join(posted.text("label").split())
    if len(label) > LABEL_MAX_CHARS or not label.isprintable():
        raise Invalid(_LONG, code="label")
    return label


def _id(request: web.Request) -> CalendarId:
    return CalendarId(request.match_info["id"])


def _see(done: str) -> web.Response:
    return web.Response(status=303, headers={"Location": f"/calendar?done={done}#elsewhere"})
