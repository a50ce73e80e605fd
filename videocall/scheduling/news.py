"""What a client did, as their therapist is told."""

from enum import StrEnum

from videocall.scheduling.appointment import Appointment, State


class News(StrEnum):
    """ASKED waits for the therapist. CANCELLED_LATE: later than the notice allows."""

    BOOKED = "booked"
    ASKED = "asked"
    MOVED = "moved"
    CANCELLED = "cancelled"
    CANCELLED_LATE = "cancelled_late"
    RESTORED = "restored"


def news(appointment: Appointment) -> News:
    """Return what the last change of an appointment was, if its client made it."""
    if appointment.state is State.CANCELLED:
        return News.CANCELLED_LATE if appointment.late else News.CANCELLED
    if appointment.sequence == 0:
        return News.ASKED if appointment.state is State.TENTATIVE else News.BOOKED
    moved = appointment.moved_at is not None and appointment.moved_at == appointment.changed_at
    return News.MOVED if moved else News.RESTORED
