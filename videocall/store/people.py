"""Therapists and operators, and the browsers they are signed in with."""

import hashlib
import secrets
import sqlite3
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlite_utils import Database as Tables

from videocall.access.people import Person, Role, clean_email, clean_name
from videocall.errors import Conflict, Invalid
from videocall.ids import PersonId
from videocall.scheduling.zones import zone as zone_of
from videocall.store.database import Database
from videocall.store.instants import from_ms, to_ms
from videocall.store.journal import SYSTEM, Act, enter, privacy_act
from videocall.store.sealing import Seal

_SEEN_EVERY: Final = timedelta(minutes=1)
_COLUMNS: Final = "id, role, sealed, zone, created_at, address_privacy"


class _Sealed(msgspec.Struct, frozen=True):
    name: str
    email: str


class People:
    """Everyone with an account. A sign-in ends when idle, and at the latest after its day."""

    def __init__(
        self, database: Database, seal: Seal, *, idle: timedelta, absolute: timedelta
    ) -> None:
        self._database = database
        self._seal = seal
        self._idle = idle
        self._absolute = absolute

    async def add(
        self, role: Role, name: str, email: str, zone: str, password: str, now: datetime
    ) -> Person:
        """Add somebody; `password` is its hash.

        Raises Invalid for a value that cannot be used and Conflict where the e-mail is taken.
        """
        name, email, zone = clean_name(name), clean_email(email), zone_of(zone).key
        person = Person(PersonId(secrets.token_urlsafe(16)), role, name, email, zone, now)
        sealed = self._seal.close(_Sealed(name, email), f"people {person.id}")

        def work(tables: Tables) -> None:
            try:
                tables.execute(
                    "INSERT INTO people (id, role, email_hash, sealed, zone, password, created_at)"
                    " VALUES (?, ?, ?, ?, ?, ?, ?)",
                    [person.id, role, self._seal.hash(email), sealed, zone, password, to_ms(now)],
                )
            except sqlite3.IntegrityError as error:
                raise Conflict("There is an account with this e-mail address.") from error
            enter(tables, now, SYSTEM, Act.PERSON_ADDED, person.id)

        await self._database.write(work)
        return person

    async def get(self, person: PersonId) -> Person | None:
        return await self._database.read(lambda tables: self._one(tables, "id = ?", person))

    async def therapists(self) -> list[Person]:
        """Return every therapist, the first who was added first."""

        def work(tables: Tables) -> list[Person]:
            sql = f"SELECT {_COLUMNS} FROM people WHERE role = ? ORDER BY created_at, id"
            return [self._person(row) for row in tables.execute(sql, [Role.THERAPIST]).fetchall()]

        return await self._database.read(work)

    async def by_email(self, email: str) -> tuple[Person, str] | None:
        """Return who has this e-mail address, and the hash of their password."""
        try:
            hashed = self._seal.hash(clean_email(email))
        except Invalid:
            return None

        def work(tables: Tables) -> tuple[Person, str] | None:
            sql = f"SELECT {_COLUMNS}, password FROM people WHERE email_hash = ?"
            row = tables.execute(sql, [hashed]).fetchone()
            return None if row is None else (self._person(row), row[-1])

        return await self._database.read(work)

    async def set_password(self, person: PersonId, password: str, now: datetime) -> None:
        """Set the hash of a new password and sign out everywhere."""

        def work(tables: Tables) -> None:
            sql = "UPDATE people SET password = ? WHERE id = ?"
            if tables.execute(sql, [password, person]).rowcount != 1:
                raise Invalid("There is no such account.")
            tables.execute("DELETE FROM signins WHERE person = ?", [person])
            enter(tables, now, person, Act.PASSWORD_SET, person)

        await self._database.write(work)

    async def set_address_privacy(self, person: PersonId, on: bool, now: datetime) -> None:
        """Keep internet addresses private in every session of a therapist, or no longer."""

        def work(tables: Tables) -> None:
            sql = "UPDATE people SET address_privacy = ? WHERE id = ?"
            tables.execute(sql, [on, person])
            enter(tables, now, person, privacy_act(on), person)

        await self._database.write(work)

    async def signin(self, person: PersonId, now: datetime) -> str:
        """Begin a sign-in; return its token, of which only the hash is kept."""
        token = secrets.token_urlsafe(32)

        def work(tables: Tables) -> None:
            tables.execute(
                "INSERT INTO signins (token_hash, person, created_at, seen_at) VALUES (?, ?, ?, ?)",
                [_hash(token), person, to_ms(now), to_ms(now)],
            )
            enter(tables, now, person, Act.SIGNED_IN, person)

        await self._database.write(work)
        return token

    async def by_signin(self, token: str, now: datetime) -> Person | None:
        """Return who is signed in with this token, unless it is idle or too old."""
        hashed = _hash(token)

        def find(tables: Tables) -> tuple[Person | None, bool]:
            row = tables.execute(
                "SELECT person, created_at, seen_at FROM signins WHERE token_hash = ?", [hashed]
            ).fetchone()
            if row is None:
                return None, False
            person, created_at, seen_at = row[0], from_ms(row[1]), from_ms(row[2])
            if now >= created_at + self._absolute or now >= seen_at + self._idle:
                return None, False
            return self._one(tables, "id = ?", person), now - seen_at >= _SEEN_EVERY

        person, stale = await self._database.read(find)
        if person is not None and stale:
            # Nobody waits for this: pages can be read while the file is locked.
            self._database.write_if_free(
                lambda tables: tables.execute(
                    "UPDATE signins SET seen_at = ? WHERE token_hash = ?", [to_ms(now), hashed]
                )
            )
        return person

    async def sign_out(self, token: str) -> None:
        """End a sign-in."""
        await self._database.write(
            lambda tables: tables.execute(
                "DELETE FROM signins WHERE token_hash = ?", [_hash(token)]
            )
        )

    def _one(self, tables: Tables, where: str, value: str) -> Person | None:
        row = tables.execute(f"SELECT {_COLUMNS} FROM people WHERE {where}", [value]).fetchone()
        return None if row is None else self._person(row)

    def _person(self, row: tuple[Any, ...]) -> Person:
        person, role, sealed, zone, created_at, private = row[:6]
        opened = self._seal.open(sealed, f"people {person}", _Sealed)
        return Person(
            PersonId(person), Role(role), opened.name, opened.email, zone, from_ms(created_at),
            bool(private),
        )  # fmt: skip


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode(errors="replace")).digest()
