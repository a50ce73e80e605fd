"""The gate of a relay's own process: a Unix socket that nobody but its own user can reach."""

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import AF_UNIX, SOCK_STREAM, socket
from typing import Final

from videocall.errors import ConfigError

KNOCK_S: Final = 1.0
PATH_MAX_BYTES: Final = 107
"""What sockaddr_un holds (unix(7))."""


def check_path(path: Path) -> None:
    """Raise ConfigError where no socket can be called `path`."""
    if len(os.fsencode(path)) > PATH_MAX_BYTES:
        raise ConfigError(f"relay.control: {path} is too long; a socket's path has 107 bytes")


@contextmanager
def gate(path: Path) -> Iterator[socket]:
    """Bind a socket at `path`, and remove it in the end. Raises ConfigError.

    Another relay's is left alone while it answers; one that nobody answers at is replaced.
    """
    check_path(path)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _check_folder(path.parent)
        _clear(path)
        bound = _bound(path)
    except OSError as error:
        raise ConfigError(
            f"relay.control: {path} cannot be listened on ({error.strerror or error})"
        ) from error
    try:
        yield bound
    finally:
        bound.close()
        path.unlink(missing_ok=True)


def _check_folder(folder: Path) -> None:
    found = folder.stat()
    others = found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)
    if found.st_uid not in (0, os.geteuid()) or others:
        raise ConfigError(
            f"relay.control: others can write in {folder}; choose a folder of the service's own"
        )


def _clear(path: Path) -> None:
    try:
        found = path.lstat()
    except FileNotFoundError:
        return
    if not stat.S_ISSOCK(found.st_mode):
        raise ConfigError(f"relay.control: {path} is no socket; remove it or choose another name")
    with socket(AF_UNIX, SOCK_STREAM) as knock:
        knock.settimeout(KNOCK_S)
        try:
            knock.connect(str(path))
        except ConnectionRefusedError:
            path.unlink(missing_ok=True)
            return
        except TimeoutError:
            pass
    raise ConfigError(f"relay.control: another relay answers at {path}")


def _bound(path: Path) -> socket:
    bound = socket(AF_UNIX, SOCK_STREAM)
    before = os.umask(0o177)
    try:
        bound.bind(str(path))
    except OSError:
        bound.close()
        raise
    finally:
        os.umask(before)
    return bound
