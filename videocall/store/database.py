"""One SQLite file: a writer's thread and a reader's, so that readers go on while a writer waits.

A write is one function on one thread inside BEGIN IMMEDIATE: either all of it happens or nothing.
sqlite-utils' own `atomic()` begins deferred, which loses updates between processes; inside a
transaction of ours it becomes a savepoint and is safe.
"""

import asyncio
import os
import sqlite3
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Final, TypeVar

from sqlite_utils import Database as Tables

from videocall.errors import ConfigError, Unavailable
from videocall.store.migrations import migrations

BUSY_S: Final = 5.0
"""How long a write waits, for those before it and for other processes."""
CHECK_S: Final = 1.0

_DAMAGED: Final = frozenset({sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB})
_FOR_NOW: Final = _DAMAGED | {
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_LOCKED,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_NOMEM,
}
_NOT_NOW: Final = "This could not be saved right now, and nothing was changed. Please try again."

_T = TypeVar("_T")


class Database:
    """The open file. Raises ConfigError where it cannot be used at all."""

    def __init__(self, path: Path, *, busy_s: float = BUSY_S) -> None:
        self.path = path
        self._busy_s = busy_s
        self._writer = ThreadPoolExecutor(1, "database-writer")
        self._reader = ThreadPoolExecutor(1, "database-reader")
        try:
            self._write_tables = self._writer.submit(_open, path, busy_s).result()
            self._writer.submit(_prepare, self._write_tables).result()
            self._read_tables = self._reader.submit(_open, path, busy_s).result()
        except (sqlite3.DatabaseError, OSError) as error:
            self._writer.shutdown()
            self._reader.shutdown()
            raise _unusable(path, error) from error

    async def write(self, work: Callable[[Tables], _T]) -> _T:
        """Run `work` in one transaction of its own.

        Raises Unavailable where its turn does not come within 5 s or the disk is full; nothing
        was changed then.
        """
        return await self._write(work, self._busy_s)

    def write_if_free(self, work: Callable[[Tables], object]) -> None:
        """Run `work` as `write` does, soon; where the file is locked or full, not at all."""
        self._writer.submit(_transact, self._write_tables, work, 0.0)

    def write_now(self, work: Callable[[Tables], _T]) -> _T:
        """Run `work` as `write` does, before there is an event loop. Raises ConfigError."""
        try:
            return self._writer.submit(_transact, self._write_tables, work, self._busy_s).result()
        except sqlite3.DatabaseError as error:
            raise _unusable(self.path, error) from error

    async def read(self, work: Callable[[Tables], _T]) -> _T:
        """Run `work`, which only reads. Raises Unavailable as `write`."""
        return await self._run(self._reader, work, self._read_tables)

    async def check(self) -> None:
        """Raise Unavailable where a write could not be made within a second; changes nothing."""
        try:
            await self._write(_nothing, CHECK_S)
        except Unavailable as error:
            raise Unavailable("The database cannot be written right now.") from error

    async def forget(self) -> None:
        """Write the file anew and empty its log, so that neither keeps a removed row.

        Raises Unavailable where another process writes, or reads all the while.
        """
        await self._run(self._writer, _rewrite, self._write_tables)

    def close(self) -> None:
        self._writer.submit(self._write_tables.close).result()
        self._reader.submit(self._read_tables.close).result()
        self._writer.shutdown()
        self._reader.shutdown()

    async def _write(self, work: Callable[[Tables], _T], wait_s: float) -> _T:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + wait_s

        def in_time(tables: Tables) -> _T:
            left_s = deadline - loop.time()
            if left_s <= 0:
                raise Unavailable(_NOT_NOW)
            return _transact(tables, work, left_s)

        return await self._run(self._writer, in_time, self._write_tables)

    async def _run(
        self,
        thread: ThreadPoolExecutor,
        work: Callable[[Tables], _T],
        tables: Tables,
    ) -> _T:
        try:
            return await asyncio.get_running_loop().run_in_executor(thread, work, tables)
        except sqlite3.DatabaseError as error:
            if _code(error) not in _FOR_NOW:
                raise
            raise Unavailable(_NOT_NOW) from error


def _open(path: Path, busy_s: float) -> Tables:
    # For its owner alone from the first byte; the log beside it takes on the same mode.
    os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
    connection = sqlite3.connect(path, isolation_level=None, timeout=busy_s)
    tables = Tables(connection)
    for pragma in (
        "journal_mode = WAL",
        "synchronous = FULL",
        "foreign_keys = ON",
        "secure_delete = ON",
        "trusted_schema = OFF",
    ):
        tables.execute(f"PRAGMA {pragma}")
    return tables


def _prepare(tables: Tables) -> None:
    """Bring the tables up to date, unless the file is damaged."""
    if tables.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
        raise sqlite3.DatabaseError("pages of it do not fit together")
    _transact(tables, migrations.apply, BUSY_S)


def _transact(tables: Tables, work: Callable[[Tables], _T], wait_s: float) -> _T:
    tables.execute(f"PRAGMA busy_timeout = {int(wait_s * 1000)}")
    tables.execute("BEGIN IMMEDIATE")
    try:
        result = work(tables)
        tables.execute("COMMIT")
    except BaseException:
        # SQLite itself rolls back where the disk is full; a COMMIT that failed did not.
        if tables.conn.in_transaction:
            tables.execute("ROLLBACK")
        raise
    return result


def _nothing(_tables: Tables) -> None:
    pass


def _rewrite(tables: Tables) -> None:
    tables.execute(f"PRAGMA busy_timeout = {int(BUSY_S * 1000)}")
    # `secure_delete` leaves copies behind where SQLite moved rows between pages.
    tables.execute("VACUUM")
    busy = tables.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
    if busy:
        raise Unavailable("Another program reads the database; its log could not be emptied.")


def _code(error: Exception) -> int | None:
    """Return SQLite's primary result code."""
    code = getattr(error, "sqlite_errorcode", None)
    return code & 0xFF if isinstance(code, int) else None


def _unusable(path: Path, error: Exception) -> ConfigError:
    if isinstance(error, OSError) or (
        isinstance(error, sqlite3.OperationalError) and _code(error) not in _DAMAGED
    ):
        reason = error.strerror if isinstance(error, OSError) else error
        return ConfigError(f"the database {path} cannot be opened: {reason}")
    return ConfigError(
        f"the database {path} is damaged or not a database ({error}); stop the service, put a"
        " backup in its place and remove the -wal and -shm files beside it"
    )
