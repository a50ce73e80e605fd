"""What clients book by themselves: free slots, a hold while the form is filled, the booking.

Whether a slot is free is decided in the transaction that takes it, by the same function that
offered it; and the file itself refuses what overlaps, whoever writes.
"""

import hashlib
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlite_utils import Database as Tables

from videocall.errors import Conflict, Invalid, TooMany
from videocall.ids import PersonId
from videocall.scheduling.appointment import Appointment, Book, Move
from videocall.scheduling.availability import Busy, slots
from videocall.scheduling.hours import Plan
from videocall.scheduling.timespan import Timespan
from videocall.store.appointments import Appointments, First, Last
from videocall.store.around import around
from videocall.store.calendars import busy_of
from videocall.store.database import Database
from videocall.store.holds import drop_expired_holds
from videocall.store.instants import from_ms, to_ms
from videocall.store.journal import CLIENT
from videocall.store.plans import plan_of

HOLD_LIVES: Final = timedelta(minutes=10)
HOLDS_MAX: Final = 20
"""How many times of one therapist may be held at once."""
TAKEN: Final = "Someone was faster: this time is no longer free. Nothing was booked."
_INSTANT: Final = timedelta(seconds=1)
_AROUND: Final = timedelta(days=2)
"""Further than any buffer, and the whole day of a session on every clock."""


@dataclass(frozen=True, slots=True)
class Hold:
    """A time that is kept for one browser, which has the token; only its hash is stored."""

    token: str
    span: Timespan
    expires_at: datetime


class Bookings:
    """Free times, and taking one."""

    def __init__(self, database: Database, appointments: Appointments) -> None:
        self._database = database
        self._appointments = appointments

    async def free(
        self,
        therapist: PersonId,
        minutes: int,
        now: datetime,
        horizon: Timespan,
        mine: str = "",
        itself: str = "",
    ) -> list[Timespan]:
        """Return the free slots that start within `horizon`.

        The hold `mine` blocks none, nor does the appointment `itself`, which is to be moved.
        """

        def work(tables: Tables) -> list[Timespan]:
            plan = plan_of(tables, therapist)
            busy = _busy(tables, therapist, plan, horizon, now, mine, itself)
            return slots(plan, busy, minutes, now, horizon)

        return await self._database.read(work)

    async def hold(
        self, therapist: PersonId, start_at: datetime, minutes: int, now: datetime, mine: str = ""
    ) -> Hold:
        """Keep a slot for a while, in place of the hold `mine`.

        Raises Conflict where it is not free, Invalid for another length, TooMany.
        """
        token = secrets.token_urlsafe(16)
        hold = Hold(token, _span(start_at, minutes), now + HOLD_LIVES)

        def work(tables: Tables) -> None:
            drop_expired_holds(tables, now)
            _drop(tables, mine)
            _require_free(tables, therapist, hold.span, minutes, now)
            sql = "SELECT count(*) FROM holds WHERE therapist = ?"
            if tables.execute(sql, [therapist]).fetchone()[0] >= HOLDS_MAX:
                raise TooMany("Many people are booking just now. Please try again in a moment.")
            start_ms, end_ms = to_ms(hold.span.start_at), to_ms(hold.span.end_at)
            try:
                tables.execute(
                    "INSERT INTO holds (token_hash, therapist, start_at, end_at, expires_at)"
                    " VALUES (?, ?, ?, ?, ?)",
                    [_hash(token), therapist, start_ms, end_ms, to_ms(hold.expires_at)],
                )
            except sqlite3.IntegrityError as error:
                raise Conflict(TAKEN, code="taken") from error

        await self._database.write(work)
        return hold

    async def book(
        self,
        book: Book,
        now: datetime,
        mine: str = "",
        *,
        by: str = CLIENT,
        first: First | None = None,
        last: Last | None = None,
    ) -> Appointment:
        """Take a slot for a client; the hold `mine` ends with it.

        A hold that has expired does no harm while the slot is free. `first` and `last` run in the
        same transaction and may refuse. Raises Conflict where it is not free, and Invalid.
        """

        def require_free(tables: Tables) -> None:
            _drop(tables, mine)
            if book.kind not in plan_of(tables, book.therapist).rules.kinds:
                raise Invalid("Please choose how you meet.", code="kind")
            span = _span(book.start_at, book.minutes)
            _require_free(tables, book.therapist, span, book.minutes, now)

        both = around(require_free, first, None)
        return await self._appointments.book(book, now, by=by, first=both, last=last)

    async def move(
        self,
        appointment: Appointment,
        move: Move,
        now: datetime,
        *,
        by: str = CLIENT,
        first: First | None = None,
        last: Last | None = None,
    ) -> Appointment:
        """Move an appointment to a free slot for its client; its own time is free for it.

        `first` and `last` run in the same transaction and may refuse. Raises Conflict where the
        slot is taken or it is too late, Invalid for another length.
        """

        def require_free(tables: Tables) -> None:
            span = _span(move.start_at, move.minutes)
            _require_free(
                tables, appointment.therapist, span, move.minutes, now, itself=appointment.id
            )

        both = around(require_free, first, None)
        return await self._appointments.change(appointment.id, move, by, now, first=both, last=last)


def _span(start_at: datetime, minutes: int) -> Timespan:
    return Timespan(start_at, start_at + timedelta(minutes=max(minutes, 1)))


def _require_free(
    tables: Tables,
    therapist: PersonId,
    span: Timespan,
    minutes: int,
    now: datetime,
    itself: str = "",
) -> None:
    plan = plan_of(tables, therapist)
    if minutes not in plan.rules.lengths_min and not itself:
        raise Invalid("Please choose one of the lengths that are offered.", code="minutes")
    horizon = Timespan(span.start_at, span.start_at + _INSTANT)
    busy = _busy(tables, therapist, plan, horizon, now, itself=itself)
    if span not in slots(plan, busy, minutes, now, horizon):
        raise Conflict(TAKEN, code="taken")


def _busy(
    tables: Tables,
    therapist: PersonId,
    plan: Plan,
    horizon: Timespan,
    now: datetime,
    mine: str = "",
    itself: str = "",
) -> Busy:
    """Return appointments that were not cancelled but `itself`, and the holds of others.

    What her other calendars say is blocked as it is, without buffers around it.
    """
    around = Timespan(horizon.start_at - _AROUND, horizon.end_at + _AROUND)
    asked = [therapist, to_ms(around.end_at), to_ms(around.start_at)]
    rows = tables.execute(
        "SELECT start_at, end_at FROM appointments"
        " WHERE therapist = ? AND start_at < ? AND end_at > ? AND state != 'cancelled'"
        " AND id != ?",
        [*asked, itself],
    ).fetchall()
    rows += tables.execute(
        "SELECT start_at, end_at FROM holds"
        " WHERE therapist = ? AND start_at < ? AND end_at > ? AND expires_at > ?"
        " AND token_hash != ?",
        [*asked, to_ms(now), _hash(mine)],
    ).fetchall()
    sessions = [Timespan(from_ms(start), from_ms(end)) for start, end in rows]
    return Busy(plan.rules, sessions, busy_of(tables, therapist, around))


def _drop(tables: Tables, token: str) -> None:
    tables.execute("DELETE FROM holds WHERE token_hash = ?", [_hash(token)])


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
