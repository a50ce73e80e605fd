"""`videocall integration`: other programs that may ask over the API, and what they are told."""

from collections.abc import Sequence
from typing import Final

import click

from videocall import clock
from videocall.config import Config
from videocall.configured import Rows, configured, with_rows
from videocall.errors import Conflict, Invalid, NotFound
from videocall.hooks.post import Outcome, Reply, try_out
from videocall.ids import HookId
from videocall.outbound import checked_url
from videocall.store.hooks import HOOKS_MAX, Hook, Hooks, Stopped
from videocall.store.integrations import Integration, Integrations

_STOPPED: Final = {
    Stopped.GONE: "stopped: it said it is gone (410)",
    Stopped.FAILING: "stopped: it took nothing for two days",
}
_private = click.option(
    "--private", is_flag=True, help="Webhooks may lead to addresses of the local network."
)


@click.group()
def integration() -> None:
    """Other programs that may use the API, each with a token of its own."""


@integration.group()
def hook() -> None:
    """Where an integration wants to be told what happens."""


@integration.command("add")
@configured
@click.argument("name")
@click.option("--therapist", "email", help="It sees this therapist alone, by e-mail.")
@click.option("--webhook", "urls", multiple=True, help="Tell it there; may be given again.")
@_private
def add(config: Config, name: str, email: str | None, urls: Sequence[str], private: bool) -> None:
    """Add NAME and print its token, this once."""
    for url in urls:
        _check(url, private)
    if len(urls) > HOOKS_MAX:
        raise Conflict(f"An integration has at most {HOOKS_MAX} webhooks.")

    async def work(rows: Rows) -> tuple[str, list[Hook]]:
        therapist = None if email is None else (await rows.person(email)).id
        integrations = Integrations(rows.database, rows.seal)
        made, token = await integrations.add(name, therapist, clock.now())
        hooks = Hooks(rows.database, rows.seal)
        added = [await hooks.add(made.id, url, clock.now(), private=private) for url in urls]
        return token, added

    token, hooks = with_rows(config, work)
    click.echo(f"Token, shown this once: {token}")
    for each in hooks:
        _tell_secret(each)


@integration.command("list")
@configured
def show(config: Config) -> None:
    """Print every integration, and how its webhooks do."""

    async def work(rows: Rows) -> list[tuple[Integration, str, list[Hook]]]:
        hooks, found = Hooks(rows.database, rows.seal), []
        for each in await Integrations(rows.database, rows.seal).all():
            person = None if each.therapist is None else await rows.people.get(each.therapist)
            reach = "the whole practice" if person is None else person.email
            found.append((each, reach, await hooks.of(each.id)))
        return found

    for each, reach, hooks in with_rows(config, work):
        click.echo(f"{each.name}: sees {reach}, since {each.created_at:%Y-%m-%d}")
        for its in hooks:
            click.echo(f"  {its.id}  {its.url}  {_state(its)}")


@integration.command("remove")
@configured
@click.argument("name")
def remove(config: Config, name: str) -> None:
    """Let the token of NAME open nothing any more; its webhooks go with it."""

    async def work(rows: Rows) -> None:
        integrations = Integrations(rows.database, rows.seal)
        found = await integrations.by_name(name)
        await integrations.remove(found.id, clock.now())

    with_rows(config, work)
    click.echo("Removed. Its token opens nothing any more.")


@hook.command("add")
@configured
@click.argument("name")
@click.argument("url")
@_private
def add_hook(config: Config, name: str, url: str, private: bool) -> None:
    """Tell NAME what happens at URL, and print the secret that signs it, this once."""
    _check(url, private)

    async def work(rows: Rows) -> Hook:
        found = await Integrations(rows.database, rows.seal).by_name(name)
        hooks = Hooks(rows.database, rows.seal)
        return await hooks.add(found.id, url, clock.now(), private=private)

    _tell_secret(with_rows(config, work))


@hook.command("remove")
@configured
@click.argument("id")
def remove_hook(config: Config, id: str) -> None:
    """Tell nothing more to the webhook ID (see `list`)."""
    with_rows(
        config,
        lambda rows: Hooks(rows.database, rows.seal).remove(HookId(id), clock.now()),
    )
    click.echo("Removed.")


@hook.command("test")
@configured
@click.argument("id")
def test_hook(config: Config, id: str) -> None:
    """Send a trial message to the webhook ID; one that was stopped and takes it starts again."""

    async def work(rows: Rows) -> Reply:
        hooks = Hooks(rows.database, rows.seal)
        found = await hooks.get(HookId(id))
        if found is None:
            raise NotFound("There is no such webhook.")
        reply = await try_out(found, clock.now())
        if reply.outcome is Outcome.TAKEN:
            await hooks.start_again(found.id, clock.now())
        return reply

    reply = with_rows(config, work)
    if reply.outcome is not Outcome.TAKEN:
        answered = "did not answer" if reply.code is None else f"answered {reply.code}"
        raise Conflict(f"The webhook {answered}; it must answer 2xx within 15 seconds.")
    click.echo(f"Taken ({reply.code}).")


def _check(url: str, private: bool) -> None:
    try:
        checked_url(url, private=private)
    except Invalid as error:
        hint = " Add --private if that is meant." if error.code == "private" else ""
        raise Invalid(f"{url}: {error.text}{hint}") from error


def _tell_secret(hook: Hook) -> None:
    click.echo(f"Webhook {hook.id} to {hook.url}")
    click.echo(f"Signing secret, shown this once: {hook.secret}")


def _state(hook: Hook) -> str:
    if hook.stopped is not None:
        return _STOPPED[hook.stopped]
    if hook.failing_since is not None:
        return f"failing since {hook.failing_since:%Y-%m-%d %H:%M} UTC"
    return "fine"
