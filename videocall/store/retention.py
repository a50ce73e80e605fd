"""What is removed, and when. After a purge nothing of it is in the file or its log."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlite_utils import Database as Tables

from videocall.store.answers import KEPT_FOR
from videocall.store.calendars import drop_past_busy
from videocall.store.database import Database
from videocall.store.deliveries import MESSAGES_KEPT
from videocall.store.holds import drop_expired_holds
from videocall.store.instants import to_ms
from videocall.store.journal import SYSTEM, Act, enter
from videocall.store.undos import drop_expired_undos

_BARE: Final = (
    "changed_at < ? AND id NOT IN (SELECT series FROM appointments WHERE series IS NOT NULL)"
)
"""A series of which no appointment is left."""


@dataclass(frozen=True, slots=True)
class Retention:
    """How many days an appointment is kept after its end, and a line of the journal."""

    appointments_days: int = 90
    journal_days: int = 365


@dataclass(frozen=True, slots=True)
class Purged:
    """How many rows were removed."""

    appointments: int
    signins: int
    journal: int


async def purge(
    database: Database, retention: Retention, signin_days: timedelta, now: datetime
) -> Purged:
    """Remove what is past its days, decisions and journal lines of an appointment with it.

    Then the file is written anew: SQLite overwrites removed rows, but not each copy it once made.
    """
    oldest = now - timedelta(days=retention.appointments_days)
    old = to_ms(oldest)

    def work(tables: Tables) -> Purged:
        subjects = "SELECT id FROM appointments WHERE end_at < ?"
        lines = tables.execute(f"DELETE FROM journal WHERE subject IN ({subjects})", [old]).rowcount
        appointments = tables.execute("DELETE FROM appointments WHERE end_at < ?", [old]).rowcount
        lines += tables.execute(
            "DELETE FROM journal WHERE at < ?",
            [to_ms(now - timedelta(days=retention.journal_days))],
        ).rowcount
        lines += tables.execute(
            f"DELETE FROM journal WHERE subject IN (SELECT id FROM series WHERE {_BARE})", [old]
        ).rowcount
        tables.execute(f"DELETE FROM series WHERE {_BARE}", [old])
        drop_expired_holds(tables, now)
        drop_expired_undos(tables, now)
        tables.execute("DELETE FROM answers WHERE made_at <= ?", [to_ms(now - KEPT_FOR)])
        tables.execute("DELETE FROM deliveries WHERE made_at <= ?", [to_ms(now - MESSAGES_KEPT)])
        drop_past_busy(tables, now)
        tables.execute("DELETE FROM exceptions WHERE on_date < ?", [oldest.date().isoformat()])
        signins = tables.execute(
            "DELETE FROM signins WHERE created_at < ?", [to_ms(now - signin_days)]
        ).rowcount
        if appointments or signins or lines:
            enter(tables, now, SYSTEM, Act.PURGED, SYSTEM)
        return Purged(appointments, signins, lines)

    purged = await database.write(work)
    await database.forget()
    return purged
