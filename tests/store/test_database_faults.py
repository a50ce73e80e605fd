"""A locked file, a full disk, a damaged file, a wrong key: what happens, and what is said."""

import asyncio
import random
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import pytest
from sqlite_utils import Database as Tables

from tests.store.conftest import NOON, Rows, open_rows
from videocall.access.people import Person
from videocall.errors import ConfigError, Unavailable
from videocall.store.database import Database

TWO: Final = NOON + timedelta(hours=2)
ROOT: Final = Path(__file__).parents[2]


@contextmanager
def locked(path: Path) -> Iterator[sqlite3.Connection]:
    """Hold the write lock as another process would."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    try:
        yield other
    finally:
        other.close()


async def test_reads_go_on_while_another_process_writes_and_a_write_waits(rows: Rows) -> None:
    therapist = await rows.therapist()
    booked = await rows.appointments.book(rows.book(therapist, TWO, "Ada"), NOON)
    with locked(rows.path) as other:
        move = rows.book(therapist, TWO + timedelta(hours=1), "Bob")
        writing = asyncio.create_task(rows.appointments.book(move, NOON))
        for _ in range(20):
            assert await rows.appointments.get(booked.id) == booked
        assert not writing.done()
        other.execute("ROLLBACK")
        assert (await writing).client_name == "Bob Lovelace"


async def test_a_write_that_cannot_wait_any_longer_is_refused_and_changes_nothing(
    rows: Rows, impatient: Rows
) -> None:
    therapist = await rows.therapist()
    book = rows.book(therapist, TWO, "Ada")
    with locked(rows.path):
        with pytest.raises(Unavailable, match=r"nothing was changed\. Please try again"):
            await impatient.appointments.book(book, NOON)
        assert await impatient.appointments.get(book.id) is None
    await rows.appointments.book(book, NOON)


async def test_writes_behind_one_another_do_not_add_up_their_waiting(
    rows: Rows, impatient: Rows
) -> None:
    therapist = await rows.therapist()
    with locked(rows.path):
        begun = time.monotonic()
        answers = await asyncio.gather(
            *(
                impatient.appointments.book(rows.book(therapist, TWO, f"C{number}"), NOON)
                for number in range(40)
            ),
            return_exceptions=True,
        )
        waited_s = time.monotonic() - begun
    assert all(isinstance(answer, Unavailable) for answer in answers)
    assert waited_s < 10


async def test_a_page_is_served_to_who_is_signed_in_while_the_file_is_locked(rows: Rows) -> None:
    therapist = await rows.therapist()
    token = await rows.people.signin(therapist.id, NOON)
    with locked(rows.path):
        begun = time.monotonic()
        for minute in range(10):
            someone = await rows.people.by_signin(token, NOON + timedelta(minutes=5 + minute))
            assert someone == therapist
        assert time.monotonic() - begun < 10


async def test_a_check_tells_soon_whether_a_write_could_be_made(rows: Rows) -> None:
    await rows.database.check()
    with locked(rows.path):
        begun = time.monotonic()
        with pytest.raises(Unavailable):
            await rows.database.check()
        assert time.monotonic() - begun < 4
    await rows.database.check()


async def test_a_check_is_not_troubled_by_our_own_writes(rows: Rows) -> None:
    therapist = await rows.therapist()
    for number in range(20):
        book = rows.book(therapist, TWO + timedelta(hours=number), "Ada")
        await asyncio.gather(rows.appointments.book(book, NOON), rows.database.check())


async def test_a_full_disk_refuses_the_write_and_leaves_the_reads(rows: Rows) -> None:
    therapist = await rows.therapist()
    booked = await rows.appointments.book(rows.book(therapist, TWO, "Ada"), NOON)
    pages = await _fill(rows)
    for day in range(1, 4):
        with pytest.raises(Unavailable, match="nothing was changed"):
            await _book_hourly(rows, therapist, TWO + timedelta(days=20 * day))
    assert await rows.appointments.get(booked.id) == booked
    await _limit(rows, pages + 1000)
    await rows.appointments.book(rows.book(therapist, TWO + timedelta(days=9), "C"), NOON)


async def test_a_failure_of_ours_is_rolled_back_and_the_next_write_works(rows: Rows) -> None:
    def fails(tables: Tables) -> None:
        tables.execute("DELETE FROM people")
        raise ZeroDivisionError

    therapist = await rows.therapist()
    with pytest.raises(ZeroDivisionError):
        await rows.database.write(fails)
    assert await rows.people.get(therapist.id) == therapist
    await rows.appointments.book(rows.book(therapist, TWO, "Ada"), NOON)


async def test_a_mistake_in_a_query_is_not_taken_for_a_full_disk(rows: Rows) -> None:
    with pytest.raises(sqlite3.OperationalError):
        await rows.database.read(lambda tables: tables.execute("SELECT * FROM nothing"))


async def test_what_was_written_is_there_after_a_cut_without_close(tmp_path: Path) -> None:
    rows = open_rows(tmp_path / "videocall.db")
    therapist = await rows.therapist()
    again = open_rows(rows.path)
    assert await again.people.get(therapist.id) == therapist
    again.database.close()
    rows.database.close()


@pytest.mark.parametrize("filling", [b"this is not a database" * 400, b"\xff" * 8192])
def test_a_file_that_is_no_database_is_refused_with_one_clear_line(
    tmp_path: Path, filling: bytes
) -> None:
    path = tmp_path / "videocall.db"
    path.write_bytes(filling)
    _assert_refused(path, "put a backup in its place")
    assert path.read_bytes() == filling


async def test_a_damaged_page_is_noticed_at_the_start(tmp_path: Path) -> None:
    rows = open_rows(tmp_path / "videocall.db")
    therapist = await rows.therapist()
    for number in range(30):
        start_at = TWO + timedelta(hours=number)
        await rows.appointments.book(rows.book(therapist, start_at, "Ada"), NOON)
    await rows.database.forget()
    rows.database.close()
    whole = bytearray(rows.path.read_bytes())
    for at in range(4096, len(whole), 64):
        whole[at : at + 8] = random.Random(at).randbytes(8)
    rows.path.write_bytes(whole)
    _assert_refused(rows.path, "put a backup in its place")


def test_a_path_that_cannot_hold_a_file_is_refused_with_one_clear_line(tmp_path: Path) -> None:
    _assert_refused(tmp_path / "missing" / "videocall.db", "cannot be opened")
    _assert_refused(tmp_path, "cannot be opened")


def test_another_key_is_refused_at_the_start(tmp_path: Path) -> None:
    open_rows(tmp_path / "videocall.db").database.close()
    with pytest.raises(ConfigError, match="key file does not fit"):
        open_rows(tmp_path / "videocall.db", master=b"\x01" * 32)


def test_the_file_and_its_log_are_for_their_owner_alone(rows: Rows) -> None:
    for name in ("videocall.db", "videocall.db-wal", "videocall.db-shm"):
        path = rows.path.with_name(name)
        assert path.stat().st_mode & 0o077 == 0


def test_three_processes_may_open_a_new_file_at_once(tmp_path: Path) -> None:
    path = tmp_path / "videocall.db"
    program = f"""
import sys
from pathlib import Path
from videocall.store.database import Database
print("ready", flush=True)
sys.stdin.readline()
Database(Path({str(path)!r})).close()
"""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", program],
            cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        )
        for _ in range(3)
    ]  # fmt: skip
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write(b"go\n")
        process.stdin.flush()
    for process in processes:
        _, said = process.communicate(timeout=60)
        assert process.returncode == 0, said
    tables = Tables(path)
    assert {"people", "appointments", "decisions", "journal"} <= set(tables.table_names())
    assert all(table.strict for table in tables.tables if not table.name.startswith("_"))
    tables.close()


def _assert_refused(path: Path, words: str) -> None:
    with pytest.raises(ConfigError, match=words) as refusal:
        Database(path)
    assert "\n" not in refusal.value.text
    assert str(path) in refusal.value.text


async def _book_hourly(rows: Rows, therapist: Person, start_at: datetime) -> None:
    for number in range(400):
        book = rows.book(therapist, start_at + timedelta(hours=number), "B" * 60)
        await rows.appointments.book(book, NOON)


async def _fill(rows: Rows) -> int:
    """Let the file not grow any more; return its pages."""
    pages: int = await rows.database.read(
        lambda tables: tables.execute("PRAGMA page_count").fetchone()[0]
    )
    await _limit(rows, pages)
    return pages


async def _limit(rows: Rows, pages: int) -> None:
    await rows.database.write(
        lambda tables: tables.execute(f"PRAGMA max_page_count = {pages}").fetchone()
    )
