"""Rows as programs see them."""

from typing import Final

from videocall.scheduling import appointment as scheduling
from videocall.scheduling import series as rules
from videocall.scheduling.booked_series import Whole
from videocall.scheduling.obstacles import Clash
from videocall.web.api import wire, wire_series
from videocall.web.api.call import Call
from videocall.web.keys import KEYRING, SITE

_WALL: Final = "%Y-%m-%dT%H:%M"


def appointment(call: Call, row: scheduling.Appointment) -> wire.Appointment:
    """Return an appointment, with its session link."""
    return wire.Appointment(
        id=row.id,
        therapist=row.therapist,
        client=wire.Client(
            name=row.client_name,
            email=row.client_email,
            phone=row.client_phone,
            zone=row.client_zone,
            language=row.client_language,
        ),
        start_at=row.start_at,
        end_at=row.end_at,
        minutes=row.minutes,
        kind=row.kind,
        state=row.state,
        sequence=row.sequence,
        series=row.series,
        original=None if row.original is None else row.original.strftime(_WALL),
        link=_link(call, row),
        created_at=row.created_at,
        changed_at=row.changed_at,
        changed_by=row.changed_by,
        reason=row.reason,
        late=row.late,
        moved_from=row.moved_from,
        moved_at=row.moved_at,
        cancelled_at=row.cancelled_at,
        ended_at=row.ended_at,
        address_privacy=row.address_privacy,
    )


def series(call: Call, whole: Whole) -> wire_series.Series:
    """Return a series as it is by now, with its appointments."""
    row = whole.series
    return wire_series.Series(
        id=row.id,
        therapist=row.therapist,
        client=wire.Client(
            name=row.client_name,
            email=row.client_email,
            phone=row.client_phone,
            zone=row.client_zone,
            language=row.client_language,
        ),
        kind=row.kind,
        rule=rule(whole.as_it_is),
        sequence=row.sequence,
        link=_link(call, whole.members[0]),
        created_at=row.created_at,
        changed_at=row.changed_at,
        appointments=[appointment(call, each) for each in whole.members],
    )


def rule(row: rules.Series) -> wire_series.Rule:
    return wire_series.Rule(
        first=row.first.strftime(_WALL),
        zone=row.zone,
        minutes=row.minutes,
        every_weeks=row.every_weeks,
        count=row.count,
        until=row.until,
        skipped=[each.strftime(_WALL) for each in sorted(row.skipped)],
        moved=[
            wire_series.MovedOne(
                original=original.strftime(_WALL), to=to.wall.strftime(_WALL), minutes=to.minutes
            )
            for original, to in sorted(row.moved.items(), key=lambda pair: pair[0])
        ],
    )


def occurrence(row: rules.Occurrence) -> wire_series.Occurrence:
    return wire_series.Occurrence(
        original=row.original.strftime(_WALL), start_at=row.span.start_at, end_at=row.span.end_at
    )


def clash(row: Clash) -> wire_series.Clash:
    return wire_series.Clash(
        original=row.occurrence.original.strftime(_WALL),
        kind=row.other.kind,
        start_at=row.other.span.start_at,
        end_at=row.other.span.end_at,
    )


def _link(call: Call, row: scheduling.Appointment) -> str:
    return f"{call.app[SITE].public_url}/j#{call.app[KEYRING].session_link(row)}"
