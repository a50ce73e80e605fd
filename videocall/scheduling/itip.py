"""An appointment as calendars exchange it: iCalendar (RFC 5545), iTIP (RFC 5546).

One `uid` for the life of an appointment. A move is a REQUEST with a higher SEQUENCE, a new link one
with the same SEQUENCE and a later DTSTAMP; the end of it all is a CANCEL. All times are UTC: one
appointment is one instant, and every calendar shows it in its owner's zone. One of a series has the
uid of the series in letters, and is told apart by its RECURRENCE-ID, its wall time in the rule.

Nothing here holds the client's name: it is the therapist's own note, and calendars are shared.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from icalendar import Alarm, Calendar, Event, Timezone, vCalAddress, vDuration, vText

from videocall.scheduling.appointment import Appointment, State
from videocall.scheduling.booked_series import BookedSeries
from videocall.scheduling.vtimezone import vtimezone
from videocall.scheduling.zones import zone

PRODUCT: Final = "-//videocall//appointments//EN"
ALARM_MIN: Final = 10
REFRESH: Final = timedelta(minutes=15)
"""How often a subscriber is asked to look again (RFC 7986 section 5.7)."""
_SHOWN: Final = frozenset({State.BOOKED, State.ENDED, State.NO_SHOW})


class Method(StrEnum):
    """RFC 5546 section 1.4."""

    REQUEST = "REQUEST"
    CANCEL = "CANCEL"
    PUBLISH = "PUBLISH"


@dataclass(frozen=True, slots=True)
class Mailbox:
    """A name to show and an e-mail address; both may be empty."""

    name: str
    email: str


@dataclass(frozen=True, slots=True)
class Card:
    """The words on a calendar entry, in its reader's language, and the address they lead to."""

    summary: str
    link: str
    description: str = ""


def request(
    appointment: Appointment,
    card: Card,
    organizer: Mailbox,
    attendee: str,
    at: datetime,
    series: BookedSeries | None = None,
) -> bytes:
    """Return the invitation, or the update, of an appointment (RFC 5546 section 3.2.2)."""
    event = invited(one(appointment, card, organizer, at, series), attendee, card.summary)
    return calendar(Method.REQUEST, [event], timezones=_timezones(appointment, series))


def cancel(
    appointment: Appointment,
    card: Card,
    organizer: Mailbox,
    attendee: str,
    at: datetime,
    series: BookedSeries | None = None,
) -> bytes:
    """Return what takes an appointment out of a calendar (RFC 5546 section 3.2.5)."""
    event = called_off(one(appointment, card, organizer, at, series), attendee)
    return calendar(Method.CANCEL, [event], timezones=_timezones(appointment, series))


def publish(
    entries: Iterable[tuple[Appointment, Card]], organizer: Mailbox, calendar_name: str
) -> bytes:
    """Return a therapist's appointments for a calendar that subscribes (RFC 5546 section 3.2.1).

    What is cancelled is left out, so that it goes from the subscriber's calendar too. The same
    appointments always give the same bytes.
    """
    events = []
    for appointment, card in entries:
        if appointment.state in _SHOWN:
            event = one(appointment, card, organizer, appointment.changed_at)
            event.add("status", "CONFIRMED")
            events.append(event)
    return calendar(Method.PUBLISH, events, calendar_name)


def one(
    appointment: Appointment,
    card: Card,
    organizer: Mailbox,
    at: datetime,
    series: BookedSeries | None = None,
) -> Event:
    """Return the event of one appointment, by itself or in its place in a series."""
    uid = appointment.uid if series is None else series.uid
    event = begin(uid, appointment.sequence, card, organizer, at)
    if series is not None and appointment.original is not None:
        place = appointment.original.replace(tzinfo=zone(series.rule.zone))
        event.add("recurrence-id", place)
    event.add("dtstart", _whole(appointment.start_at))
    event.add("dtend", _whole(appointment.end_at))
    return event


def begin(uid: str, sequence: int, card: Card, organizer: Mailbox, at: datetime) -> Event:
    """Return an event that has everything but its time."""
    event = Event()
    event.add("uid", uid)
    event.add("sequence", sequence)
    event.add("dtstamp", _whole(at))
    event.add("summary", card.summary)
    if card.link:
        event.add("location", card.link)
        event.add("url", card.link)
    if card.description:
        event.add("description", card.description)
    event.add("organizer", _address(organizer))
    event.add("class", "PRIVATE")
    event.add("transp", "OPAQUE")
    return event


def invited(event: Event, attendee: str, summary: str) -> Event:
    """Complete the event of a REQUEST."""
    event.add("attendee", _attendee(attendee))
    event.add("status", "CONFIRMED")
    event.add_component(_alarm(summary))
    return event


def called_off(event: Event, attendee: str) -> Event:
    """Complete the event of a CANCEL."""
    event.add("attendee", _attendee(attendee))
    event.add("status", "CANCELLED")
    return event


def calendar(
    method: Method, events: Iterable[Event], name: str = "", timezones: Iterable[Timezone] = ()
) -> bytes:
    """Return the text of a calendar; `name` is for those who subscribe to it."""
    whole = Calendar()
    whole.add("prodid", PRODUCT)
    whole.add("version", "2.0")
    whole.add("method", method.value)
    if name:
        whole.add("name", name)
        whole.add("x-wr-calname", name)
        whole.add("refresh-interval", vDuration(REFRESH), parameters={"VALUE": "DURATION"})
        whole.add("x-published-ttl", vDuration(REFRESH))
    for component in (*timezones, *events):
        whole.add_component(component)
    written: bytes = whole.to_ical()
    return written


def _timezones(appointment: Appointment, series: BookedSeries | None) -> list[Timezone]:
    """Return the zone in which one of a series has its place."""
    if series is None or appointment.original is None:
        return []
    return [vtimezone(series.rule.zone, [appointment.original])]


def _alarm(summary: str) -> Alarm:
    alarm = Alarm()
    alarm.add("action", "DISPLAY")
    alarm.add("trigger", -timedelta(minutes=ALARM_MIN))
    alarm.add("description", summary)
    return alarm


def _attendee(email: str) -> vCalAddress:
    """Return the client's calendar address; answers are not read, so none is asked for."""
    address = _address(Mailbox("", email))
    address.params["ROLE"] = vText("REQ-PARTICIPANT")
    address.params["PARTSTAT"] = vText("NEEDS-ACTION")
    address.params["RSVP"] = vText("FALSE")
    return address


def _address(mailbox: Mailbox) -> vCalAddress:
    # A PUBLISH names an organizer (RFC 5546 section 3.2.1), even one nobody can write to.
    address = vCalAddress(f"mailto:{mailbox.email}" if mailbox.email else "invalid:nomail")
    if mailbox.name:
        # RFC 5545 section 3.2 has no way to write a quotation mark in a parameter.
        address.params["CN"] = vText(mailbox.name.replace('"', "'"))
    return address


def _whole(at: datetime) -> datetime:
    """Return an instant as iCalendar writes it: UTC, in whole seconds."""
    return at.replace(microsecond=0)
