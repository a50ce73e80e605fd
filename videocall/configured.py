"""What commands share: the configuration, and the rows it leads to."""

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import Any, TypeVar

import click

from videocall.access.people import Person
from videocall.config import Config, load
from videocall.errors import NotFound
from videocall.store.database import Database
from videocall.store.people import People
from videocall.store.sealing import Seal

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Rows:
    """The open database of a practice."""

    database: Database
    seal: Seal

    @property
    def people(self) -> People:
        idle, absolute = timedelta(minutes=1), timedelta(hours=1)
        return People(self.database, self.seal, idle=idle, absolute=absolute)

    async def person(self, email: str) -> Person:
        """Return who has this e-mail address. Raises NotFound."""
        found = await self.people.by_email(email)
        if found is None:
            raise NotFound("There is no account with this e-mail address.")
        return found[0]


def configured(command: Callable[..., _T]) -> Callable[..., _T]:
    """Give `command` the configuration as its first argument."""

    @click.option(
        "--config",
        "path",
        default="config.toml",
        show_default=True,
        type=click.Path(path_type=Path),
        help="The configuration to use.",
    )
    @wraps(command)
    def with_configuration(path: Path, **options: Any) -> _T:
        return command(load(path), **options)

    return with_configuration


def with_rows(config: Config, work: Callable[[Rows], Coroutine[None, None, _T]]) -> _T:
    """Run `work` on the database. Raises what `work` does, and ConfigError."""
    seal = Seal(config.keyring())
    database = Database(config.database)
    try:
        database.write_now(seal.check)
        return asyncio.run(work(Rows(database, seal)))
    finally:
        database.close()
