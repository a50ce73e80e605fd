"""Names and addresses at rest: AES-256-GCM, with a key that lies outside the database.

What is sealed is bound to its table and row, so that a value moved elsewhere does not open.
"""

import hashlib
import hmac
import secrets
from typing import Final, TypeVar

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlite_utils import Database as Tables

from videocall.access.tokens import Keyring
from videocall.errors import ConfigError

_NONCE_BYTES: Final = 12
_VERSION: Final = b"\x01"
_WORD: Final = b"videocall"

_T = TypeVar("_T")


class Seal:
    """Seals and opens values, and hashes what is only looked up."""

    def __init__(self, keyring: Keyring) -> None:
        self._aead = AESGCM(keyring.derive("seal"))
        self._hash_key = keyring.derive("hash")

    def close(self, value: object, place: str) -> bytes:
        """Return `value`, as JSON, sealed for `place` (a table and a row)."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return _VERSION + nonce + self._aead.encrypt(nonce, _plain(value), place.encode())

    def open(self, sealed: bytes, place: str, kind: type[_T]) -> _T:
        """Return what was sealed for `place`. Raises ConfigError where the key is another."""
        nonce, text = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        try:
            plain = self._aead.decrypt(nonce, text, place.encode())
        except (InvalidTag, ValueError) as error:
            raise ConfigError("the key file does not fit this database") from error
        return msgspec.json.decode(plain, type=kind)

    def hash(self, text: str) -> bytes:
        """Return the keyed hash of what is looked up but not read back."""
        return hmac.digest(self._hash_key, text.encode(), hashlib.sha256)

    def check(self, tables: Tables) -> None:
        """Seal a word in a new database; raise ConfigError where an old one has another key."""
        row = tables.execute("SELECT sealed FROM seal WHERE id = 1").fetchone()
        if row is None:
            sealed = self.close(_WORD.decode(), "seal")
            tables.execute("INSERT INTO seal (id, sealed) VALUES (1, ?)", [sealed])
        else:
            self.open(row[0], "seal", str)


def _plain(value: object) -> bytes:
    return msgspec.json.encode(value)
