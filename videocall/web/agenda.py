"""A therapist's days: a fortnight at a time, the next one first."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from typing import Final
from zoneinfo import ZoneInfo

from aiohttp import web

from videocall.scheduling.appointment import Appointment, State
from videocall.web.guard import therapist
from videocall.web.keys import APPOINTMENTS, CALENDARS, HUB, KEYRING, NOW, OUTBOX, SITE
from videocall.web.offers import differ
from videocall.web.pages import page as render_page

_DAYS: Final = 14
_YEARS: Final = range(2000, 2200)


class Showing(StrEnum):
    """An appointment as its therapist sees it now."""

    TENTATIVE = "tentative"
    BOOKED = "booked"
    OPEN = "open"
    LIVE = "live"
    OVER = "over"
    DONE = "done"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the agenda."""

    appointment: Appointment
    showing: Showing
    link: str
    other_zone: str | None
    """The client's zone, where their clock differs from the therapist's at the start."""


async def page(request: web.Request) -> web.Response:
    """Show today and the coming days, or the fortnight from `?from=`."""
    person = await therapist(request)
    now = request.app[NOW]()
    today = now.astimezone(ZoneInfo(person.zone)).date()
    first = day_of(request.query.get("from", ""), today)
    from_at, until_at = (
        _midnight(first + timedelta(days=days), person.zone) for days in (0, _DAYS)
    )
    rows = request.app[APPOINTMENTS]
    appointments = await rows.of_therapist(person.id, from_at, until_at)
    asked = await rows.requests(person.id, now)
    others = await request.app[CALENDARS].of(person.id, now)
    return render_page(
        request,
        "agenda/page.html",
        name="agenda",
        asked=[entry(request, each, person.zone) for each in asked],
        days=_by_day([entry(request, each, person.zone) for each in appointments], person.zone),
        unsent=await request.app[OUTBOX].in_trouble(person.id, now),
        unread=[each.label for each in others if each.fails_long(now)],
        today=today,
        first=first,
        last=first + timedelta(days=_DAYS - 1),
        earlier=first - timedelta(days=_DAYS),
        later=first + timedelta(days=_DAYS),
    )


def entry(request: web.Request, appointment: Appointment, zone: str) -> Entry:
    """Return `appointment` as its therapist, whose zone is `zone`, sees it."""
    live = request.app[HUB].is_live(appointment.id)
    other = appointment.client_zone
    return Entry(
        appointment,
        showing(appointment, live, request),
        session_link(request, appointment),
        other if other and differ(appointment.start_at, zone, other) else None,
    )


def session_link(request: web.Request, appointment: Appointment) -> str:
    """Return the client's link; the same row always gives the same link."""
    token = request.app[KEYRING].session_link(appointment)
    return f"{request.app[SITE].public_url}/j#{token}"


def showing(appointment: Appointment, live: bool, request: web.Request) -> Showing:
    """Return the state of `appointment` in one word."""
    match appointment.state:
        case State.CANCELLED:
            return Showing.CANCELLED
        case State.ENDED:
            return Showing.DONE
        case State.NO_SHOW:
            return Showing.NO_SHOW
        case State.TENTATIVE:
            return Showing.TENTATIVE
        case State.BOOKED:
            if live:
                return Showing.LIVE
            now, rules = request.app[NOW](), request.app[SITE].door
            if now >= appointment.end_at + timedelta(minutes=rules.closes_after_min):
                return Showing.OVER
            if now >= appointment.start_at - timedelta(minutes=rules.opens_before_min):
                return Showing.OPEN
            return Showing.BOOKED


def _by_day(entries: Sequence[Entry], zone: str) -> list[tuple[datetime, list[Entry]]]:
    days: dict[date, list[Entry]] = {}
    for each in sorted(entries, key=lambda each: each.appointment.start_at):
        on = each.appointment.start_at.astimezone(ZoneInfo(zone)).date()
        days.setdefault(on, []).append(each)
    return [(_midnight(on, zone), of_day) for on, of_day in days.items()]


def day_of(text: str, otherwise: date) -> date:
    """Return the date of an address, or `otherwise` where it is none or out of reach."""
    try:
        on = date.fromisoformat(text)
    except ValueError:
        return otherwise
    return on if on.year in _YEARS else otherwise


def _midnight(on: date, zone: str) -> datetime:
    return datetime.combine(on, time(), ZoneInfo(zone)).astimezone(UTC)
