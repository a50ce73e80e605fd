"""What other programs read in our calendar entries is what our pages show."""

import json
import subprocess
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import icalendar
import recurring_ical_events
import vobject
from hypothesis import given, settings
from hypothesis import strategies as st

from videocall.ids import AppointmentId, PersonId
from videocall.scheduling.appointment import (
    Appointment,
    Book,
    Cancel,
    Command,
    Kind,
    MarkNoShow,
    Move,
    ReissueLink,
    decide,
)
from videocall.scheduling.itip import Card, Mailbox, cancel, publish, request

NOON: Final = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)
HOUR: Final = timedelta(hours=1)
OFFICE: Final = Mailbox('Dr. "Sam" Rivera; Über, & Söhne', "office@example.org")
CLIENT: Final = "heron@example.com"
LINK: Final = "https://sessions.example.org/j#" + "eyJhbGciOiJIUzI1NiJ9." * 12
CARD: Final = Card(
    "Appointment", LINK, "Your room; opens 15 minutes before,\nby this link: " + LINK
)

_READ: Final = """
const ICAL = (await import(process.argv[1])).default;
let text = ""; for await (const part of process.stdin) text += part;
const calendar = new ICAL.Component(ICAL.parse(text));
console.log(JSON.stringify({
  method: calendar.getFirstPropertyValue("method"),
  events: calendar.getAllSubcomponents("vevent").map((component) => {
    const event = new ICAL.Event(component);
    const alarm = component.getFirstSubcomponent("valarm");
    return {
      uid: event.uid, sequence: event.sequence, summary: event.summary, location: event.location,
      start: event.startDate.toJSDate().getTime(), end: event.endDate.toJSDate().getTime(),
      organizer: event.organizer, attendees: event.attendees.map((each) => each.getFirstValue()),
      description: event.description, status: component.getFirstPropertyValue("status"),
      alarm_s: alarm && alarm.getFirstPropertyValue("trigger").toSeconds(),
    };
  }),
}));
"""


def booked(start_at: datetime = NOON + 2 * HOUR, minutes: int = 50) -> Appointment:
    book = Book(
        AppointmentId("appointment-id"), "0b5ad7f6c2", PersonId("rivera"), "Blue Heron", CLIENT,
        "America/New_York", start_at, minutes, Kind.VIDEO,
    )  # fmt: skip
    return decide(None, book, NOON)


def event_in(text: bytes) -> Any:
    events = icalendar.Calendar.from_ical(text).walk("VEVENT")
    assert len(events) == 1
    return events[0]


def test_an_invitation_tells_the_time_the_link_and_who_invites() -> None:
    appointment = booked()
    text = request(appointment, CARD, OFFICE, CLIENT, NOON)
    calendar, event = icalendar.Calendar.from_ical(text), event_in(text)
    assert calendar["METHOD"] == "REQUEST"
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (appointment.start_at, appointment.end_at)
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == (appointment.uid, 0, "CONFIRMED")
    assert event["SUMMARY"] == "Appointment"
    assert event["LOCATION"] == event["URL"] == LINK
    assert event["DTSTAMP"].dt == NOON
    assert event["ORGANIZER"] == "mailto:office@example.org"
    assert event["ORGANIZER"].params["CN"] == "Dr. 'Sam' Rivera; Über, & Söhne"
    assert event["ATTENDEE"] == f"mailto:{CLIENT}"
    assert event["ATTENDEE"].params["RSVP"] == "FALSE"
    alarm = event.walk("VALARM")[0]
    assert alarm["TRIGGER"].dt == timedelta(minutes=-10)


def test_nothing_in_a_calendar_names_the_client_or_the_kind_of_meeting() -> None:
    appointment = booked()
    for text in (
        request(appointment, CARD, OFFICE, CLIENT, NOON),
        cancel(appointment, CARD, OFFICE, CLIENT, NOON),
        publish([(appointment, CARD)], OFFICE, "Appointments"),
    ):
        unfolded = text.replace(b"\r\n ", b"").lower()
        for word in (b"heron\r", b"blue", b"therap", b"video"):
            assert word not in unfolded.replace(b"-//videocall//appointments//en", b"")


def test_a_move_keeps_the_uid_and_raises_the_sequence() -> None:
    before = booked()
    after = decide(before, Move(NOON + 5 * HOUR, 30), NOON + HOUR)
    again = decide(after, Move(NOON + 6 * HOUR, 30), NOON + HOUR)
    events = [
        event_in(request(each, CARD, OFFICE, CLIENT, NOON)) for each in (before, after, again)
    ]
    assert {event["UID"] for event in events} == {before.uid}
    assert [event["SEQUENCE"] for event in events] == [0, 1, 2]
    assert events[1]["DTSTART"].dt == NOON + 5 * HOUR


def test_a_new_link_keeps_the_sequence_and_is_newer() -> None:
    before = booked()
    after = decide(before, ReissueLink(), NOON + HOUR)
    old, new = (
        event_in(request(each, CARD, OFFICE, CLIENT, each.changed_at)) for each in (before, after)
    )
    assert old["SEQUENCE"] == new["SEQUENCE"]
    assert old["DTSTAMP"].dt < new["DTSTAMP"].dt


def test_a_cancellation_outranks_every_request_and_rings_no_alarm() -> None:
    moved = decide(booked(), Move(NOON + 5 * HOUR, 30), NOON)
    text = cancel(decide(moved, Cancel(), NOON), CARD, OFFICE, CLIENT, NOON)
    event = event_in(text)
    assert icalendar.Calendar.from_ical(text)["METHOD"] == "CANCEL"
    assert (event["STATUS"], event["SEQUENCE"], event["UID"]) == ("CANCELLED", 2, moved.uid)
    assert event.walk("VALARM") == []


def test_a_subscriber_sees_what_stands_and_no_longer_what_is_cancelled() -> None:
    commands: tuple[Command | None, ...] = (None, Move(NOON + 8 * HOUR, 25), Cancel())
    entries = []
    for number, command in enumerate(commands):
        one = replace(booked(NOON + (number + 1) * HOUR), uid=f"uid-{number}")
        entries.append((one if command is None else decide(one, command, NOON), CARD))
    missed = decide(replace(booked(), uid="uid-3"), MarkNoShow(), NOON + 3 * HOUR)
    text = publish([*entries, (missed, CARD)], OFFICE, "Appointments")
    calendar = icalendar.Calendar.from_ical(text)
    assert calendar["METHOD"] == "PUBLISH"
    assert calendar["X-WR-CALNAME"] == "Appointments"
    assert [event["UID"] for event in calendar.walk("VEVENT")] == ["uid-0", "uid-1", "uid-3"]
    assert all("ATTENDEE" not in event for event in calendar.walk("VEVENT"))
    assert text == publish([*entries, (missed, CARD)], OFFICE, "Appointments")


def test_an_empty_calendar_is_still_a_calendar() -> None:
    text = publish([], OFFICE, "Appointments")
    assert icalendar.Calendar.from_ical(text).walk("VEVENT") == []


@given(
    minute=st.integers(0, 600 * 24 * 60),
    minutes=st.integers(5, 480),
    words=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=120),
)
@settings(max_examples=60, deadline=None)
def test_three_programs_read_the_instants_and_the_words_that_we_show(
    minute: int, minutes: int, words: str
) -> None:
    appointment = booked(NOON + timedelta(minutes=minute), minutes)
    card = Card("Appointment", LINK, f"x {words}\nThe room: {LINK}")
    text = request(appointment, card, OFFICE, CLIENT, NOON)
    assert all(len(line) <= 75 for line in text.split(b"\r\n"))

    event = event_in(text)
    assert (event["DTSTART"].dt, event["DTEND"].dt) == (appointment.start_at, appointment.end_at)
    assert event["DESCRIPTION"] == card.description

    around = appointment.start_at - HOUR, appointment.end_at + HOUR
    shown = recurring_ical_events.of(icalendar.Calendar.from_ical(text)).between(*around)
    assert [each["DTSTART"].dt for each in shown] == [appointment.start_at]

    read = vobject.readOne(text.decode()).vevent
    assert (read.dtstart.value, read.dtend.value) == (appointment.start_at, appointment.end_at)
    assert (read.uid.value, read.location.value) == (appointment.uid, LINK)
    assert read.summary.value == "Appointment"


def test_ical_js_reads_what_we_show(ical_js: Path) -> None:
    appointment = decide(booked(), Move(NOON + 5 * HOUR, 30), NOON)
    for text, method, status, alarm_s in (
        (request(appointment, CARD, OFFICE, CLIENT, NOON), "REQUEST", "CONFIRMED", -600),
        (cancel(appointment, CARD, OFFICE, CLIENT, NOON), "CANCEL", "CANCELLED", None),
    ):
        answer = subprocess.run(
            ["node", "--input-type=module", "-e", _READ, ical_js.as_uri()],
            input=text, capture_output=True, check=True, timeout=60,
        )  # fmt: skip
        read = json.loads(answer.stdout)
        assert read["method"] == method
        assert read["events"] == [
            {
                "uid": appointment.uid,
                "sequence": 1,
                "summary": "Appointment",
                "location": LINK,
                "start": appointment.start_at.timestamp() * 1000,
                "end": appointment.end_at.timestamp() * 1000,
                "organizer": "mailto:office@example.org",
                "attendees": [f"mailto:{CLIENT}"],
                "description": CARD.description,
                "status": status,
                "alarm_s": alarm_s,
            }
        ]
