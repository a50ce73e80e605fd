"""Answers that may be asked for again: a request that is repeated under its key changes nothing.

An answer is written in the transaction of the change it tells of, so that no crash lies between
them (draft-ietf-httpapi-idempotency-key-header). Keys are hashed, answers sealed.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec
from sqlite_utils import Database as Tables

from videocall.errors import Invalid, TooMany
from videocall.ids import IntegrationId
from videocall.store.instants import to_ms
from videocall.store.sealing import Seal

KEPT_FOR: Final = timedelta(hours=24)
KEYS_MAX: Final = 10_000
"""Of one integration, in that time."""
_OTHER: Final = "This key was used for another request. Please use a new key for a new request."
_MANY: Final = "Too many keys were used within a day. Please try again later."


class Answer(msgspec.Struct, frozen=True):
    """An answer, byte for byte."""

    status: int
    body: bytes
    headers: dict[str, str]


class Repeated(Exception):
    """This request was made before: the answer it had then."""

    def __init__(self, answer: Answer) -> None:
        super().__init__("asked before")
        self.answer = answer


@dataclass(frozen=True, slots=True)
class Asked:
    """A request under its key; `request` is its method, place and body as one text."""

    integration: IntegrationId
    key: str
    request: str


def recall(tables: Tables, seal: Seal, asked: Asked, now: datetime) -> None:
    """Look a request up; nothing is changed, and nothing happens for a new key.

    Raises Repeated for the same request under its key, Invalid for another, and TooMany.
    """
    key_hash, oldest = seal.hash(asked.key), to_ms(now - KEPT_FOR)
    row = tables.execute(
        "SELECT asked_hash, sealed FROM answers"
        " WHERE integration = ? AND key_hash = ? AND made_at > ?",
        [asked.integration, key_hash, oldest],
    ).fetchone()
    if row is None:
        sql = "SELECT count(*) FROM answers WHERE integration = ? AND made_at > ?"
        if tables.execute(sql, [asked.integration, oldest]).fetchone()[0] >= KEYS_MAX:
            raise TooMany(_MANY)
    elif row[0] != seal.hash(asked.request):
        raise Invalid(_OTHER, code="key_reused")
    else:
        raise Repeated(seal.open(row[1], _place(asked, key_hash), Answer))


def keep(tables: Tables, seal: Seal, asked: Asked, answer: Answer, now: datetime) -> None:
    """Keep the answer to a request, for a day; those that are older go."""
    tables.execute("DELETE FROM answers WHERE made_at <= ?", [to_ms(now - KEPT_FOR)])
    key_hash = seal.hash(asked.key)
    tables.execute(
        "INSERT INTO answers (integration, key_hash, asked_hash, sealed, made_at)"
        " VALUES (?, ?, ?, ?, ?)",
        [
            asked.integration,
            key_hash,
            seal.hash(asked.request),
            seal.close(answer, _place(asked, key_hash)),
            to_ms(now),
        ],
    )


def _place(asked: Asked, key_hash: bytes) -> str:
    return f"answers {asked.integration} {key_hash.hex()}"
