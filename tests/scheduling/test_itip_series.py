"""What other programs compute from a series that we mail is what our pages show."""

import io
import json
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import icalendar
import pytest
import recurring_ical_events
import vobject
from dateutil.tz import tzical
from hypothesis import example, given, settings
from hypothesis import strategies as st
from vobject.icalendar import registerTzid

from tests.scheduling.clock_changes import SKIPPED_DAY, ZONES, changes, every_change
from videocall.ids import LinkId, PersonId, SeriesId
from videocall.scheduling.appointment import Appointment, Cancel, Kind, Move, State, decide
from videocall.scheduling.booked_series import BookedSeries, Whole, bookings
from videocall.scheduling.course import Course
from videocall.scheduling.itip import Card, Mailbox, cancel, request
from videocall.scheduling.itip_series import cancel_series, request_series
from videocall.scheduling.series import Series
from videocall.scheduling.vtimezone import vtimezone

Shown = set[tuple[datetime, datetime]]
TEN: Final = datetime.fromisoformat("2026-11-23T10:00")
WEEK, DAY, HOUR = timedelta(weeks=1), timedelta(days=1), timedelta(hours=1)
OFFICE: Final = Mailbox("Willow House", "office@example.org")
CLIENT: Final = "heron@example.com"
CARD: Final = Card("Appointment", "https://sessions.example.org/j#eyJh", "The room")

READABLE: Final = [each for each in every_change() if each != SKIPPED_DAY]
"""dateutil cannot read a time zone that steps by a whole day."""

_EXPAND: Final = """
const ICAL = (await import(process.argv[1])).default;
let text = ""; for await (const part of process.stdin) text += part;
const shown = JSON.parse(text).map((each) => {
  ICAL.TimezoneService.reset();
  const calendar = new ICAL.Component(ICAL.parse(each));
  for (const zone of calendar.getAllSubcomponents("vtimezone")) ICAL.TimezoneService.register(zone);
  const events = calendar.getAllSubcomponents("vevent").map((one) => new ICAL.Event(one));
  const whole = events.find((one) => !one.isRecurrenceException());
  for (const one of events) if (one !== whole) whole.relateException(one);
  const found = [], iterator = whole.iterator();
  for (let at = iterator.next(); at; at = iterator.next()) {
    const { startDate, endDate } = whole.getOccurrenceDetails(at);
    found.push([startDate.toUnixTime(), endDate.toUnixTime()]);
  }
  return found;
});
console.log(JSON.stringify(shown));
"""


@dataclass
class Booked:
    """A series with its appointments, changed as the store changes them."""

    series: BookedSeries
    members: list[Appointment]
    now: datetime

    @property
    def text(self) -> bytes:
        return request_series(self.series, self.members, CARD, OFFICE, CLIENT, self.now)

    @property
    def shown(self) -> Shown:
        """Return the spans that our pages show."""
        return {(each.start_at, each.end_at) for each in self.members if each.state is State.BOOKED}

    def change(self, number: int, command: Move | Cancel) -> Appointment:
        changed = decide(self.members[number], command, self.now)
        self.members[number] = changed
        return changed

    def move_from(self, number: int, shift: timedelta) -> "Booked":
        """Move this one and all after it; return what goes on, and keep what is left."""
        original = self.members[number].original
        assert original is not None
        course = Course([Whole(self.series, self.members)])
        after = course.rule_from(self.series.id, original, original + shift, 25, self.now)
        change = course.move(self.series.id, original, after, self.now)
        moved = [
            replace(
                decide(step.member, step.command, self.now),
                series=step.series, original=step.original, sequence=course.next_sequence,
            )
            for step in change.steps
        ]  # fmt: skip
        moved += [
            replace(each.member, series=each.series, original=each.original)
            for each in change.followers
        ]
        gone = {each.id for each in moved}
        rows = {each.id: each for each in (*change.kept, *change.gone)}
        if change.series != self.series.id:
            self.series = rows[self.series.id]
        self.members = [each for each in self.members if each.id not in gone]
        return Booked(rows[change.series], moved, self.now)

    def end(self, number: int) -> None:
        original = self.members[number].original
        assert original is not None
        rule = self.series.rule.end(original)
        for each in range(number, len(self.members)):
            if self.members[each].state is State.BOOKED:
                self.change(each, Cancel())
        self.series = replace(self.series, rule=rule or self.series.rule, sequence=3)


def book(rule: Series) -> Booked:
    now = rule.first.replace(tzinfo=UTC) - 2 * DAY
    series = BookedSeries(
        SeriesId("series"), "series-uid", PersonId("rivera"), LinkId("link"), "Blue Heron", CLIENT,
        None, "America/New_York", "", Kind.VIDEO, rule, 0, now, now,
    )  # fmt: skip
    members = [
        replace(decide(None, each, now), series=series.id, original=each.original)
        for each in bookings(series)
    ]
    return Booked(series, members, now)


def weekly(count: int = 5, zone: str = "Europe/Berlin") -> Booked:
    return book(Series(TEN, zone, 50, count=count))


def events(text: bytes) -> list[Any]:
    return list(icalendar.Calendar.from_ical(text).walk("VEVENT"))


# ---- how three programs read it ------------------------------------------------------------------


def by_recurring_ical_events(text: bytes) -> Shown:
    calendar: Any = icalendar.Calendar.from_ical(text)
    found = recurring_ical_events.of(calendar).all()
    return {
        (each["DTSTART"].dt.astimezone(UTC), each["DTEND"].dt.astimezone(UTC)) for each in found
    }


def by_vobject(text: bytes) -> Shown:
    """Read by vobject and dateutil, in the time zone that the text itself describes."""
    described = icalendar.Calendar.from_ical(text).walk("VTIMEZONE")[0]
    unfolded = described.to_ical().decode().replace("\r\n ", "")
    registerTzid(str(described["TZID"]), tzical(io.StringIO(unfolded)).get())
    whole, *apart = vobject.readOne(text.decode()).vevent_list
    places = {each.recurrence_id.value.replace(tzinfo=None) for each in apart}
    usual = (at for at in whole.getrruleset() if at.replace(tzinfo=None) not in places)
    lasts = whole.duration.value
    return {(at.astimezone(UTC), at.astimezone(UTC) + lasts) for at in usual} | {
        (each.dtstart.value.astimezone(UTC), each.dtend.value.astimezone(UTC)) for each in apart
    }


def by_ical_js(ical_js: Path, texts: list[bytes]) -> list[Shown]:
    answer = subprocess.run(
        ["node", "--input-type=module", "-e", _EXPAND, ical_js.as_uri()],
        input=json.dumps([text.decode() for text in texts]).encode(), capture_output=True,
        check=True, timeout=120,
    )  # fmt: skip
    return [
        {(datetime.fromtimestamp(start, UTC), datetime.fromtimestamp(end, UTC))
         for start, end in found}
        for found in json.loads(answer.stdout)
    ]  # fmt: skip


# ---- what is written -----------------------------------------------------------------------------


def test_a_series_is_one_event_that_repeats_on_the_wall_clock() -> None:
    booked = weekly()
    calendar: Any = icalendar.Calendar.from_ical(booked.text)
    (event,) = calendar.walk("VEVENT")
    assert calendar["METHOD"] == "REQUEST"
    assert calendar.walk("VTIMEZONE")[0]["TZID"] == "Europe/Berlin"
    assert b"DTSTART;TZID=Europe/Berlin:20261123T100000\r\n" in booked.text
    assert b"RRULE:FREQ=WEEKLY;UNTIL=20261221T225959Z\r\n" in booked.text
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == ("series-uid", 0, "CONFIRMED")
    assert event["DURATION"].dt == timedelta(minutes=50)
    assert event["SUMMARY"] == "Appointment"
    assert event["ATTENDEE"] == f"mailto:{CLIENT}"
    assert event.walk("VALARM")[0]["TRIGGER"].dt == timedelta(minutes=-10)
    assert b"Heron\r" not in booked.text.replace(b"\r\n ", b"")


def test_what_is_left_out_and_what_was_moved_by_itself_is_told() -> None:
    booked = weekly()
    booked.change(1, Cancel())
    moved = booked.change(2, Move(booked.members[2].start_at + 3 * DAY, 25))
    whole, apart = events(booked.text)
    assert [each.dt for each in whole["EXDATE"].dts] == [
        datetime(2026, 11, 30, 10, tzinfo=ZoneInfo("Europe/Berlin"))
    ]
    assert b"RECURRENCE-ID;TZID=Europe/Berlin:20261207T100000\r\n" in booked.text
    assert (apart["UID"], apart["SEQUENCE"]) == ("series-uid", 1)
    assert (apart["DTSTART"].dt, apart["DTEND"].dt) == (moved.start_at, moved.end_at)
    assert len(apart.walk("VALARM")) == 1


def test_one_of_a_series_is_updated_and_taken_out_by_its_place() -> None:
    booked = weekly()
    moved = booked.change(2, Move(booked.members[2].start_at + 3 * DAY, 25))
    gone = decide(moved, Cancel(), booked.now)
    for write, member, method in ((request, moved, "REQUEST"), (cancel, gone, "CANCEL")):
        text = write(member, CARD, OFFICE, CLIENT, booked.now, booked.series)
        calendar: Any = icalendar.Calendar.from_ical(text)
        (event,) = calendar.walk("VEVENT")
        assert calendar["METHOD"] == method
        assert len(calendar.walk("VTIMEZONE")) == 1
        assert b"RECURRENCE-ID;TZID=Europe/Berlin:20261207T100000\r\n" in text
        assert (event["UID"], event["SEQUENCE"]) == ("series-uid", member.sequence)
        assert event["DTSTART"].dt == moved.start_at
        assert "RRULE" not in event


def test_the_end_of_a_series_takes_all_of_it_out() -> None:
    booked = weekly()
    booked.end(0)
    text = cancel_series(booked.series, CARD, OFFICE, CLIENT, booked.now)
    calendar: Any = icalendar.Calendar.from_ical(text)
    (event,) = calendar.walk("VEVENT")
    assert calendar["METHOD"] == "CANCEL"
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == ("series-uid", 3, "CANCELLED")
    assert "RECURRENCE-ID" not in event
    assert event.walk("VALARM") == []


def test_a_session_on_a_day_when_the_clocks_change_is_told_by_its_instants() -> None:
    booked = book(Series(datetime.fromisoformat("2027-03-21T02:30"), "Europe/Berlin", 50, count=3))
    _, apart = events(booked.text)
    assert apart["DTSTART"].dt == datetime(2027, 3, 28, 1, 30, tzinfo=UTC)
    assert b"RECURRENCE-ID;TZID=Europe/Berlin:20270328T023000\r\n" in booked.text


@pytest.mark.parametrize("zone", ZONES)
def test_the_zone_that_is_written_steps_when_the_zone_does(zone: str) -> None:
    walls = [TEN, TEN + 4 * 52 * WEEK]
    read: Any = icalendar.Calendar.from_ical(vtimezone(zone, walls).to_ical())
    stepped = {
        (part["DTSTART"].dt - part["TZOFFSETFROM"].td).replace(tzinfo=UTC): part["TZOFFSETTO"].td
        for part in read.subcomponents
        if part["TZOFFSETFROM"].td != part["TZOFFSETTO"].td
    }
    first, last = (wall.replace(tzinfo=UTC) for wall in walls)
    expected = [at for at in changes(zone) if first < at < last]
    assert {at: at.astimezone(ZoneInfo(zone)).utcoffset() for at in expected}.items() <= (
        stepped.items()
    )


# ---- what is read --------------------------------------------------------------------------------


@st.composite
def worlds(draw: st.DrawFn) -> Booked:
    """Draw a series near a change of the clock, and what has become of it."""
    zone, at = draw(st.sampled_from(READABLE))
    near = at.astimezone(ZoneInfo(zone)).replace(tzinfo=None, second=0)
    before = draw(st.integers(0, 8)) * WEEK + draw(st.integers(-30, 30)) * timedelta(minutes=15)
    every, count = draw(st.sampled_from([1, 2, 3])), draw(st.integers(2, 12))
    rule = Series(near - before, zone, draw(st.sampled_from([50, 90, 180])), every, count=count)
    if draw(st.booleans()):
        rule = replace(rule, count=None, until=rule.originals[-1].date())
    if draw(st.booleans()):
        rule = rule.skip(draw(st.sampled_from(rule.originals[1:])))
    booked = book(rule)
    numbers = st.integers(0, len(booked.members) - 1)
    for number in draw(st.sets(numbers, max_size=3)):
        if draw(st.booleans()):
            booked.change(number, Cancel())
        else:
            start_at = booked.members[number].start_at
            shift = draw(st.integers(-20, 60)) * timedelta(minutes=45)
            booked.change(number, Move(max(start_at + shift, booked.now), 40))
    if draw(st.booleans()):
        booked.end(draw(st.integers(1, len(booked.members) - 1))) if len(booked.members) > 1 else 0
    return booked


def first_cancelled() -> Booked:
    """Return a series that goes on as itself where all but its first are moved."""
    booked = weekly()
    booked.change(0, Cancel())
    return booked


def late_on_the_last_day_of_summer() -> Booked:
    """Return a series whose last one begins in an hour that comes twice, the last of its day."""
    return book(Series(datetime.fromisoformat("2026-10-15T23:15"), "Africa/Cairo", 50, count=3))


def parts(world: Booked, cut: int | None) -> Iterator[Booked]:
    """Yield the series, or what is left of it and what goes on, after one more change."""
    if cut is not None and world.shown:
        number = cut % len(world.members)
        # Past ones do not come along; the rule starts where the first of them was.
        if all(each.state is State.BOOKED for each in world.members[number:]):
            yield world.move_from(number, 2 * DAY + HOUR)
            if not world.members:
                return
    yield world


@settings(deadline=None, max_examples=150)
@given(worlds(), st.none() | st.integers(0, 11))
@example(first_cancelled(), 1)
@example(late_on_the_last_day_of_summer(), None)
def test_two_programs_show_the_spans_that_our_pages_show(world: Booked, cut: int | None) -> None:
    for part in parts(world, cut):
        text = part.text
        assert by_recurring_ical_events(text) == part.shown
        assert by_vobject(text) == part.shown
        assert all(len(line) <= 75 for line in text.split(b"\r\n"))


def laid_over(whole: bytes, update: bytes) -> bytes:
    """Return a calendar that took in the one event of an update, as calendar programs do."""
    calendar: Any = icalendar.Calendar.from_ical(whole)
    (event,) = events(update)
    calendar.add_component(event)
    text: bytes = calendar.to_ical()
    return text


def test_an_update_of_one_moves_that_one_alone(ical_js: Path) -> None:
    booked = weekly()
    before = booked.text
    moved = booked.change(2, Move(booked.members[2].start_at - 3 * DAY, 25))
    text = laid_over(before, request(moved, CARD, OFFICE, CLIENT, booked.now, booked.series))
    assert by_recurring_ical_events(text) == booked.shown
    assert by_vobject(text) == booked.shown
    assert by_ical_js(ical_js, [text]) == [booked.shown]


def test_ical_js_shows_the_spans_that_our_pages_show(ical_js: Path) -> None:
    found: list[Booked] = []

    @settings(deadline=None, max_examples=60, database=None)
    @given(worlds(), st.none() | st.integers(0, 11))
    @example(first_cancelled(), 1)
    @example(late_on_the_last_day_of_summer(), None)
    def collect(world: Booked, cut: int | None) -> None:
        found.extend(parts(world, cut))

    collect()
    shown = by_ical_js(ical_js, [each.text for each in found])
    assert shown == [each.shown for each in found]
