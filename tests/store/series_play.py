"""A practice with series, for tests: makes them, changes them, looks at what became of them."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from tests.store.conftest import NOON, Rows
from videocall.ids import AppointmentId, LinkId, PersonId, SeriesId
from videocall.scheduling.appointment import Appointment, Book, Kind, State
from videocall.scheduling.booked_series import BookedSeries, Whole, new_series
from videocall.scheduling.course import Course
from videocall.scheduling.letters import LetterRules
from videocall.scheduling.series import Series
from videocall.store.appointments import Appointments
from videocall.store.diary import Diary
from videocall.store.instants import from_ms
from videocall.store.series import AllSeries

WEEK: Final = timedelta(weeks=1)
TEN: Final = datetime.fromisoformat("2026-11-23T10:00")
REMINDED_MIN: Final = (1440, 60)


@dataclass(frozen=True)
class Practice:
    """A practice that writes letters, with one therapist and a clock that is handed in."""

    rows: Rows
    therapist: PersonId
    series: AllSeries
    appointments: Appointments

    async def book(self, rule: Series, name: str = "Ada Lovelace", now: datetime = NOON) -> Whole:
        return await self.series.book(wanted(self.therapist, rule, name, now), "anna", now)

    async def course(self, whole: Whole) -> Course:
        return await self.series.course(whole.series.id)

    async def walls(self, whole: Whole) -> list[str]:
        """Return what takes place of all that the link of a series opens, on her wall clock."""
        zone = ZoneInfo(whole.series.rule.zone)
        return [
            f"{each.start_at.astimezone(zone):%m-%d %H:%M}"
            for each in (await self.course(whole)).members
            if each.state is not State.CANCELLED
        ]

    async def nth(self, whole: Whole, number: int) -> Appointment:
        """Return the nth of a course as it is now, from 1."""
        member = (await self.course(whole)).places[number - 1].member
        assert member is not None
        return member

    async def series_letters(self) -> list[tuple[SeriesId, str, int]]:
        """Return those letters of series that wait: series, kind, sequence."""
        return [
            (SeriesId(series), kind, sequence)
            for series, kind, sequence in await self.ask(
                "SELECT series, kind, sequence FROM letters WHERE series IS NOT NULL"
                " AND state = 'waiting'"
            )
        ]

    async def reminders(self, appointment: Appointment) -> list[datetime]:
        found = await self.ask(
            "SELECT due_at FROM letters WHERE appointment = ? AND kind = 'reminder'"
            " AND state = 'waiting' AND sequence = ? ORDER BY due_at",
            [appointment.id, appointment.sequence],
        )
        return [from_ms(due) for (due,) in found]

    async def letters_go(self) -> None:
        """Let the mailer take all that waits."""
        await self.rows.database.write(
            lambda tables: tables.execute("UPDATE letters SET state = 'sent'")
        )

    async def everything(self) -> Counter[tuple[Any, ...]]:
        """Return every row there is, to see that nothing was changed."""
        names = await self.ask("SELECT name FROM sqlite_schema WHERE type = 'table'")
        found: Counter[tuple[Any, ...]] = Counter()
        for (name,) in names:
            found.update((name, *row) for row in await self.ask(f"SELECT * FROM {name}"))
        return found

    async def ask(self, sql: str, values: Sequence[str | int] = ()) -> list[tuple[Any, ...]]:
        return await self.rows.database.read(lambda tables: tables.execute(sql, values).fetchall())


async def practice_of(rows: Rows) -> Practice:
    diary = Diary(rows.seal, LetterRules(reminders_before_min=REMINDED_MIN))
    therapist = await rows.therapist()
    return Practice(
        rows, therapist.id, AllSeries(rows.database, diary), Appointments(rows.database, diary)
    )


def weekly(count: int = 6, first: datetime = TEN, zone: str = "Europe/Berlin") -> Series:
    return Series(first, zone, 50, count=count)


def wanted(
    therapist: PersonId, rule: Series, name: str = "Ada Lovelace", now: datetime = NOON
) -> BookedSeries:
    start_at = rule.usual(rule.first).start_at
    book = Book(
        id=AppointmentId("a"), uid="a", therapist=therapist, client_name=name,
        client_email="ada@example.org", client_zone="America/New_York", start_at=start_at,
        minutes=rule.minutes, kind=Kind.VIDEO,
    )  # fmt: skip
    return new_series(book, rule, now)


def link_of(whole: Whole) -> LinkId:
    return whole.series.link


def at(text: str, zone: str = "Europe/Berlin") -> datetime:
    """Return the instant of a wall time."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone))
