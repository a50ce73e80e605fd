"""A series as calendars exchange it: its rule, what is left out, and each that stands apart.

Its wall clock is written with its zone, so that ten stays ten all year. An appointment that was
moved by itself is written out with its instants, and so is one near a change of the clocks, where
programs do not agree on what a rule means: what our pages show is told, not left to be computed. So
is one that was told alone before: what was said last about it has the higher SEQUENCE.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

from icalendar import Event, vRecur

from videocall.scheduling.appointment import Appointment, State
from videocall.scheduling.booked_series import BookedSeries, as_it_is
from videocall.scheduling.itip import (
    Card,
    Mailbox,
    Method,
    begin,
    calendar,
    called_off,
    invited,
    one,
)
from videocall.scheduling.series import Series
from videocall.scheduling.vtimezone import vtimezone
from videocall.scheduling.zones import zone

_NEAR: Final = timedelta(days=1)


def request_series(
    series: BookedSeries,
    members: Iterable[Appointment],
    card: Card,
    organizer: Mailbox,
    attendee: str,
    at: datetime,
) -> bytes:
    """Return the whole of a series as it is; it replaces what a calendar had of it."""
    members = list(members)
    rule = as_it_is(series, members)
    left_out = rule.skipped.intersection(rule.originals)
    whole = _whole_of(series, rule, card, organizer, at)
    if left_out:
        where = zone(rule.zone)
        whole.add("exdate", [original.replace(tzinfo=where) for original in sorted(left_out)])
    apart = [
        member
        for member in members
        if _stands_apart(member, rule, told_alone=member.sequence > series.sequence)
    ]
    events = [whole, *(one(member, card, organizer, at, series) for member in apart)]
    return calendar(
        Method.REQUEST,
        [invited(event, attendee, card.summary) for event in events],
        timezones=[vtimezone(rule.zone, rule.originals)],
    )


def cancel_series(
    series: BookedSeries, card: Card, organizer: Mailbox, attendee: str, at: datetime
) -> bytes:
    """Return what takes all of a series out of a calendar."""
    rule = series.rule
    event = called_off(_whole_of(series, rule, card, organizer, at), attendee)
    return calendar(Method.CANCEL, [event], timezones=[vtimezone(rule.zone, rule.originals)])


def _whole_of(
    series: BookedSeries, rule: Series, card: Card, organizer: Mailbox, at: datetime
) -> Event:
    """Return the event that repeats.

    It ends by a date, never by a count: section 3.3.10 does not count what the clocks skip, and
    few programs know it. It has a length, not an end, which those count that cross such a change.
    """
    event = begin(series.uid, series.sequence, card, organizer, at)
    event.add("dtstart", rule.first.replace(tzinfo=zone(rule.zone)))
    event.add("duration", timedelta(minutes=rule.minutes))
    by_date = replace(rule, count=None, until=rule.originals[-1].date())
    event.add("rrule", vRecur.from_ical(by_date.rrule))
    return event


def _stands_apart(member: Appointment, rule: Series, *, told_alone: bool) -> bool:
    """Tell whether one of a series must be written out."""
    if member.state is State.CANCELLED or member.original not in rule.originals:
        return False
    if told_alone or member.span != rule.usual(member.original):
        return True
    where = zone(rule.zone)
    around = (member.start_at - _NEAR, member.end_at + _NEAR)
    return len({at.astimezone(where).utcoffset() for at in around}) > 1
