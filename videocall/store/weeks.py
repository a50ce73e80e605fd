"""All that a therapist's week or day shows, in one reading."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlite_utils import Database as Tables

from videocall.ids import PersonId
from videocall.scheduling.appointment import Appointment
from videocall.scheduling.hours import Plan
from videocall.scheduling.timespan import Timespan
from videocall.store.calendars import busy_of
from videocall.store.database import Database
from videocall.store.diary import Diary
from videocall.store.instants import from_ms, to_ms
from videocall.store.plans import plan_of

_AROUND: Final = timedelta(days=2)
"""Further than any buffer, and the whole day of a session on every clock."""


@dataclass(frozen=True, slots=True)
class Week:
    """What is planned in a span of time, and two days more on either side."""

    span: Timespan
    plan: Plan
    bookable: bool
    """Whether clients can book by themselves."""
    appointments: list[Appointment]
    held: list[Timespan]
    """What clients are booking just now."""
    others: list[Timespan]
    """When her other calendars say that she is busy."""


class Weeks:
    """The weeks of every therapist."""

    def __init__(self, database: Database, diary: Diary) -> None:
        self._database = database
        self._diary = diary

    async def around(self, therapist: PersonId, span: Timespan, now: datetime) -> Week:
        """Return a therapist's plan, and what lies in `span` and around it. Raises NotFound."""
        from_at, until_at = span.start_at - _AROUND, span.end_at + _AROUND

        def work(tables: Tables) -> Week:
            page = tables.execute(
                "SELECT 1 FROM plans WHERE therapist = ? AND page_hash IS NOT NULL", [therapist]
            ).fetchone()
            held = tables.execute(
                "SELECT start_at, end_at FROM holds"
                " WHERE therapist = ? AND start_at < ? AND end_at > ? AND expires_at > ?",
                [therapist, to_ms(until_at), to_ms(from_at), to_ms(now)],
            ).fetchall()
            return Week(
                span,
                plan_of(tables, therapist),
                page is not None,
                self._diary.between(tables, therapist, from_at, until_at),
                [Timespan(from_ms(start), from_ms(end)) for start, end in held],
                busy_of(tables, therapist, Timespan(from_at, until_at)),
            )

        return await self._database.read(work)
