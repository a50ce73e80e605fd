"""The command line, as somebody types it."""

import socket
import sqlite3
import subprocess
import sys
import tomllib
from datetime import timedelta
from pathlib import Path

import pytest

from videocall import __version__, clock
from videocall.access.tokens import Keyring
from videocall.config import load

ROOT = Path(__file__).parents[1]
PASSWORD = "a quiet place by the water"
ADA = ("--name", "Ada Lovelace", "--email", "ada@example.org", "--password-stdin")
CHEAP = "[signin]\nargon2_memory_kib = 64\nargon2_passes = 1\n[relay]\nport = 0\n"


class Shell:
    """A folder with a configuration, and somebody who types."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.config = folder / "config.toml"
        self.config.write_text(CHEAP)

    def types(self, *words: str, stdin: str = "") -> "subprocess.CompletedProcess[str]":
        return subprocess.run(
            [sys.executable, "-m", "videocall", *words],
            input=stdin,
            capture_output=True,
            text=True,
            timeout=60,
            cwd=self.folder,
            env={"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"},
            check=False,
        )

    def adds(self, *words: str, password: str = PASSWORD) -> "subprocess.CompletedProcess[str]":
        return self.types("therapist", "add", *words, stdin=password + "\n")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def assert_one_line(done: "subprocess.CompletedProcess[str]", *words: str) -> None:
    assert done.returncode == 2, done
    assert done.stdout == ""
    assert done.stderr.startswith("videocall: ")
    assert done.stderr.count("\n") == 1
    for word in words:
        assert word in done.stderr


def test_help_names_every_command_and_the_version_is_told(shell: Shell) -> None:
    said = shell.types("--help").stdout
    for command in ("serve", "relay", "demo", "therapist", "operator", "link", "purge"):
        assert f"  {command} " in said
    assert __version__ in shell.types("--version").stdout


def test_a_therapist_is_added_once_and_kept_sealed(shell: Shell) -> None:
    done = shell.adds(*ADA, "--zone", "Europe/London")
    assert (done.returncode, done.stderr) == (0, "")
    assert "http://localhost:8080/signin" in done.stdout
    assert_one_line(shell.adds(*ADA), "account with this e-mail address")
    disk = b"".join(path.read_bytes() for path in shell.folder.glob("videocall.db*"))
    assert b"Lovelace" not in disk
    assert PASSWORD.encode() not in disk


@pytest.mark.parametrize(
    ("words", "password", "said"),
    [
        (ADA, "short", "at least 12 characters"),
        ((*ADA, "--zone", "Europe/Atlantis"), PASSWORD, "Europe/Berlin"),
        (("--name", " ", *ADA[2:]), PASSWORD, "name"),
        ((*ADA[:3], "ada", ADA[4]), PASSWORD, "e-mail"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line_and_nobody_is_added(
    shell: Shell, words: tuple[str, ...], password: str, said: str
) -> None:
    assert_one_line(shell.adds(*words, password=password), said)
    assert_one_line(shell.types("link", "ada@example.org"), "no account")


def test_a_link_signs_the_person_in_who_has_the_address(shell: Shell) -> None:
    shell.adds(*ADA)
    done = shell.types("link", " Ada@Example.org")
    assert done.returncode == 0, done.stderr
    address, _, token = done.stdout.strip().partition("#")
    assert address == "http://localhost:8080/signin"
    keyring = Keyring((shell.folder / "videocall.key").read_bytes())
    connection = sqlite3.connect(shell.folder / "videocall.db")
    (person,) = connection.execute("SELECT id FROM people").fetchone()
    connection.close()
    assert keyring.read_signin(token, clock.now()) == person


def test_an_operator_is_added(shell: Shell) -> None:
    done = shell.types("operator", "add", *ADA, stdin=PASSWORD + "\r\n")
    assert done.returncode == 0, done.stderr


def test_a_purge_prints_what_it_removed(shell: Shell) -> None:
    shell.adds(*ADA)
    long_ago = int((clock.now() - timedelta(days=400)).timestamp() * 1000)
    connection = sqlite3.connect(shell.folder / "videocall.db")
    connection.execute("UPDATE journal SET at = ?", [long_ago])
    connection.commit()
    connection.close()
    said = "Removed: 0 appointments, 0 sign-ins, {} journal lines.\n"
    assert shell.types("purge").stdout == said.format(1)
    assert shell.types("purge").stdout == said.format(0)


def test_a_configuration_that_cannot_be_used_ends_with_one_line(shell: Shell) -> None:
    shell.config.write_text("[door]\nopens_before = 15\n")
    for command in (("serve",), ("purge",), ("link", "ada@example.org")):
        assert_one_line(shell.types(*command), "door.opens_before", "opens_before_min")
    assert_one_line(shell.types("serve", "--config", "missing.toml"), "missing.toml")


def test_a_damaged_database_a_wrong_key_and_an_open_key_end_with_one_line(shell: Shell) -> None:
    shell.adds(*ADA)
    key, database = shell.folder / "videocall.key", shell.folder / "videocall.db"
    right = key.read_bytes()
    key.write_bytes(bytes(32))
    assert_one_line(shell.types("serve"), "key file does not fit this database")
    key.write_bytes(right)
    key.chmod(0o644)
    assert_one_line(shell.types("serve"), "chmod 600")
    key.chmod(0o600)
    database.write_bytes(b"no database at all" * 1000)
    assert_one_line(shell.types("serve"), "videocall.db is damaged", "backup")


def test_a_port_that_is_taken_ends_with_one_line(shell: Shell) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        shell.config.write_text(CHEAP + f"[server]\nport = {port}\n")
        done = shell.types("serve")
    assert done.returncode == 2
    said = [line for line in done.stderr.splitlines() if line.startswith("videocall: ")]
    assert said[0].startswith(f"videocall: server.port: 127.0.0.1:{port} cannot be listened on")


def test_a_relay_port_that_is_taken_ends_with_one_line_and_nothing_half_way(shell: Shell) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("0.0.0.0", 0))
        port = taken.getsockname()[1]
        shell.config.write_text(f"[relay]\nport = {port}\n")
        assert_one_line(shell.types("serve"), f"relay.port: UDP {port} is taken")


def test_the_example_configuration_is_accepted(shell: Shell) -> None:
    example = ROOT / "config.example.toml"
    shell.config.write_text(example.read_text())
    assert load(shell.config).server.port == tomllib.loads(example.read_text())["server"]["port"]
