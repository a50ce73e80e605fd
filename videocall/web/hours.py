"""A therapist's hours: the week, exceptions, the rules of booking, and her booking page."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

from videocall.access.people import Person
from videocall.errors import Invalid, Text
from videocall.scheduling.appointment import Kind
from videocall.scheduling.hours import (
    EXCEPTIONS_MAX,
    NOTICE_MAX_MIN,
    DayException,
    Plan,
    Rules,
    Spans,
)
from videocall.scheduling.timespan import Timespan
from videocall.web.changes import tell_privacy
from videocall.web.guard import therapist
from videocall.web.keys import APPOINTMENTS, BOOKINGS, HUB, KEYRING, NOW, PEOPLE, PLANS, SITE
from videocall.web.pages import page as render_page
from videocall.web.posted import Posted, form
from videocall.web.privacy import ground, require_way, wanted
from videocall.web.spans import read_spans, write_spans

_HOUR_MIN: Final = 60
_DAY: Final = timedelta(days=1)
_RULES: Final = {
    "notice", "before", "after", "lengths", "step", "ahead", "most", "change", "kinds",
}  # fmt: skip
_BOXES: Final = ("confirm", *(f"kind-{kind}" for kind in Kind))
"""What is not sent where it is not ticked."""
_DIGITS_MAX: Final = 5
_MONDAY: Final = date(2024, 1, 1)


@dataclass(frozen=True, slots=True)
class Other:
    """Days in a row with the same exception."""

    first_on: date
    last_on: date
    hours: str
    extra: bool


async def page(request: web.Request) -> web.Response:
    """Show hours and rules as they are."""
    person = await therapist(request)
    plan = await request.app[PLANS].get(person.id)
    return await _page(request, person, plan, done=request.query.get("done", ""))


async def save(request: web.Request) -> web.StreamResponse:
    """Set the week and the rules, or show the form again with what is wrong."""
    person = await therapist(request)
    posted = await form(request)
    wrong: dict[str, str] = {}
    week = tuple(_read_day(posted, weekday, wrong) for weekday in range(7))
    rules = _read_rules(posted, wrong)
    if rules is None or wrong:
        plan = await request.app[PLANS].get(person.id)
        typed = dict.fromkeys(_BOXES, "") | posted.fields
        return await _page(request, person, plan, typed, wrong)
    await request.app[PLANS].set_hours(person.id, week, rules, request.app[NOW]())
    return _see("saved")


async def add_exception(request: web.Request) -> web.StreamResponse:
    """Set other hours, or none, on a date or on each of several days."""
    person = await therapist(request)
    posted = await form(request)
    wrong: dict[str, str] = {}
    try:
        await request.app[PLANS].add_exceptions(
            person.id, _read_exceptions(posted), request.app[NOW]()
        )
    except Invalid as error:
        wrong[error.code if error.code in ("first", "last") else "other"] = error.said
        plan = await request.app[PLANS].get(person.id)
        return await _page(request, person, plan, posted.fields, wrong)
    return _see("exception")


async def remove_exception(request: web.Request) -> web.StreamResponse:
    """Go back to the weekly hours."""
    person = await therapist(request)
    posted = await form(request)
    first_on, last_on = _read_date(posted, "first"), _read_date(posted, "last")
    await request.app[PLANS].remove_exceptions(person.id, first_on, last_on, request.app[NOW]())
    return _see("removed")


async def switch_on(request: web.Request) -> web.StreamResponse:
    """Let clients book by the private link there was, or by a first one."""
    return await _open(request, anew=False)


async def renew(request: web.Request) -> web.StreamResponse:
    """Make a new private link; the one before opens nothing from now on."""
    return await _open(request, anew=True)


async def switch_off(request: web.Request) -> web.StreamResponse:
    """Let no client book; the link comes back when it is switched on again."""
    person = await therapist(request)
    await request.app[PLANS].close_page(person.id, request.app[NOW]())
    return _see("off")


async def switch_privacy(request: web.Request) -> web.StreamResponse:
    """Keep her internet address private in every session, or no longer; open ones follow."""
    app = request.app
    person = await therapist(request)
    on = wanted(await form(request))
    require_way(app[SITE], wanted=on)
    await app[PEOPLE].set_address_privacy(person.id, on, app[NOW]())
    for each in app[HUB].open_of(person.id):
        appointment = await app[APPOINTMENTS].get(each)
        if appointment is not None:
            await tell_privacy(app, appointment)
    return _see("private" if on else "not-private")


async def _open(request: web.Request, *, anew: bool) -> web.StreamResponse:
    person = await therapist(request)
    before = await request.app[PLANS].page(person.id)
    generation = before.generation + 1 if anew else max(before.generation, 1)
    page_id = request.app[KEYRING].booking_page(person.id, generation)
    await request.app[PLANS].open_page(person.id, page_id, generation, request.app[NOW]())
    return _see("renewed" if anew else "on")


async def _page(
    request: web.Request,
    person: Person,
    plan: Plan,
    typed: Mapping[str, str] | None = None,
    wrong: Mapping[str, str] | None = None,
    *,
    done: str = "",
) -> web.Response:
    now = request.app[NOW]()
    booking_page = await request.app[PLANS].page(person.id)
    page_id = request.app[KEYRING].booking_page(person.id, booking_page.generation)
    ahead = Timespan(now, now + timedelta(days=plan.rules.ahead_days))
    shortest = plan.rules.lengths_min[0]
    free = await request.app[BOOKINGS].free(person.id, shortest, now, ahead)
    return render_page(
        request,
        "hours/page.html",
        name="hours",
        status=Invalid.http_status if wrong else 200,
        weekdays=[_MONDAY + weekday * _DAY for weekday in range(7)],
        values=_values(plan) | dict(typed or {}),
        wrong=wrong or {},
        others=_in_rows(plan, now.astimezone(ZoneInfo(person.zone)).date()),
        booking_page=booking_page,
        link=f"{request.app[SITE].public_url}/book/{page_id}",
        first_free=free[0].start_at if free else None,
        ground=ground(request.app[SITE], therapist_private=person.address_privacy),
        done=done,
    )


def _values(plan: Plan) -> dict[str, str]:
    rules = plan.rules
    week = {f"day-{day}": write_spans(spans) for day, spans in enumerate(plan.hours.week)}
    return week | {
        "notice": str(-(-rules.notice_min // _HOUR_MIN)),
        "before": str(rules.buffer_before_min),
        "after": str(rules.buffer_after_min),
        "lengths": ", ".join(map(str, rules.lengths_min)),
        "step": str(rules.step_min),
        "ahead": str(rules.ahead_days),
        "most": "" if rules.most_per_day is None else str(rules.most_per_day),
        "change": str(-(-rules.change_notice_min // _HOUR_MIN)),
        "confirm": "yes" if rules.confirm else "",
        **{f"kind-{kind}": "yes" if kind in rules.kinds else "" for kind in Kind},
        **dict.fromkeys(("first", "last", "other", "extra"), ""),
    }


def _in_rows(plan: Plan, today: date) -> list[Other]:
    rows: list[Other] = []
    coming = (each for each in plan.exceptions if each.on >= today)
    for each in sorted(coming, key=lambda each: (each.extra, each.on)):
        hours = write_spans(each.spans)
        last = rows[-1] if rows else None
        if last and (last.last_on + _DAY, last.hours, last.extra) == (each.on, hours, each.extra):
            rows[-1] = Other(last.first_on, each.on, hours, each.extra)
        else:
            rows.append(Other(each.on, each.on, hours, each.extra))
    return sorted(rows, key=lambda row: row.first_on)


def _read_day(posted: Posted, weekday: int, wrong: dict[str, str]) -> Spans:
    name = f"day-{weekday}"
    try:
        return read_spans(posted.text(name))
    except Invalid as error:
        wrong[name] = error.said
        return ()


def _read_rules(posted: Posted, wrong: dict[str, str]) -> Rules | None:
    def read(name: str, parse: Callable[[str], int] = _number) -> int:
        try:
            return parse(posted.text(name))
        except Invalid as error:
            wrong[name] = error.said
            return 0

    try:
        lengths = tuple(map(_number, posted.text("lengths").replace(";", ",").split(",")[:32]))
    except Invalid:
        wrong["lengths"] = Text("Please give minutes such as 50, or several such as 25, 50.")
        lengths = ()
    notice_h, before, after = read("notice"), read("before"), read("after")
    change_h = read("change")
    step, ahead = read("step"), read("ahead")
    most = read("most") if posted.text("most") else None
    if wrong:
        return None
    try:
        return Rules(
            notice_min=notice_h * _HOUR_MIN,
            buffer_before_min=before,
            buffer_after_min=after,
            lengths_min=lengths,
            step_min=step,
            ahead_days=ahead,
            most_per_day=most,
            kinds=tuple(kind for kind in Kind if posted.text(f"kind-{kind}")),
            confirm=bool(posted.text("confirm")),
            change_notice_min=change_h * _HOUR_MIN,
        )
    except Invalid as error:
        name = error.code if error.code in _RULES else "lengths"
        most_h = NOTICE_MAX_MIN // _HOUR_MIN
        hours = Text("Please choose from %(least)s to %(most)s.", least=0, most=most_h)
        wrong[name] = hours if name in ("notice", "change") else error.said
        return None


def _read_exceptions(posted: Posted) -> list[DayException]:
    first_on = _read_date(posted, "first")
    last_on = _read_date(posted, "last") if posted.text("last") else first_on
    if last_on < first_on:
        raise Invalid("The last day is before the first.", code="last")
    count = (last_on - first_on).days + 1
    if count > EXCEPTIONS_MAX:
        raise Invalid("These are too many days at once.", code="last")
    spans, extra = read_spans(posted.text("other")), posted.text("extra") == "yes"
    if extra and not spans:
        raise Invalid("Please give the hours that come in addition.", code="hours")
    return [DayException(first_on + number * _DAY, spans, extra=extra) for number in range(count)]


def _read_date(posted: Posted, name: str) -> date:
    try:
        on = date.fromisoformat(posted.text(name))
    except ValueError as error:
        raise Invalid("Please give a date.", code=name) from error
    if on.year not in range(2000, 2199):
        raise Invalid("This date is out of reach.", code=name)
    return on


def _number(text: str) -> int:
    text = text.strip()
    if not text.isascii() or not text.isdigit() or len(text) > _DIGITS_MAX:
        raise Invalid("Please give a whole number.")
    return int(text)


def _see(done: str) -> web.Response:
    return web.Response(status=303, headers={"Location": f"/hours?done={done}"})
