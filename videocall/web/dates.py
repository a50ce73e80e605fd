"""The dates of a series, shown with every clash before it is made, and before it is moved.

What was typed and chosen goes along in the form; nothing is kept before it is booked.
"""

from collections.abc import Mapping

from aiohttp import web

from videocall.access.people import Person
from videocall.errors import Conflict, Invalid
from videocall.scheduling.appointment import Book, Move
from videocall.scheduling.booked_series import new_series
from videocall.scheduling.course import Course, Place
from videocall.scheduling.series import Series
from videocall.scheduling.zones import wall_at
from videocall.web.changes import tell_all
from videocall.web.fields import Fields
from videocall.web.guard import own_course
from videocall.web.keys import HUB, NOW, SERIES, SITE
from videocall.web.pages import page as render_page
from videocall.web.posted import Posted, form
from videocall.web.preview import FIELDS_MAX, MEANWHILE, Preview, preview
from videocall.web.privacy import require_way
from videocall.web.series import from_here, see


async def make(
    request: web.Request,
    person: Person,
    book: Book,
    rule: Series,
    posted: Posted,
    values: Mapping[str, str],
) -> web.StreamResponse:
    """Show every date, or book what was chosen of them. Raises Invalid for a rule out of reach."""
    dates = await preview(request, person, rule, posted, book.client_zone)
    failed = dates.hindrance if posted.text("act") == "book" else ""
    if posted.text("act") == "book" and not failed:
        now = request.app[NOW]()
        require_way(request.app[SITE], wanted=book.address_privacy)
        series = new_series(book, dates.proposal.rule, now)
        try:
            await request.app[SERIES].book(
                series, person.id, now, address_privacy=book.address_privacy
            )
        except Conflict:
            failed = MEANWHILE
            dates = await preview(request, person, rule, posted, book.client_zone)
        else:
            return see(series.id, "booked")
    return render_page(
        request,
        "series/new.html",
        name="dates",
        status=Conflict.http_status if failed else 200,
        values=values,
        rule=rule,
        client_zone=book.client_zone,
        dates=dates,
        failed=failed,
    )


async def move_form(request: web.Request) -> web.Response:
    """Show the form for another day and time from one of them on."""
    person, course = await own_course(request)
    here = from_here(request, course, request.query.get("from", ""))[0]
    rule = here.series.rule
    start = wall_at(rule.usual(here.original).start_at, person.zone)
    values = {"start": f"{start:%Y-%m-%dT%H:%M}", "minutes": str(rule.minutes)}
    return _moving(request, course, here, values, {})


async def move(request: web.Request) -> web.StreamResponse:
    """Show every date as it would be, or move what was chosen of them."""
    person, course = await own_course(request)
    posted = await form(request, FIELDS_MAX)
    here = from_here(request, course, posted.text("from"))[0]
    fields = Fields(posted, person.zone)
    wanted = fields.move()
    if wanted is None:
        return _moving(request, course, here, fields.values, fields.wrong)
    try:
        dates = await _look(request, person, course, here, wanted, posted)
        failed = dates.hindrance if posted.text("act") == "move" else ""
        if posted.text("act") == "move" and not failed:
            try:
                changed = await request.app[SERIES].move(
                    here.series.id, here.original, dates.proposal.rule, person.id,
                    request.app[NOW](),
                )  # fmt: skip
            except Conflict:
                failed = MEANWHILE
                _, course = await own_course(request)
                dates = await _look(request, person, course, here, wanted, posted)
            else:
                tell_all(request.app[HUB], changed.touched)
                return see(changed.whole.series.id, "moved")
    except Invalid as error:
        fields.complain(error)
        return _moving(request, course, here, fields.values, fields.wrong)
    return _moving(request, course, here, fields.values, {}, dates, failed)


async def _look(
    request: web.Request,
    person: Person,
    course: Course,
    here: Place,
    wanted: Move,
    posted: Posted,
) -> Preview:
    """Return where this one and all after it would go. Raises Invalid and Conflict."""
    now = request.app[NOW]()
    to = wall_at(wanted.start_at, here.series.rule.zone)
    rule = course.rule_from(here.series.id, here.original, to, wanted.minutes, now)
    places = course.from_here(here.series.id, here.original, now)
    moving = {
        at: place.member
        for place, at in zip(places, rule.originals, strict=True)
        if place.member is not None and place.can_change(now)
    }
    if all(each.span == rule.usual(at) for at, each in moving.items()):
        raise Invalid("This is when they take place already.", code="start")
    return await preview(request, person, rule, posted, here.series.client_zone, moving)


def _moving(
    request: web.Request,
    course: Course,
    here: Place,
    values: Mapping[str, str],
    wrong: Mapping[str, str],
    dates: Preview | None = None,
    failed: str = "",
) -> web.Response:
    now = request.app[NOW]()
    places = course.from_here(here.series.id, here.original, now)
    return render_page(
        request,
        "series/move.html",
        name="dates",
        status=Conflict.http_status if failed else Invalid.http_status if wrong else 200,
        here=here,
        coming=[each.member for each in places if each.can_change(now)],
        values=values,
        wrong=wrong,
        client_zone=here.series.client_zone,
        dates=dates,
        failed=failed,
    )
