"""Where a therapist's calendar subscribes: one address each, kept as a fingerprint alone."""

import hashlib
import secrets
from datetime import datetime
from typing import Final

from sqlite_utils import Database as Tables

from videocall.ids import PersonId
from videocall.store.database import Database
from videocall.store.instants import from_ms, to_ms
from videocall.store.journal import Act, enter

_SECRET_BYTES: Final = 32


class Feeds:
    """The calendar feeds of the practice."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def make(self, therapist: PersonId, now: datetime) -> str:
        """Return the secret of a new address; the one before opens nothing any more."""
        secret = secrets.token_urlsafe(_SECRET_BYTES)

        def work(tables: Tables) -> None:
            tables.execute(
                "INSERT OR REPLACE INTO feeds (therapist, secret_hash, made_at) VALUES (?, ?, ?)",
                [therapist, _hash(secret), to_ms(now)],
            )
            enter(tables, now, therapist, Act.FEED_MADE, therapist)

        await self._database.write(work)
        return secret

    async def stop(self, therapist: PersonId, now: datetime) -> None:
        """Let the address open nothing any more."""

        def work(tables: Tables) -> None:
            if tables.execute("DELETE FROM feeds WHERE therapist = ?", [therapist]).rowcount:
                enter(tables, now, therapist, Act.FEED_STOPPED, therapist)

        await self._database.write(work)

    async def made_at(self, therapist: PersonId) -> datetime | None:
        """Return when the therapist's address was made, if there is one."""

        def work(tables: Tables) -> datetime | None:
            row = tables.execute(
                "SELECT made_at FROM feeds WHERE therapist = ?", [therapist]
            ).fetchone()
            return None if row is None else from_ms(row[0])

        return await self._database.read(work)

    async def owner(self, secret: str) -> PersonId | None:
        """Return whose address this is."""

        def work(tables: Tables) -> PersonId | None:
            row = tables.execute(
                "SELECT therapist FROM feeds WHERE secret_hash = ?", [_hash(secret)]
            ).fetchone()
            return None if row is None else PersonId(row[0])

        return await self._database.read(work)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="replace")).digest()
