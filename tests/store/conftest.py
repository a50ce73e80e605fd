"""A database on disk with one therapist."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import pytest

from videocall.access.people import Person, Role
from videocall.access.tokens import Keyring
from videocall.ids import AppointmentId
from videocall.scheduling.appointment import Book, Kind
from videocall.store.appointments import Appointments
from videocall.store.database import Database
from videocall.store.diary import Diary
from videocall.store.people import People
from videocall.store.sealing import Seal

NOON: Final = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Rows:
    """The rows of one practice, reached through one open file."""

    database: Database
    seal: Seal
    people: People
    appointments: Appointments
    path: Path
    now: datetime = NOON

    async def therapist(
        self, email: str = "rivera@example.org", name: str = "Sam Rivera"
    ) -> Person:
        return await self.people.add(
            Role.THERAPIST, name, email, "Europe/Berlin", "$argon2id$hash", self.now
        )

    def book(self, therapist: Person, start_at: datetime, name: str, minutes: int = 50) -> Book:
        number = f"{name}-{start_at:%d%H%M%f}-{minutes}".ljust(22, "x")
        return Book(
            AppointmentId(number), f"{number}@uid", therapist.id, f"{name} Lovelace",
            f"{name}@example.org", "Europe/London", start_at, minutes, Kind.VIDEO,
        )  # fmt: skip

    def bytes_on_disk(self) -> bytes:
        """Return the file and its write-ahead log."""
        beside = (self.path, self.path.with_name(self.path.name + "-wal"))
        return b"".join(path.read_bytes() for path in beside if path.exists())

    def log_bytes(self) -> int:
        log = self.path.with_name(self.path.name + "-wal")
        return log.stat().st_size if log.exists() else 0


def open_rows(path: Path, busy_s: float = 5.0, master: bytes = bytes(32)) -> Rows:
    seal = Seal(Keyring(master))
    database = Database(path, busy_s=busy_s)
    database.write_now(seal.check)
    people = People(database, seal, idle=timedelta(hours=1), absolute=timedelta(hours=12))
    return Rows(database, seal, people, Appointments(database, Diary(seal)), path)


@pytest.fixture
def rows(tmp_path: Path) -> Iterator[Rows]:
    opened = open_rows(tmp_path / "videocall.db")
    yield opened
    opened.database.close()


@pytest.fixture
def impatient(rows: Rows) -> Iterator[Rows]:
    """The same file, opened by somebody whose writes wait half a second only."""
    opened = open_rows(rows.path, busy_s=0.5)
    yield opened
    opened.database.close()
