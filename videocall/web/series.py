"""A series: all of it on one page with its one link, ended or undone as a whole."""

from dataclasses import dataclass
from datetime import datetime

from aiohttp import web

from videocall.errors import Conflict, NotFound
from videocall.ids import SeriesId
from videocall.scheduling.appointment import COMING, Appointment, ReissueLink, SetAddressPrivacy
from videocall.scheduling.course import Course, Place
from videocall.web.agenda import entry
from videocall.web.changes import change, tell, tell_all
from videocall.web.guard import own_course
from videocall.web.keys import HUB, NOW, SERIES, SITE
from videocall.web.pages import page as render_page
from videocall.web.posted import form
from videocall.web.privacy import ground, require_way, wanted
from videocall.web.qr import qr


@dataclass(frozen=True, slots=True)
class Part:
    """One of a series, the how-manyeth it is, and how many from it on can still be changed."""

    place: Place
    number: int
    total: int
    coming: int


async def page(request: web.Request) -> web.Response:
    """Show all appointments of a series, and the link to all of them."""
    person, course = await own_course(request)
    now = request.app[NOW]()
    entries = [entry(request, each, person.zone) for each in course.members]
    left = [each for each in course.members if each.state in COMING and each.end_at > now]
    next_one = next((place for place in course.places if place.can_change(now)), None)
    return render_page(
        request,
        "series/page.html",
        name="series",
        series=course.wholes[-1].series,
        entries=entries,
        numbers={each.id: course.number(each.id) for each in course.members},
        part=None if next_one is None else _part(course, next_one, now),
        usable=bool(left),
        private=all(each.address_privacy for each in left),
        ground=ground(request.app[SITE], therapist_private=person.address_privacy),
        link=entries[-1].link,
        qr=qr(entries[-1].link),
        done=request.query.get("done", ""),
        undoable=await request.app[SERIES].undoable(series_id(request), now),
    )


async def end(request: web.Request) -> web.StreamResponse:
    """Cancel one and all after it."""
    person, course = await own_course(request)
    here = from_here(request, course, (await form(request)).text("from"))[0]
    changed = await request.app[SERIES].end(
        here.series.id, here.original, person.id, request.app[NOW]()
    )
    tell_all(request.app[HUB], changed.touched)
    return see(changed.whole.series.id, "ended")


async def undo(request: web.Request) -> web.StreamResponse:
    """Put back what was before one and all after it were moved or ended."""
    person, _ = await own_course(request)
    changed = await request.app[SERIES].undo(series_id(request), person.id, request.app[NOW]())
    tell_all(request.app[HUB], changed.touched)
    return see(changed.whole.series.id, "undone")


async def reissue(request: web.Request) -> web.StreamResponse:
    """Stop the link to all of them at once, and make a new one."""
    person, course = await own_course(request)
    now = request.app[NOW]()
    one = next((each for each in course.members if each.state in COMING), None)
    if one is None:
        raise Conflict("Nothing of this series is left to open.")
    await change(request.app, one.id, ReissueLink(), person.id, now)
    return see(series_id(request), "reissued")


async def set_address_privacy(request: web.Request) -> web.StreamResponse:
    """Keep internet addresses private in all that are not over, or no longer."""
    person, _ = await own_course(request)
    on = wanted(await form(request))
    require_way(request.app[SITE], wanted=on)
    changed = await request.app[SERIES].set_address_privacy(
        series_id(request), on, person.id, request.app[NOW]()
    )
    for each in changed.touched:
        await tell(request.app, SetAddressPrivacy(on), each)
    return see(changed.whole.series.id, "private" if on else "not-private")


async def part_of(request: web.Request, appointment: Appointment) -> Part | None:
    """Return which one of a series an appointment is, where it has a place in one."""
    if appointment.series is None:
        return None
    course = await request.app[SERIES].course(appointment.series)
    for place in course.places:
        if place.member is not None and place.member.id == appointment.id:
            return _part(course, place, request.app[NOW]())
    return None


def from_here(request: web.Request, course: Course, text: str) -> list[Place]:
    """Return the place that a form names, and all after it. Raises NotFound and Conflict."""
    try:
        original = datetime.fromisoformat(text)
    except ValueError as error:
        raise NotFound("There is no such date in this series.") from error
    return course.from_here(series_id(request), original, request.app[NOW]())


def see(series: SeriesId, done: str) -> web.Response:
    """Lead to the page of a series, which tells what was `done`."""
    return web.Response(status=303, headers={"Location": f"/series/{series}?done={done}"})


def series_id(request: web.Request) -> SeriesId:
    return SeriesId(request.match_info["id"])


def _part(course: Course, place: Place, now: datetime) -> Part:
    places = course.places
    number = places.index(place)
    coming = sum(each.can_change(now) for each in places[number:])
    return Part(place, number + 1, len(places), coming)
