"""Appointments over the API: as on the pages, by the same functions."""

import secrets
from dataclasses import asdict
from datetime import timedelta
from typing import Final

import msgspec
from sqlite_utils import Database as Tables

from videocall.errors import Invalid
from videocall.ids import AppointmentId, PersonId
from videocall.scheduling.appointment import (
    Appointment,
    Book,
    Cancel,
    Command,
    Confirm,
    End,
    MarkNoShow,
    Move,
    Party,
    ReissueLink,
    SetAddressPrivacy,
)
from videocall.scheduling.hours import Rules
from videocall.store.appointments import Wanted, place_of
from videocall.web.api import paging, wire
from videocall.web.api.call import Call, Reply
from videocall.web.api.problems import PREFIX
from videocall.web.api.reading import at, instant, start
from videocall.web.api.showing import appointment as shown
from videocall.web.changes import change, tell, undo
from videocall.web.keys import APPOINTMENTS, BOOKINGS, HUB, OUTBOX, PLANS, SITE
from videocall.web.privacy import require_way

_ID_BYTES: Final = 16


class _Place(msgspec.Struct, frozen=True, array_like=True):
    start_ms: paging.Ms
    created_ms: paging.Ms
    id: paging.Part


async def list_appointments(call: Call, query: wire.AppointmentsAsked) -> Reply[wire.Appointments]:
    """Appointments within reach, by start."""
    therapist = call.integration.therapist
    if query.therapist is not None:
        asked = PersonId(query.therapist)
        if not call.integration.may_see(asked):
            return Reply(wire.Appointments(items=[], next=None))
        therapist = asked
    wanted = Wanted(
        therapist,
        query.state,
        instant(query.from_, "from") if query.from_ is not None else None,
        instant(query.until, "until") if query.until is not None else None,
    )
    place = paging.place(query.cursor, _Place)
    after = None if place is None else (place.start_ms, place.created_ms, place.id)
    rows = await call.app[APPOINTMENTS].page(wanted, after, query.limit + 1)
    page, following = paging.cut(rows, query.limit, place_of)
    return Reply(wire.Appointments(items=[shown(call, each) for each in page], next=following))


async def book_appointment(call: Call, body: wire.NewAppointment) -> Reply[wire.Appointment]:
    """Make an appointment; for a client it is one of the free slots."""
    therapist = await call.therapist_of(body.therapist)
    rules = (await call.app[PLANS].get(therapist.id)).rules
    by_client = body.by is Party.CLIENT
    if by_client and body.kind not in rules.kinds:
        raise Invalid("This kind is not offered.", code="kind")
    require_way(call.app[SITE], wanted=body.address_privacy)
    book = Book(
        id=AppointmentId(secrets.token_urlsafe(_ID_BYTES)),
        uid=secrets.token_hex(_ID_BYTES),
        therapist=therapist.id,
        client_name=body.client.name,
        client_email=body.client.email,
        client_zone=body.client.zone,
        client_phone=body.client.phone,
        client_language=body.client.language,
        start_at=start(body.start_at),
        minutes=body.minutes,
        kind=body.kind,
        by=body.by,
        tentative=by_client and rules.confirm,
        address_privacy=body.address_privacy,
    )

    def last(tables: Tables, made: Appointment) -> None:
        call.keep(tables, _created(call, made))

    take = call.app[BOOKINGS].book if by_client else call.app[APPOINTMENTS].book
    made = await take(book, call.now, by=call.integration.id, first=call.recall, last=last)
    await tell(call.app, book, made)
    return _created(call, made)


async def get_appointment(call: Call) -> Reply[wire.Appointment]:
    """One appointment."""
    return Reply(shown(call, await call.appointment()))


async def move_appointment(call: Call, body: wire.NewTime) -> Reply[wire.Appointment]:
    """Move it; the link stays the same. A client may within the notice, to a free slot."""
    start_at = start(body.start_at)
    if body.by is Party.THERAPIST:
        return await _change(call, Move(start_at, body.minutes, body.by, body.reason))
    appointment = await call.appointment()
    notice = _notice(await _rules(call, appointment))
    move = Move(start_at, body.minutes, body.by, body.reason, notice)
    after = await call.app[BOOKINGS].move(
        appointment,
        move,
        call.now,
        by=call.integration.id,
        first=lambda tables: _first(call, tables),
        last=lambda tables, moved: call.keep(tables, Reply(shown(call, moved))),
    )
    await tell(call.app, move, after)
    return Reply(shown(call, after))


async def cancel_appointment(call: Call, body: wire.Calling) -> Reply[wire.Appointment]:
    """Cancel it; a session that is going on ends. Declines what waits to be confirmed."""
    notice = timedelta()
    if body.by is Party.CLIENT:
        notice = _notice(await _rules(call, await call.appointment()))
    return await _change(call, Cancel(body.by, body.reason, notice))


async def confirm_appointment(call: Call) -> Reply[wire.Appointment]:
    """Confirm what a client asked for."""
    return await _change(call, Confirm())


async def end_appointment(call: Call) -> Reply[wire.Appointment]:
    """End the session for both."""
    return await _change(call, End())


async def mark_no_show(call: Call) -> Reply[wire.Appointment]:
    """Note that the client did not come; the room closes."""
    return await _change(call, MarkNoShow())


async def reissue_link(call: Call) -> Reply[wire.Appointment]:
    """Stop the old link at once, also for who is in the room with it, and make a new one."""
    return await _change(call, ReissueLink())


async def set_address_privacy(call: Call, body: wire.Privacy) -> Reply[wire.Appointment]:
    """Keep internet addresses private in its session, or no longer."""
    with at("/on"):
        require_way(call.app[SITE], wanted=body.on)
    return await _change(call, SetAddressPrivacy(body.on))


async def undo_appointment(call: Call, body: wire.Undoing) -> Reply[wire.Appointment]:
    """Put back what was changed last, within five minutes."""
    after = await undo(
        call.app,
        call.appointment_id,
        body.by,
        call.integration.id,
        call.now,
        first=lambda tables: _first(call, tables),
        last=lambda tables, undone: call.keep(tables, Reply(shown(call, undone))),
    )
    return Reply(shown(call, after))


async def get_live(call: Call) -> Reply[wire.Live]:
    """What goes on in the room just now."""
    appointment = await call.appointment()
    hub = call.app[HUB]
    people = hub.waiting_of(appointment.therapist).people
    waiting = sum(each.appointment == appointment.id for each in people)
    return Reply(wire.Live(waiting=waiting, live=hub.is_live(appointment.id)))


async def list_letters(call: Call) -> Reply[wire.Letters]:
    """The letters to the client: which, when, and whether each was sent."""
    appointment = await call.appointment()
    posted = await call.app[OUTBOX].of_appointment(appointment.id)
    return Reply(wire.Letters(items=[wire.Letter(**asdict(each)) for each in posted]))


async def _change(call: Call, command: Command) -> Reply[wire.Appointment]:
    after = await change(
        call.app,
        call.appointment_id,
        command,
        call.integration.id,
        call.now,
        first=lambda tables: _first(call, tables),
        last=lambda tables, changed: call.keep(tables, Reply(shown(call, changed))),
    )
    return Reply(shown(call, after))


def _first(call: Call, tables: Tables) -> None:
    """Refuse a change inside its transaction: one made before, of another's, of an old version."""
    call.recall(tables)
    row = call.app[APPOINTMENTS].find(tables, call.appointment_id)
    call.require_match(shown(call, call.within_reach(row)))


def _created(call: Call, made: Appointment) -> Reply[wire.Appointment]:
    place = {"Location": f"{PREFIX}/appointments/{made.id}"}
    return Reply(shown(call, made), 201, place)


async def _rules(call: Call, appointment: Appointment) -> Rules:
    return (await call.app[PLANS].get(appointment.therapist)).rules


def _notice(rules: Rules) -> timedelta:
    return timedelta(minutes=rules.change_notice_min)
