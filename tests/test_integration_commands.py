"""`videocall integration`, as an operator types it."""

import asyncio
import re
import sys
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest
from standardwebhooks.webhooks import Webhook

from tests.hooks.conftest import Listener, listening
from tests.practice import CHEAP, PASSWORD
from videocall import clock
from videocall.access.passwords import hash_password
from videocall.access.people import Role
from videocall.cli import main
from videocall.config import load
from videocall.configured import Rows, with_rows
from videocall.store.integrations import TOKEN_PREFIX


@dataclass(frozen=True)
class Done:
    """What a command printed, and its exit code."""

    returncode: int
    stdout: str
    stderr: str


@dataclass(frozen=True)
class Shell:
    """A folder with a configuration, and somebody who types; all in this process."""

    folder: Path

    def types(self, *words: str) -> Done:
        out, err, code = StringIO(), StringIO(), 0
        config = ["--config", str(self.folder / "config.toml")]
        with redirect_stdout(out), redirect_stderr(err), typed(*words, *config):
            try:
                main()
            except SystemExit as left:
                code = int(str(left.code))
        return Done(code, out.getvalue(), err.getvalue())


@contextmanager
def typed(*words: str) -> Iterator[None]:
    before, sys.argv = sys.argv, ["videocall", *words]
    try:
        yield
    finally:
        sys.argv = before


def assert_one_line(done: Done, *words: str) -> None:
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("videocall: ")
    assert done.stderr.count("\n") == 1
    for word in words:
        assert word in done.stderr


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    (tmp_path / "config.toml").write_text("")
    hashed = hash_password(CHEAP, PASSWORD)

    async def add(rows: Rows) -> None:
        zone = "Europe/Berlin"
        await rows.people.add(Role.THERAPIST, "Ada", "ada@example.org", zone, hashed, clock.now())

    with_rows(load(tmp_path / "config.toml"), add)
    return Shell(tmp_path)


@pytest.fixture
async def listener() -> AsyncIterator[Listener]:
    async with listening() as opened:
        yield opened


def found(pattern: str, text: str) -> str:
    match = re.search(pattern, text, re.MULTILINE)
    assert match is not None, text
    return match[1]


def test_a_token_is_shown_once_and_kept_as_a_fingerprint(shell: Shell) -> None:
    done = shell.types("integration", "add", "Practice  software")
    assert (done.returncode, done.stderr) == (0, "")
    token = found(rf"^Token, shown this once: ({TOKEN_PREFIX}[\w-]{{43}})$", done.stdout)
    disk = b"".join(path.read_bytes() for path in shell.folder.glob("videocall.db*"))
    assert token.encode() not in disk
    assert token[-20:].encode() not in disk
    listed = shell.types("integration", "list").stdout
    assert listed.startswith("Practice software: sees the whole practice, since 2")
    assert token not in listed
    assert_one_line(shell.types("integration", "add", "practice SOFTWARE"), "of this name")


def test_a_program_may_see_one_therapist_alone(shell: Shell) -> None:
    words = ("integration", "add", "Website", "--therapist", "ADA@example.org")
    assert shell.types(*words).returncode == 0
    assert "Website: sees ada@example.org" in shell.types("integration", "list").stdout
    nobody = ("integration", "add", "Other", "--therapist", "nobody@example.org")
    assert_one_line(shell.types(*nobody), "no account")
    assert "Other" not in shell.types("integration", "list").stdout


def test_webhooks_are_added_listed_and_removed(shell: Shell) -> None:
    urls = ("--webhook", "https://example.org/a", "--webhook", "https://example.org/b")
    done = shell.types("integration", "add", "Software", *urls)
    secrets = re.findall(r"^Signing secret, shown this once: (whsec_\S+)$", done.stdout, re.M)
    assert len(set(secrets)) == 2
    more = shell.types("integration", "hook", "add", "software", "https://example.org/c")
    id = found(r"^Webhook (\w+) to https://example.org/c$", more.stdout)
    listed = shell.types("integration", "list").stdout
    assert re.findall(r"^  \w+  https://example.org/(\w)  fine$", listed, re.M) == ["a", "b", "c"]
    assert not any(secret in listed for secret in secrets)
    assert shell.types("integration", "hook", "remove", id).returncode == 0
    assert id not in shell.types("integration", "list").stdout
    assert_one_line(shell.types("integration", "hook", "remove", id), "no such webhook")
    assert shell.types("integration", "remove", "Software").returncode == 0
    assert shell.types("integration", "list").stdout == ""
    assert_one_line(shell.types("integration", "remove", "Software"), "no integration")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://example.org/", "use https"),
        ("http://localhost:9000/", "--private"),
        ("https://192.168.0.1/", "--private"),
        ("rubbish", "https://example.org/webhooks"),
    ],
)
def test_where_nothing_may_be_sent_is_told_and_nothing_is_added(
    shell: Shell, url: str, said: str
) -> None:
    words = ("integration", "add", "Software", "--webhook", "https://example.org/")
    assert_one_line(shell.types(*words, "--webhook", url), said)
    assert shell.types("integration", "list").stdout == ""


@pytest.mark.parametrize(
    ("name", "said"),
    [("  ", "give a name"), ("x" * 121, "120 characters"), ("a\u202eb", "cannot be shown")],
)
def test_a_name_that_cannot_be_shown_is_refused(shell: Shell, name: str, said: str) -> None:
    assert_one_line(shell.types("integration", "add", name), said)


async def test_a_trial_message_is_signed_and_says_whether_it_was_taken(
    shell: Shell, listener: Listener
) -> None:
    words = ("integration", "add", "Software", "--webhook", listener.url(), "--private")
    done = await asyncio.to_thread(shell.types, *words)
    secret = found(r"(whsec_\S+)$", done.stdout)
    id = found(r"^Webhook (\w+) to", done.stdout)
    tried = await asyncio.to_thread(shell.types, "integration", "hook", "test", id)
    assert (tried.returncode, tried.stdout) == (0, "Taken (204).\n")
    (came,) = listener.came
    assert Webhook(secret).verify(came.body, came.headers)["type"] == "videocall.test"
    listener.says(500)
    refused = await asyncio.to_thread(shell.types, "integration", "hook", "test", id)
    assert_one_line(refused, "answered 500", "15 seconds")
    never = await asyncio.to_thread(shell.types, "integration", "hook", "test", "nobody")
    assert_one_line(never, "no such webhook")
