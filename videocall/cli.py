"""The command line. `videocall COMMAND --help` says the rest."""

import asyncio
import secrets
import sys
from collections.abc import Callable, Coroutine
from datetime import timedelta
from functools import wraps
from pathlib import Path
from typing import Any, Final, TypeVar

import click

from videocall import __version__, clock
from videocall.access.passwords import hash_password
from videocall.access.people import Person, Role, clean_email, clean_name
from videocall.app import serve as serve_app
from videocall.config import Config, load
from videocall.demo import demo as run_demo
from videocall.errors import NotFound, VideocallError
from videocall.scheduling.zones import zone
from videocall.store.database import Database
from videocall.store.people import People
from videocall.store.retention import purge as purge_rows
from videocall.store.sealing import Seal

SIGNIN_LINK_LIVES: Final = timedelta(minutes=15)

_T = TypeVar("_T")


def main() -> None:
    """Run the command line; what a person can mend is one line, and exit code 2."""
    try:
        cli.main(standalone_mode=False)
    except VideocallError as error:
        click.echo(f"videocall: {error.text}", err=True)
        sys.exit(2)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.Abort:
        sys.exit(130)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__)
def cli() -> None:
    """Video appointments that a practice hosts itself; nothing is recorded."""


def _configured(command: Callable[..., _T]) -> Callable[..., _T]:
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
    def configured(path: Path, **options: Any) -> _T:
        return command(load(path), **options)

    return configured


@cli.command()
@_configured
def serve(config: Config) -> None:
    """Serve until SIGTERM; calls outlive a restart."""
    serve_app(config)


@cli.command()
@click.option("--port", default=8080, show_default=True, help="Where to listen, on localhost.")
@click.option(
    "--folder",
    default="demo",
    show_default=True,
    type=click.Path(path_type=Path),
    help="Where its database and key lie; the same folder again goes on where it was.",
)
def demo(port: int, folder: Path) -> None:
    """Try it: a therapist, a client and an appointment that starts now."""
    run_demo(port, folder)


@cli.group()
def therapist() -> None:
    """People who hold appointments."""


@cli.group()
def operator() -> None:
    """People who watch over the service."""


def _person_options(command: Callable[..., None]) -> Callable[..., None]:
    for option in (
        click.option("--password-stdin", is_flag=True, help="Read the password from stdin."),
        click.option("--zone", "zone_name", help="IANA time zone; default: the practice's."),
        click.option("--email", prompt="E-mail", help="What they sign in with."),
        click.option("--name", prompt="Name", help="What clients read."),
    ):
        command = option(command)
    return command


@therapist.command("add")
@_configured
@_person_options
def add_therapist(config: Config, **options: Any) -> None:
    """Add a therapist."""
    _add(config, Role.THERAPIST, **options)


@operator.command("add")
@_configured
@_person_options
def add_operator(config: Config, **options: Any) -> None:
    """Add an operator: the board of rooms, never who is in them."""
    _add(config, Role.OPERATOR, **options)


@cli.command()
@_configured
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from stdin.")
def password(config: Config, email: str, password_stdin: bool) -> None:
    """Set a new password for EMAIL and sign them out everywhere."""
    hashed = hash_password(config.argon2, _read_password(password_stdin))

    async def change(people: People, _database: Database) -> None:
        person = await _find(people, email)
        await people.set_password(person.id, hashed, clock.now())

    _with_people(config, change)
    click.echo("Changed. Every browser they were signed in with is signed out.")


@cli.command()
@_configured
@click.argument("email")
def link(config: Config, email: str) -> None:
    """Print a link that signs EMAIL in; it works for 15 minutes."""
    keyring = config.keyring()

    async def find(people: People, _database: Database) -> Person:
        return await _find(people, email)

    person = _with_people(config, find)
    now = clock.now()
    token = keyring.signin(person.id, secrets.token_urlsafe(16), now, now + SIGNIN_LINK_LIVES)
    click.echo(f"{config.server.public_url}/signin#{token}")


@cli.command()
@_configured
def purge(config: Config) -> None:
    """Remove what is past its days now; the service does so daily."""

    async def run(_people: People, database: Database) -> None:
        signins = timedelta(hours=config.signin.absolute_h)
        purged = await purge_rows(database, config.kept, signins, clock.now())
        click.echo(
            f"Removed: {purged.appointments} appointments, {purged.signins} sign-ins,"
            f" {purged.journal} journal lines."
        )

    _with_people(config, run)


def _add(
    config: Config, role: Role, name: str, email: str, zone_name: str | None, password_stdin: bool
) -> None:
    secret = _read_password(password_stdin)
    where = zone_name or config.practice.zone
    zone(where)
    hashed = hash_password(config.argon2, secret)

    async def add(people: People, _database: Database) -> None:
        await people.add(role, clean_name(name), clean_email(email), where, hashed, clock.now())

    _with_people(config, add)
    click.echo(f"Added. Sign in at {config.server.public_url}/signin")


def _read_password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))


async def _find(people: People, email: str) -> Person:
    found = await people.by_email(email)
    if found is None:
        raise NotFound("There is no account with this e-mail address.")
    return found[0]


def _with_people(
    config: Config, work: Callable[[People, Database], Coroutine[None, None, _T]]
) -> _T:
    seal = Seal(config.keyring())
    database = Database(config.database)
    try:
        database.write_now(seal.check)
        idle, absolute = timedelta(minutes=1), timedelta(hours=1)
        return asyncio.run(work(People(database, seal, idle=idle, absolute=absolute), database))
    finally:
        database.close()
