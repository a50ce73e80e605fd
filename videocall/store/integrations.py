"""Other programs that may ask over the API: each has one token, kept as a fingerprint alone."""

import hashlib
import re
import secrets
import sqlite3
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlite_utils import Database as Tables

from videocall.access.people import clean_name
from videocall.errors import Conflict, NotFound
from videocall.ids import IntegrationId, PersonId
from videocall.store.database import Database
from videocall.store.instants import from_ms, to_ms
from videocall.store.journal import SYSTEM, Act, enter
from videocall.store.sealing import Seal

TOKEN_PREFIX: Final = "videocall_"
"""What those know a token by who search texts for secrets."""
_TOKEN: Final = re.compile(rf"{TOKEN_PREFIX}[A-Za-z0-9_-]{{43}}")
_COLUMNS: Final = "id, sealed, therapist, created_at"


@dataclass(frozen=True, slots=True)
class Integration:
    """Another program; without a `therapist` it sees the whole practice."""

    id: IntegrationId
    name: str
    therapist: PersonId | None
    created_at: datetime

    def may_see(self, therapist: PersonId) -> bool:
        """Tell whether what belongs to this therapist is within its reach."""
        return self.therapist in (None, therapist)


class _Sealed(msgspec.Struct, frozen=True):
    name: str


class Integrations:
    """The integrations of the practice."""

    def __init__(self, database: Database, seal: Seal) -> None:
        self._database = database
        self._seal = seal

    async def add(
        self, name: str, therapist: PersonId | None, now: datetime
    ) -> tuple[Integration, str]:
        """Add one; return it with its token, which is not kept.

        Raises Invalid for a name that cannot be used and Conflict where there is one of that name.
        """
        made = Integration(
            IntegrationId(secrets.token_urlsafe(16)), clean_name(name), therapist, now
        )
        token = TOKEN_PREFIX + secrets.token_urlsafe(32)
        sealed = self._seal.close(_Sealed(made.name), _place(made.id))

        def work(tables: Tables) -> None:
            try:
                tables.execute(
                    "INSERT INTO integrations"
                    " (id, name_hash, sealed, token_hash, therapist, created_at)"
                    " VALUES (?, ?, ?, ?, ?, ?)",
                    [made.id, self._hash(made.name), sealed, _hash(token), therapist, to_ms(now)],
                )
            except sqlite3.IntegrityError as error:
                raise Conflict("There is an integration of this name.") from error
            enter(tables, now, SYSTEM, Act.INTEGRATION_ADDED, made.id)

        await self._database.write(work)
        return made, token

    async def by_token(self, token: str) -> Integration | None:
        """Return whose token this is."""
        if not _TOKEN.fullmatch(token):
            return None

        def work(tables: Tables) -> Integration | None:
            return self._one(tables, "token_hash = ?", _hash(token))

        return await self._database.read(work)

    async def by_name(self, name: str) -> Integration:
        """Return the one of this name. Raises NotFound, and Invalid for what is no name."""
        hashed = self._hash(clean_name(name))
        found = await self._database.read(lambda tables: self._one(tables, "name_hash = ?", hashed))
        if found is None:
            raise NotFound("There is no integration of this name.")
        return found

    async def all(self) -> list[Integration]:
        """Return every integration, the oldest first."""

        def work(tables: Tables) -> list[Integration]:
            sql = f"SELECT {_COLUMNS} FROM integrations ORDER BY created_at, rowid"
            return [self._integration(row) for row in tables.execute(sql).fetchall()]

        return await self._database.read(work)

    async def remove(self, integration: IntegrationId, now: datetime) -> None:
        """Let its token open nothing any more, with its webhooks and all that waits for them."""

        def work(tables: Tables) -> None:
            if tables.execute("DELETE FROM integrations WHERE id = ?", [integration]).rowcount:
                enter(tables, now, SYSTEM, Act.INTEGRATION_REMOVED, integration)

        await self._database.write(work)

    def _one(self, tables: Tables, where: str, value: bytes) -> Integration | None:
        sql = f"SELECT {_COLUMNS} FROM integrations WHERE {where}"
        row = tables.execute(sql, [value]).fetchone()
        return None if row is None else self._integration(row)

    def _integration(self, row: tuple[Any, ...]) -> Integration:
        id, sealed, therapist, created_at = row
        name = self._seal.open(sealed, _place(id), _Sealed).name
        return Integration(
            IntegrationId(id),
            name,
            None if therapist is None else PersonId(therapist),
            from_ms(created_at),
        )

    def _hash(self, name: str) -> bytes:
        return self._seal.hash(name.casefold())


def _place(integration: str) -> str:
    return f"integrations {integration}"


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
