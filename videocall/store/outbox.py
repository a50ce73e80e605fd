"""The outbox: claimed letter by letter, so that of several processes one sends each.

A letter is claimed in the transaction that finds it still true. A process that dies with a claimed
letter leaves it in doubt; it is claimed again after CLAIM_HOLDS, under the same id.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final

from sqlite_utils import Database as Tables

from videocall.ids import AppointmentId, LetterId, SeriesId
from videocall.scheduling.appointment import Appointment
from videocall.scheduling.letters import Channel, Fate, Letter, LetterKind, fate, retry_at
from videocall.store.database import Database
from videocall.store.diary import Diary
from videocall.store.instants import from_ms, to_ms
from videocall.store.letters import Addressed, place
from videocall.store.series import Whole, find_series

CLAIM_HOLDS: Final = timedelta(minutes=5)
LATE_AFTER: Final = timedelta(minutes=15)
"""How long past its time an unsent letter is nobody's worry."""
_DUE: Final = "channel = :channel AND state IN ('waiting', 'claimed') AND next_at <= :now"
_CURRENT: Final = (
    "letters.sequence = ifnull((SELECT sequence FROM series WHERE id = letters.series),"
    " (SELECT sequence FROM appointments WHERE id = letters.appointment))"
)


class LetterState(StrEnum):
    WAITING = "waiting"
    CLAIMED = "claimed"
    SENT = "sent"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Claimed:
    """A letter to send now, and what it is about, as that is in the same transaction.

    `to` is an e-mail address or a telephone number; empty for the therapist's own.
    """

    id: LetterId
    letter: Letter
    to: str
    attempts: int
    appointment: Appointment
    series: Whole | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """What the therapist sees of a letter; `code` is the mail server's last reply, if any."""

    kind: LetterKind
    channel: Channel
    state: LetterState
    due_at: datetime
    settled_at: datetime | None
    attempts: int
    code: int | None


@dataclass(frozen=True, slots=True)
class Unsent:
    """How many letters of appointments to come failed, and how many should have gone by now."""

    failed: int
    late: int


class Outbox:
    """All letters of the practice."""

    def __init__(self, database: Database, diary: Diary) -> None:
        self._database = database
        self._diary = diary

    async def due(self, now: datetime, channel: Channel = Channel.MAIL) -> bool:
        """Tell whether a letter is to be sent now; those that no longer hold are settled first."""
        asked = {"now": to_ms(now), "channel": channel}

        def any_due(tables: Tables) -> bool:
            sql = f"SELECT 1 FROM letters WHERE {_DUE} LIMIT 1"
            return tables.execute(sql, asked).fetchone() is not None

        if not await self._database.read(any_due):
            return False
        found = await self._database.write(lambda tables: self._next(tables, now, channel))
        return found is not None

    async def claim(self, now: datetime, channel: Channel = Channel.MAIL) -> Claimed | None:
        """Return the letter that is due the longest, for the caller alone to send."""

        def work(tables: Tables) -> Claimed | None:
            found = self._next(tables, now, channel)
            if found is not None:
                tables.execute(
                    "UPDATE letters SET state = 'claimed', attempts = attempts + 1, next_at = ?"
                    " WHERE id = ?",
                    [to_ms(now + CLAIM_HOLDS), found.id],
                )
            return found

        return await self._database.write(work)

    async def sent(self, letter: LetterId, now: datetime) -> None:
        """Note that the mail server took the letter."""
        await self._settle(letter, LetterState.SENT, now, None)

    async def refused(self, letter: LetterId, now: datetime, code: int | None) -> None:
        """Note that the letter cannot be sent at all."""
        await self._settle(letter, LetterState.FAILED, now, code)

    async def later(
        self,
        claimed: Claimed,
        now: datetime,
        code: int | None,
        not_before: datetime | None = None,
    ) -> None:
        """Put a letter back, to be tried again after a while that grows with each attempt."""
        again = to_ms(max(retry_at(claimed.attempts, now), not_before or now))
        await self._database.write(
            lambda tables: tables.execute(
                "UPDATE letters SET state = 'waiting', next_at = ?, code = ?"
                " WHERE id = ? AND state = 'claimed'",
                [again, code, claimed.id],
            )
        )

    async def again(self, appointment: AppointmentId, now: datetime) -> int:
        """Try those letters of an appointment once more that failed; return how many."""

        def work(tables: Tables) -> int:
            return tables.execute(
                "UPDATE letters SET state = 'waiting', due_at = ?, next_at = ?, attempts = 0,"
                " settled_at = NULL, code = NULL WHERE state = 'failed' AND appointment = ?"
                f" AND {_CURRENT}",
                [to_ms(now), to_ms(now), appointment],
            ).rowcount

        return await self._database.write(work)

    async def of_appointment(self, appointment: AppointmentId) -> list[Posted]:
        """Return the letters of an appointment, the earliest due first."""

        def work(tables: Tables) -> list[Posted]:
            rows = tables.execute(
                "SELECT kind, channel, state, due_at, settled_at, attempts, code FROM letters"
                " WHERE appointment = ? ORDER BY due_at, rowid",
                [appointment],
            )
            return [_posted(row) for row in rows.fetchall()]

        return await self._database.read(work)

    async def unsent(self, now: datetime, channel: Channel = Channel.MAIL) -> Unsent:
        """Count the letters that somebody should know of."""

        def work(tables: Tables) -> Unsent:
            row = tables.execute(
                "SELECT count(*) FILTER (WHERE letters.state = 'failed'"
                f" AND {_CURRENT} AND end_at > :now),"
                " count(*) FILTER (WHERE letters.state IN ('waiting', 'claimed')"
                " AND due_at <= :late) FROM letters JOIN appointments"
                " ON appointments.id = letters.appointment"
                " WHERE channel = :channel AND letters.state IN ('waiting', 'claimed', 'failed')",
                {"now": to_ms(now), "late": to_ms(now - LATE_AFTER), "channel": channel},
            ).fetchone()
            return Unsent(*row)

        return await self._database.read(work)

    def _next(self, tables: Tables, now: datetime, channel: Channel) -> Claimed | None:
        """Return the letter that is due the longest and still true; settle those that are not."""
        sql = (
            "SELECT id, appointment, kind, sequence, sealed, due_at, attempts, series FROM letters"
            f" WHERE {_DUE} ORDER BY due_at, rowid LIMIT 1"
        )
        asked = {"now": to_ms(now), "channel": channel}
        while (row := tables.execute(sql, asked).fetchone()) is not None:
            id = LetterId(row[0])
            letter = Letter(LetterKind(row[2]), row[3], from_ms(row[5]), channel)
            appointment = self._diary.find(tables, AppointmentId(row[1]))
            series = self._series(tables, appointment, row[7])
            known = None if series is None else series.series.sequence
            verdict = Fate.STALE if appointment is None else fate(letter, appointment, now, known)
            if (
                appointment is None
                or verdict is Fate.STALE
                or _overtaken(tables, row, channel, now)
            ):
                tables.execute("DELETE FROM letters WHERE id = ?", [id])
            elif verdict is Fate.TOO_LATE:
                _note(tables, id, LetterState.FAILED, now, None)
            else:
                to = self._diary.seal.open(row[4], place(id), Addressed).to
                return Claimed(id, letter, to, row[6] + 1, appointment, series)
        return None

    def _series(
        self, tables: Tables, appointment: Appointment | None, told: str | None
    ) -> Whole | None:
        """Return the series a letter tells, or the one its appointment is of."""
        series = told or (appointment.series if appointment is not None else None)
        return None if series is None else find_series(tables, self._diary, SeriesId(series))

    async def _settle(
        self, letter: LetterId, state: LetterState, now: datetime, code: int | None
    ) -> None:
        await self._database.write(lambda tables: _note(tables, letter, state, now, code))


def _note(
    tables: Tables, letter: LetterId, state: LetterState, now: datetime, code: int | None
) -> None:
    tables.execute(
        "UPDATE letters SET state = ?, settled_at = ?, code = coalesce(?, code) WHERE id = ?",
        [state, to_ms(now), code, letter],
    )


def _overtaken(tables: Tables, row: tuple[Any, ...], channel: Channel, now: datetime) -> bool:
    """Tell whether a reminder waited so long that the next one is due as well."""
    if row[2] != LetterKind.REMINDER:
        return False
    later = tables.execute(
        "SELECT 1 FROM letters WHERE appointment = ? AND kind = ? AND channel = ?"
        " AND state = 'waiting' AND due_at > ? AND due_at <= ? LIMIT 1",
        [row[1], LetterKind.REMINDER, channel, row[5], to_ms(now)],
    )
    return later.fetchone() is not None


def _posted(row: tuple[Any, ...]) -> Posted:
    kind, channel, state, due_at, settled_at, attempts, code = row
    return Posted(
        LetterKind(kind),
        Channel(channel),
        LetterState(state),
        from_ms(due_at),
        None if settled_at is None else from_ms(settled_at),
        attempts,
        code,
    )
