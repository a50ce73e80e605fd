"""What takes a therapist's time, whoever asked for it: read in one transaction."""

from collections.abc import Collection
from datetime import datetime

from sqlite_utils import Database as Tables

from videocall.ids import AppointmentId, PersonId
from videocall.scheduling.appointment import COMING
from videocall.scheduling.obstacles import InTheWay, Obstacle, Obstacles
from videocall.scheduling.timespan import Timespan
from videocall.store.calendars import busy_of
from videocall.store.diary import Diary
from videocall.store.instants import from_ms, to_ms


def obstacles_of(
    tables: Tables,
    diary: Diary,
    therapist: PersonId,
    span: Timespan,
    now: datetime,
    without: Collection[AppointmentId] = (),
) -> Obstacles:
    """Return what takes her time in `span`: appointments but those `without`, holds, busy times."""
    where = "therapist = ? AND start_at < ? AND end_at > ?"
    asked: list[str | int] = [therapist, to_ms(span.end_at), to_ms(span.start_at)]
    found = [
        Obstacle(InTheWay.APPOINTMENT, each.span, each)
        for each in diary.select(tables, where, asked)
        if each.state in COMING and each.id not in without
    ]
    holds = tables.execute(
        f"SELECT start_at, end_at FROM holds WHERE {where} AND expires_at > ?",
        [*asked, to_ms(now)],
    ).fetchall()
    for start_ms, end_ms in holds:
        held = Timespan(from_ms(start_ms), from_ms(end_ms))
        found.append(Obstacle(InTheWay.HOLD, held))
    busy = busy_of(tables, therapist, span)
    return Obstacles([*found, *(Obstacle(InTheWay.BUSY, each) for each in busy)])
