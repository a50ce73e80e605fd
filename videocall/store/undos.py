"""What was before a change, for the few minutes in which it can be undone; sealed."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final, Generic, TypeVar

from sqlite_utils import Database as Tables

from videocall.errors import Text
from videocall.scheduling.appointment import UNDO_FOR, Party
from videocall.store.instants import from_ms, to_ms
from videocall.store.sealing import Seal

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Remembered(Generic[_T]):
    """What was `before` the change that `made_by` made at `made_at`."""

    before: _T
    made_by: Party
    made_at: datetime


def remember(tables: Tables, seal: Seal, subject: str, remembered: Remembered[object]) -> None:
    """Keep what was before a change of `subject` (an id), in place of what was kept of it."""
    drop_expired_undos(tables, remembered.made_at)
    sealed = seal.close(remembered.before, _place(subject))
    tables.execute(
        "INSERT OR REPLACE INTO undos (subject, sealed, made_by, made_at) VALUES (?, ?, ?, ?)",
        [subject, sealed, remembered.made_by, to_ms(remembered.made_at)],
    )


def recall(tables: Tables, seal: Seal, subject: str, kind: type[_T]) -> Remembered[_T] | None:
    """Return what was before the last change of `subject`."""
    row = tables.execute(
        "SELECT sealed, made_by, made_at FROM undos WHERE subject = ?", [subject]
    ).fetchone()
    if row is None:
        return None
    before = seal.open(row[0], _place(subject), kind)
    return Remembered(before, Party(row[1]), from_ms(row[2]))


def forget(tables: Tables, subject: str) -> None:
    tables.execute("DELETE FROM undos WHERE subject = ?", [subject])


def drop_expired_undos(tables: Tables, now: datetime) -> None:
    tables.execute("DELETE FROM undos WHERE made_at <= ?", [to_ms(now - UNDO_FOR)])


def _place(subject: str) -> str:
    return f"undos {subject}"


NOTHING_TO_UNDO: Final = Text("There is nothing to undo any more.")
