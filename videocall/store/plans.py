"""Plans: a therapist's hours, exceptions and rules, and her booking page.

The id of a booking page is derived from the key file and never stored: the row has its hash.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Final

import msgspec
from sqlite_utils import Database as Tables

from videocall.errors import Invalid, NotFound
from videocall.ids import PersonId
from videocall.scheduling.hours import (
    EXCEPTIONS_MAX,
    WEEK,
    DayException,
    Hours,
    Plan,
    Rules,
    Spans,
)
from videocall.store.database import Database
from videocall.store.journal import Act, enter
from videocall.store.sealing import Seal

_NO_HOURS: Final = ((),) * WEEK


@dataclass(frozen=True, slots=True)
class BookingPage:
    """Whether clients can book by themselves, and how often the page's link was made anew."""

    on: bool
    generation: int


class Plans:
    """The plan of each therapist; who has set none has no hours."""

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database = database
        self._seal = seal

    async def get(self, therapist: PersonId) -> Plan:
        """Return her plan, in her zone. Raises NotFound."""
        return await self._database.read(lambda tables: plan_of(tables, therapist))

    async def page(self, therapist: PersonId) -> BookingPage:
        def work(tables: Tables) -> BookingPage:
            row = tables.execute(
                "SELECT page_hash IS NOT NULL, page_generation FROM plans WHERE therapist = ?",
                [therapist],
            ).fetchone()
            return BookingPage(on=False, generation=0) if row is None else BookingPage(*row)

        found = await self._database.read(work)
        return BookingPage(bool(found.on), found.generation)

    async def by_page(self, page_id: str) -> PersonId | None:
        """Return whose booking page this is, if it is on."""
        hashed = self._seal.hash(page_id)

        def work(tables: Tables) -> PersonId | None:
            sql = "SELECT therapist FROM plans WHERE page_hash = ?"
            row = tables.execute(sql, [hashed]).fetchone()
            return None if row is None else PersonId(row[0])

        return await self._database.read(work)

    async def set_hours(
        self,
        therapist: PersonId,
        week: tuple[Spans, ...],
        rules: Rules,
        now: datetime,
        *,
        by: str | None = None,
    ) -> None:
        """Set weekly hours and rules, on behalf of `by` (an id) or the therapist herself."""

        def work(tables: Tables) -> None:
            _ensure(tables, therapist)
            tables.execute(
                "UPDATE plans SET week = ?, rules = ? WHERE therapist = ?",
                [_text(week), _text(rules), therapist],
            )

        await self._write(work, therapist, now, by)

    async def add_exceptions(
        self,
        therapist: PersonId,
        exceptions: Iterable[DayException],
        now: datetime,
        *,
        by: str | None = None,
    ) -> None:
        """Set other hours on dates, in place of what was set there. Raises Invalid for too many."""

        def work(tables: Tables) -> None:
            for each in exceptions:
                tables.execute(
                    "INSERT OR REPLACE INTO exceptions (therapist, on_date, extra, spans)"
                    " VALUES (?, ?, ?, ?)",
                    [therapist, each.on.isoformat(), int(each.extra), _text(each.spans)],
                )
            sql = "SELECT count(*) FROM exceptions WHERE therapist = ?"
            if tables.execute(sql, [therapist]).fetchone()[0] > EXCEPTIONS_MAX:
                text = "There can be at most %(most)s exceptions."
                raise Invalid(text, code="on", most=EXCEPTIONS_MAX)

        await self._write(work, therapist, now, by)

    async def remove_exceptions(
        self,
        therapist: PersonId,
        first_on: date,
        last_on: date,
        now: datetime,
        *,
        by: str | None = None,
    ) -> None:
        """Go back to the weekly hours on these dates."""

        def work(tables: Tables) -> None:
            tables.execute(
                "DELETE FROM exceptions WHERE therapist = ? AND on_date BETWEEN ? AND ?",
                [therapist, first_on.isoformat(), last_on.isoformat()],
            )

        await self._write(work, therapist, now, by)

    async def open_page(
        self, therapist: PersonId, page_id: str, generation: int, now: datetime
    ) -> None:
        """Switch the booking page on under this id; any other opens nothing from now on."""

        def work(tables: Tables) -> None:
            _ensure(tables, therapist)
            tables.execute(
                "UPDATE plans SET page_hash = ?, page_generation = ? WHERE therapist = ?",
                [self._seal.hash(page_id), generation, therapist],
            )

        await self._write(work, therapist, now)

    async def close_page(self, therapist: PersonId, now: datetime) -> None:
        """Switch the booking page off."""

        def work(tables: Tables) -> None:
            tables.execute("UPDATE plans SET page_hash = NULL WHERE therapist = ?", [therapist])

        await self._write(work, therapist, now)

    async def _write(
        self,
        work: Callable[[Tables], None],
        therapist: PersonId,
        now: datetime,
        by: str | None = None,
    ) -> None:
        def journalled(tables: Tables) -> None:
            work(tables)
            enter(tables, now, by or therapist, Act.HOURS_SET, therapist)

        await self._database.write(journalled)


def plan_of(tables: Tables, therapist: PersonId) -> Plan:
    """Return a therapist's plan inside a transaction. Raises NotFound."""
    row = tables.execute(
        "SELECT zone, week, rules FROM people LEFT JOIN plans ON therapist = id WHERE id = ?",
        [therapist],
    ).fetchone()
    if row is None:
        raise NotFound("There is no such therapist.")
    rows = tables.execute(
        "SELECT on_date, spans, extra FROM exceptions WHERE therapist = ? ORDER BY on_date, extra",
        [therapist],
    ).fetchall()
    week = msgspec.json.decode(row[1], type=tuple[Spans, ...]) if row[1] else _NO_HOURS
    rules = msgspec.json.decode(row[2], type=Rules) if row[2] else Rules()
    exceptions = tuple(
        DayException(
            date.fromisoformat(on), msgspec.json.decode(spans, type=Spans), extra=bool(extra)
        )
        for on, spans, extra in rows
    )
    return Plan(Hours(row[0], week), exceptions, rules)


def _ensure(tables: Tables, therapist: PersonId) -> None:
    tables.execute(
        "INSERT OR IGNORE INTO plans (therapist, week, rules, page_generation) VALUES (?, ?, ?, 0)",
        [therapist, _text(_NO_HOURS), _text(Rules())],
    )


def _text(value: object) -> str:
    return msgspec.json.encode(value).decode()
