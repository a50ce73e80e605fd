"""Documents say what the code does; where they would drift apart, these fail."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Final, get_args

import click
import msgspec
import pytest
from msgspec import Struct

from videocall.cli import cli
from videocall.errors import CloseCode
from videocall.live import connection, hub
from videocall.signalling import messages, protocol

ROOT: Final = Path(__file__).parents[1]
PROTOCOL: Final = ROOT / "docs" / "protocol.md"
PRINTED: Final = [
    ("videocall.signalling.protocol", "protocol.md"),
    ("videocall.scheduling.diagram", "appointment.md"),
]
PAGES: Final = [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]
MESSAGES: Final[list[type[Struct]]] = [
    kind
    for union in (messages.Up, messages.Down, messages.DeskUp, messages.DeskDown)
    for kind in get_args(union)
]


@pytest.mark.parametrize(("module", "document"), PRINTED)
def test_a_printed_document_is_what_the_code_prints(module: str, document: str) -> None:
    printed = subprocess.run(
        [sys.executable, "-m", module], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout
    assert (ROOT / "docs" / document).read_text() == printed, (
        f"run: python -m {module} > docs/{document}"
    )


@pytest.mark.parametrize("kind", MESSAGES, ids=lambda kind: str(kind.__name__))
def test_every_message_is_in_the_document_with_its_fields(kind: type[Struct]) -> None:
    sections = re.split(r"^### ", PROTOCOL.read_text(), flags=re.MULTILINE)
    named = [section for section in sections if section.startswith(f"`{protocol.tag(kind)}`\n")]
    fields = [field.encode_name for field in msgspec.structs.fields(kind)]
    assert any(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE) == fields for section in named)


def test_every_close_code_is_in_the_document_and_final_where_it_is() -> None:
    text = PROTOCOL.read_text()
    for code in CloseCode:
        final = "yes" if code.final else ""
        assert re.search(rf"^\| {code:d} \| [^|]+ \| {final} \|$", text, re.M)


def test_the_times_in_the_document_are_those_of_the_sockets() -> None:
    assert protocol.HELLO_S == hub.HELLO_S
    assert protocol.PING_S == hub.PING_S
    assert protocol.SILENT_S == connection.SILENT_MAX_S
    ping = messages.Ping.__doc__ or ""
    assert f"Every {hub.PING_S:.0f} s; {connection.SILENT_MAX_S:.0f} s without" in ping


def test_the_readme_begins_with_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text()
    for command in ("make demo", "make test"):
        assert command in readme


def test_every_command_of_make_that_the_readme_names_exists() -> None:
    targets = set(re.findall(r"^(\w+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"`make (\w+)`", (ROOT / "README.md").read_text()))
    assert named
    assert named <= targets


def commands(group: click.Group, prefix: str = "") -> list[str]:
    """Return every command a person can type, the words of its groups before it."""
    found = []
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            found += commands(command, f"{prefix}{name} ")
        else:
            found.append(f"{prefix}{name}")
    return found


@pytest.mark.parametrize("command", commands(cli))
def test_every_command_is_in_the_readme_or_the_documents(command: str) -> None:
    assert any(f"videocall {command}" in page.read_text() for page in PAGES)


def test_no_command_is_documented_that_does_not_exist() -> None:
    known = commands(cli)
    for page in PAGES:
        for typed in re.findall(r"(?:^|`)videocall ([a-z][a-z -]*)", page.read_text(), re.M):
            assert any(typed.startswith(command) for command in known), typed


def test_every_file_that_a_document_links_to_exists() -> None:
    for page in PAGES:
        for target in re.findall(r"\]\((?!https?:|#)([^)#]+)", page.read_text()):
            assert (page.parent / target).exists(), f"{page.name} links to {target}"


def test_every_file_that_the_readme_names_exists() -> None:
    readme = (ROOT / "README.md").read_text()
    for name in re.findall(r"`((?:videocall|tests|docs|deploy|static)/[\w./]+)`", readme):
        assert (ROOT / name).exists(), name
