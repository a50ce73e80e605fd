"""The master key: one file, for the service alone, that lies outside the database."""

import os
import secrets
from contextlib import suppress
from pathlib import Path
from typing import Final

from videocall.errors import ConfigError

KEY_BYTES: Final = 32


def read_or_make(path: Path, database: Path) -> bytes:
    """Return the key in `path`; make it at the first start, when there is no `database` yet.

    Raises ConfigError where it is lost, can be read by others or cannot be made.
    """
    try:
        if not path.exists():
            if database.exists():
                raise ConfigError(
                    f"store.key_file: {path} is missing but the database is there; without its"
                    " key nothing in it can be read. Put the key back from your backup"
                )
            _make(path)
        if path.stat().st_mode & 0o077:
            raise ConfigError(f"store.key_file: others can read {path}; run: chmod 600 {path}")
        return path.read_bytes()
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ConfigError(f"store.key_file: {path} cannot be used: {reason}") from error


def _make(path: Path) -> None:
    """Write a fresh key under another name first: of two processes one makes it, whole."""
    fresh = path.with_name(f"{path.name}.{secrets.token_hex(8)}")
    with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
        file.write(secrets.token_bytes(KEY_BYTES))
        file.flush()
        os.fsync(file.fileno())
    with suppress(FileExistsError):
        path.hardlink_to(fresh)
    fresh.unlink()
