"""The command line. `videocall COMMAND --help` says the rest."""

import secrets
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, Final

import click

from videocall import __version__, clock
from videocall.access.passwords import hash_password
from videocall.access.people import Role, clean_email, clean_name
from videocall.app import serve as serve_app
from videocall.config import Config
from videocall.configured import Rows, configured, with_rows
from videocall.demo import demo as run_demo
from videocall.errors import VideocallError
from videocall.exchange import serve_relay
from videocall.integration import integration
from videocall.scheduling.zones import zone
from videocall.store.retention import purge as purge_rows

SIGNIN_LINK_LIVES: Final = timedelta(minutes=15)


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


@cli.command()
@configured
def serve(config: Config) -> None:
    """Serve until SIGTERM; calls outlive a restart."""
    serve_app(config)


@cli.command()
@configured
def relay(config: Config) -> None:
    """Be the relay of calls as a process of its own (relay.control), until SIGTERM."""
    serve_relay(config)


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


cli.add_command(integration)


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
@configured
@_person_options
def add_therapist(config: Config, **options: Any) -> None:
    """Add a therapist."""
    _add(config, Role.THERAPIST, **options)


@operator.command("add")
@configured
@_person_options
def add_operator(config: Config, **options: Any) -> None:
    """Add an operator: the board of rooms, never who is in them."""
    _add(config, Role.OPERATOR, **options)


@cli.command()
@configured
@click.argument("email")
@click.option("--password-stdin", is_flag=True, help="Read the password from stdin.")
def password(config: Config, email: str, password_stdin: bool) -> None:
    """Set a new password for EMAIL and sign them out everywhere."""
    hashed = hash_password(config.argon2, _read_password(password_stdin))

    async def change(rows: Rows) -> None:
        person = await rows.person(email)
        await rows.people.set_password(person.id, hashed, clock.now())

    with_rows(config, change)
    click.echo("Changed. Every browser they were signed in with is signed out.")


@cli.command()
@configured
@click.argument("email")
def link(config: Config, email: str) -> None:
    """Print a link that signs EMAIL in; it works for 15 minutes."""
    keyring = config.keyring()

    person = with_rows(config, lambda rows: rows.person(email))
    now = clock.now()
    token = keyring.signin(person.id, secrets.token_urlsafe(16), now, now + SIGNIN_LINK_LIVES)
    click.echo(f"{config.server.public_url}/signin#{token}")


@cli.command()
@configured
def purge(config: Config) -> None:
    """Remove what is past its days now; the service does so daily."""

    async def run(rows: Rows) -> None:
        signins = timedelta(hours=config.signin.absolute_h)
        purged = await purge_rows(rows.database, config.kept, signins, clock.now())
        click.echo(
            f"Removed: {purged.appointments} appointments, {purged.signins} sign-ins,"
            f" {purged.journal} journal lines."
        )

    with_rows(config, run)


def _add(
    config: Config, role: Role, name: str, email: str, zone_name: str | None, password_stdin: bool
) -> None:
    secret = _read_password(password_stdin)
    where = zone_name or config.practice.zone
    zone(where)
    hashed = hash_password(config.argon2, secret)

    async def add(rows: Rows) -> None:
        await rows.people.add(
            role, clean_name(name), clean_email(email), where, hashed, clock.now()
        )

    with_rows(config, add)
    click.echo(f"Added. Sign in at {config.server.public_url}/signin")


def _read_password(from_stdin: bool) -> str:
    if from_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    return str(click.prompt("Password", hide_input=True, confirmation_prompt=True))
