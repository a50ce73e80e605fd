"""Therapists over the API: their hours, exceptions, rules and free times."""

from datetime import date, timedelta
from typing import Final

import msgspec

from videocall.access.people import Person
from videocall.errors import Invalid
from videocall.scheduling import hours
from videocall.scheduling.timespan import Timespan
from videocall.store.instants import from_ms, to_ms
from videocall.web.api import paging, wire
from videocall.web.api.call import Call, Reply
from videocall.web.api.reading import at, instant
from videocall.web.keys import BOOKINGS, KEYRING, PEOPLE, PLANS, SITE

_SECOND: Final = timedelta(seconds=1)
_RULES: Final = {
    "notice": "/rules/notice_min",
    "before": "/rules/buffer_before_min",
    "after": "/rules/buffer_after_min",
    "lengths": "/rules/lengths_min",
    "step": "/rules/step_min",
    "ahead": "/rules/ahead_days",
    "most": "/rules/most_per_day",
    "kinds": "/rules/kinds",
    "change": "/rules/change_notice_min",
}
_DAYS: Final = tuple(field.name for field in msgspec.structs.fields(wire.Week))


class _PersonPlace(msgspec.Struct, frozen=True, array_like=True, order=True):
    made_ms: paging.Ms
    id: paging.Part


class _DayPlace(msgspec.Struct, frozen=True, array_like=True, order=True):
    on: date
    extra: bool


class _SlotPlace(msgspec.Struct, frozen=True, array_like=True):
    start_ms: paging.Ms


async def list_therapists(call: Call, query: wire.PageAsked) -> Reply[wire.Therapists]:
    """Therapists within reach, the longest in the practice first."""
    after = paging.place(query.cursor, _PersonPlace)
    people = [
        each
        for each in await call.app[PEOPLE].therapists()
        if call.sees(each) and (after is None or _person_place(each) > after)
    ]
    page, following = paging.cut(people, query.limit, _person_place)
    items = [wire.Therapist(id=each.id, name=each.name, zone=each.zone) for each in page]
    return Reply(wire.Therapists(items=items, next=following))


async def get_therapist(call: Call) -> Reply[wire.Therapist]:
    """One therapist."""
    person = await call.therapist()
    return Reply(wire.Therapist(id=person.id, name=person.name, zone=person.zone))


async def get_plan(call: Call) -> Reply[wire.Plan]:
    """Weekly hours and rules."""
    person = await call.therapist()
    return Reply(_shown(await call.app[PLANS].get(person.id)))


async def put_plan(call: Call, body: wire.NewPlan) -> Reply[wire.Plan]:
    """Set weekly hours and rules."""
    person = await call.therapist()
    week = tuple(_spans(getattr(body.week, day), f"/week/{day}") for day in _DAYS)
    await call.app[PLANS].set_hours(
        person.id, week, _rules(body.rules), call.now, by=call.integration.id
    )
    return Reply(_shown(await call.app[PLANS].get(person.id)))


async def get_booking_page(call: Call) -> Reply[wire.BookingPage]:
    """Whether clients can book by themselves, and by which private link."""
    return Reply(await _booking_page(call, await call.therapist()))


async def put_booking_page(call: Call, body: wire.NewBookingPage) -> Reply[wire.BookingPage]:
    """Let clients book by themselves, or not; the link stays the same."""
    person = await call.therapist()
    plans, by = call.app[PLANS], call.integration.id
    if body.on:
        generation = max((await plans.page(person.id)).generation, 1)
        page_id = call.app[KEYRING].booking_page(person.id, generation)
        await plans.open_page(person.id, page_id, generation, call.now, by=by)
    else:
        await plans.close_page(person.id, call.now, by=by)
    return Reply(await _booking_page(call, person))


async def list_exceptions(call: Call, query: wire.PageAsked) -> Reply[wire.Days]:
    """Exceptions to the weekly hours, by date."""
    person = await call.therapist()
    after = paging.place(query.cursor, _DayPlace)
    plan = await call.app[PLANS].get(person.id)
    left = [each for each in plan.exceptions if after is None or _day_place(each) > after]
    page, following = paging.cut(left, query.limit, _day_place)
    return Reply(wire.Days(items=[_day(each) for each in page], next=following))


async def put_exception(call: Call, body: wire.NewDay) -> Reply[wire.Day]:
    """Set other hours on a date, in the place of those set there before, or beside them."""
    person = await call.therapist()
    day = hours.DayException(_date(call), _spans(body.spans, "/spans"), extra=body.extra)
    await call.app[PLANS].add_exceptions(person.id, [day], call.now, by=call.integration.id)
    return Reply(_day(day))


async def delete_exceptions(call: Call) -> Reply[None]:
    """Go back to the weekly hours on a date."""
    person, on = await call.therapist(), _date(call)
    await call.app[PLANS].remove_exceptions(person.id, on, on, call.now, by=call.integration.id)
    return Reply(None, 204)


async def list_slots(call: Call, query: wire.SlotsAsked) -> Reply[wire.Slots]:
    """Free times that clients can book, by the rules."""
    person = await call.therapist()
    plan = await call.app[PLANS].get(person.id)
    rules = plan.rules
    minutes = query.minutes or rules.lengths_min[0]
    if minutes not in rules.lengths_min:
        raise Invalid("This length is not offered.", code="minutes")
    from_at, until_at = call.now, call.now + timedelta(days=rules.ahead_days)
    if query.from_ is not None:
        from_at = max(from_at, instant(query.from_, "from"))
    if query.until is not None:
        until_at = min(until_at, instant(query.until, "until"))
    after = paging.place(query.cursor, _SlotPlace)
    if after is not None:
        from_at = max(from_at, from_ms(after.start_ms) + _SECOND)
    free: list[Timespan] = []
    if from_at < until_at:
        span = Timespan(from_at, until_at)
        free = await call.app[BOOKINGS].free(person.id, minutes, call.now, span)
    page, following = paging.cut(free, query.limit, lambda slot: _SlotPlace(to_ms(slot.start_at)))
    items = [wire.Slot(start_at=slot.start_at, end_at=slot.end_at) for slot in page]
    return Reply(wire.Slots(zone=plan.hours.zone, minutes=minutes, items=items, next=following))


async def _booking_page(call: Call, person: Person) -> wire.BookingPage:
    page = await call.app[PLANS].page(person.id)
    page_id = call.app[KEYRING].booking_page(person.id, page.generation)
    link = f"{call.app[SITE].public_url}/book/{page_id}"
    return wire.BookingPage(on=page.on, link=link if page.on else None)


def _shown(plan: hours.Plan) -> wire.Plan:
    week = dict(zip(_DAYS, map(_wire_spans, plan.hours.week), strict=True))
    rules = {name: getattr(plan.rules, name) for name in wire.Rules.__struct_fields__}
    return wire.Plan(
        zone=plan.hours.zone,
        week=wire.Week(**week),
        rules=msgspec.convert(rules, wire.Rules),
    )


def _day(each: hours.DayException) -> wire.Day:
    return wire.Day(on=each.on, spans=_wire_spans(each.spans), extra=each.extra)


def _person_place(person: Person) -> _PersonPlace:
    return _PersonPlace(to_ms(person.created_at), person.id)


def _day_place(each: hours.DayException) -> _DayPlace:
    return _DayPlace(each.on, each.extra)


def _spans(spans: list[wire.Span], pointer: str) -> hours.Spans:
    with at(pointer):
        return hours.tidy(hours.WallSpan(each.start_min, each.end_min) for each in spans)


def _wire_spans(spans: hours.Spans) -> list[wire.Span]:
    return [wire.Span(start_min=each.start_min, end_min=each.end_min) for each in spans]


def _rules(rules: wire.Rules) -> hours.Rules:
    values = msgspec.structs.asdict(rules)
    with at("/rules", _RULES):
        return hours.Rules(
            **values | {"lengths_min": tuple(rules.lengths_min), "kinds": tuple(rules.kinds)}
        )


def _date(call: Call) -> date:
    try:
        return date.fromisoformat(call.request.match_info["on"])
    except ValueError as error:
        raise Invalid("Please give a date such as 2026-12-24.", code="on") from error
