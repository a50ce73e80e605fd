"""The door: what somebody with a session link finds today."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from videocall.scheduling.appointment import COMING, Appointment, State


class Door(StrEnum):
    """What the page says. MOVED is EARLY for a link older than the move: it tells both times.

    TENTATIVE: the therapist has not confirmed yet.
    """

    EARLY = "early"
    OPEN = "open"
    OVER = "over"
    MOVED = "moved"
    TENTATIVE = "tentative"
    CANCELLED = "cancelled"
    REVOKED = "revoked"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class DoorRules:
    """How long before the start the waiting room opens, and after the end it closes; minutes."""

    opens_before_min: int = 15
    closes_after_min: int = 30


@dataclass(frozen=True, slots=True)
class Answer:
    """The door, and the instants it opens and closes where there are any."""

    door: Door
    opens_at: datetime | None = None
    closes_at: datetime | None = None


def door(
    appointment: Appointment | None,
    generation: int | None,
    now: datetime,
    rules: DoorRules,
    *,
    live: bool,
) -> Answer:
    """Return what a link of this generation opens now.

    No row or no link is UNKNOWN. A session that is `live` (both seats taken) stays open past its
    time: a call that runs over is not cut, and who drops out of it finds back in.
    """
    if appointment is None or generation is None:
        return Answer(Door.UNKNOWN)
    if generation != appointment.link_generation:
        return Answer(Door.REVOKED)
    opens_at = appointment.start_at - timedelta(minutes=rules.opens_before_min)
    closes_at = appointment.end_at + timedelta(minutes=rules.closes_after_min)
    return Answer(_door(appointment, now, opens_at, closes_at, live=live), opens_at, closes_at)


def nearest(
    appointments: Sequence[Appointment], now: datetime, rules: DoorRules
) -> Appointment | None:
    """Return which of a series its link leads to now: the one going on, the next, or the last.

    Its door is open for a while after an end; the next one that has begun comes before that. One
    that was cancelled is shown only where nothing else comes.
    """
    order = sorted(appointments, key=lambda each: each.start_at)
    closes_after = timedelta(minutes=rules.closes_after_min)
    coming = [each for each in order if each.state in COMING and now < each.end_at + closes_after]
    begun = [each for each in coming if each.start_at <= now]
    if begun:
        return begun[-1]
    return coming[0] if coming else max(order, key=_rank, default=None)


def _rank(appointment: Appointment) -> tuple[bool, datetime]:
    return appointment.state is not State.CANCELLED, appointment.start_at


def _door(
    appointment: Appointment, now: datetime, opens_at: datetime, closes_at: datetime, *, live: bool
) -> Door:
    if appointment.state is State.CANCELLED:
        return Door.CANCELLED
    if appointment.state is State.TENTATIVE:
        return Door.TENTATIVE if now < closes_at else Door.OVER
    if appointment.state is not State.BOOKED:
        return Door.OVER
    if live:
        return Door.OPEN
    if now < opens_at:
        moved_at = appointment.moved_at
        known = moved_at is None or moved_at < appointment.link_issued_at
        return Door.EARLY if known else Door.MOVED
    return Door.OPEN if now < closes_at else Door.OVER
