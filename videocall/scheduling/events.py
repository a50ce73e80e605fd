"""What other programs are told of an appointment, as it happens."""

from enum import StrEnum
from typing import assert_never

from videocall.scheduling.appointment import (
    COMING,
    Appointment,
    Book,
    Cancel,
    Command,
    Confirm,
    End,
    MarkNoShow,
    Move,
    ReissueLink,
    SetAddressPrivacy,
    Undo,
)


class EventType(StrEnum):
    """The `state` of the appointment says more: BOOKED may be tentative, ENDED a no-show."""

    BOOKED = "appointment.booked"
    MOVED = "appointment.moved"
    CANCELLED = "appointment.cancelled"
    ARRIVED = "appointment.arrived"
    ENDED = "appointment.ended"


def caused(command: Command, before: Appointment | None, after: Appointment) -> EventType | None:
    """Return what `command` has made happen, if it is for others to know."""
    match command:
        case Book() | Confirm():
            return EventType.BOOKED
        case Move():
            return EventType.MOVED
        case Cancel():
            return EventType.CANCELLED
        case End() | MarkNoShow():
            return EventType.ENDED
        case Undo():
            return None if before is None else put_back(before, after)
        case ReissueLink() | SetAddressPrivacy():
            return None
        case _:
            assert_never(command)


def put_back(before: Appointment, after: Appointment) -> EventType:
    """Return what it is to others that an appointment is as it was once."""
    if after.state not in COMING:
        return EventType.ENDED
    return EventType.MOVED if before.state in COMING else EventType.BOOKED
