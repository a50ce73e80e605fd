"""Passwords, by Argon2id (RFC 9106). Both functions compute for long: never on the event loop."""

import secrets
from dataclasses import dataclass
from functools import cache
from typing import Final

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from videocall.errors import Invalid

MIN_CHARS: Final = 12
MAX_CHARS: Final = 1024


@dataclass(frozen=True, slots=True)
class Argon2:
    """What one password costs: memory in KiB, passes, lanes."""

    memory_kib: int = 47_104
    passes: int = 1
    lanes: int = 1


def hash_password(cost: Argon2, password: str) -> str:
    """Return the hash to store. Raises Invalid for a password too short or too long."""
    if len(password) < MIN_CHARS:
        raise Invalid("Please choose a password of at least %(least)s characters.", least=MIN_CHARS)
    if len(password) > MAX_CHARS:
        raise Invalid("Please choose a password of at most %(most)s characters.", most=MAX_CHARS)
    try:
        return _hasher(cost).hash(password)
    except UnicodeEncodeError as error:
        raise Invalid("This password has characters that cannot be kept.") from error


def verify(cost: Argon2, stored: str | None, password: str) -> bool:
    """Tell whether `password` fits `stored`; for None it takes as long and never fits."""
    hasher = _hasher(cost)
    against = _nobodys(cost) if stored is None else stored
    try:
        hasher.verify(against, password[:MAX_CHARS].encode(errors="replace"))
    except (VerificationError, InvalidHashError):
        return False
    return stored is not None and len(password) <= MAX_CHARS


@cache
def _hasher(cost: Argon2) -> PasswordHasher:
    return PasswordHasher(
        time_cost=cost.passes, memory_cost=cost.memory_kib, parallelism=cost.lanes, type=Type.ID
    )


@cache
def _nobodys(cost: Argon2) -> str:
    return _hasher(cost).hash(secrets.token_urlsafe(24))
