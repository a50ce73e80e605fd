"""Finds every text that people read, and keeps the catalogues of translations up to date.

`make texts` writes videocall/locale/<language>.po anew: what is new is added without a translation,
what is gone is dropped. A test holds the catalogues to what is found here.
"""

import ast
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_javascript
from babel.messages.pofile import read_po, write_po
from jinja2.ext import babel_extract

ROOT: Final = Path(__file__).parents[1]
LOCALE: Final = ROOT / "videocall" / "locale"
WIDTH: Final = 100
SPOKEN: Final = {
    "Text": 0, "Invalid": 0, "Forbidden": 0, "NotFound": 0, "Conflict": 0, "TooMany": 0,
    "Unavailable": 0, "LinkInvalid": 0, "SignedOut": 0, "RefuseClick": 1, "refused": 2,
}  # fmt: skip
"""What is called with a text in Python, and which argument that is."""
JINJA: Final = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
_HEADER: Final = """\
msgid ""
msgstr ""
"Language: {language}\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: {plural_forms};\\n"

"""

Message = str | tuple[str, str]
"""A text, or its singular and plural."""


def messages() -> dict[Message, list[str]]:
    """Return every text in English, with the files it is in.

    What stands alone somewhere and is a singular elsewhere is one text in a catalogue.
    """
    found: dict[Message, list[str]] = {}
    for path in sources():
        name = path.relative_to(ROOT).as_posix()
        for message in sorted(set(_in(path)), key=str):
            found.setdefault(message, []).append(name)
    for plural in [each for each in found if not isinstance(each, str)]:
        alone = found.pop(plural[0], [])
        found[plural] = sorted({*found[plural], *alone})
    return found


def sources() -> list[Path]:
    """Return the files in which people's texts are."""
    # What operators and programs read stays English.
    english = ("videocall/cli.py", "videocall/integration.py", "videocall/web/api/")
    wanted = ("videocall/**/*.py", "templates/**/*.html", "templates/**/*.txt", "static/**/*.js")
    found = sorted(path for pattern in wanted for path in ROOT.glob(pattern))
    return [path for path in found if not path.relative_to(ROOT).as_posix().startswith(english)]


def _in(path: Path) -> Iterator[Message]:
    if path.suffix == ".py":
        yield from (text for call in spoken(path) for text in call.texts)
        return
    with path.open("rb") as file:
        found: Iterable[Any] = (
            extract_javascript(file, {"t": None}, [], {"encoding": "utf-8"})
            if path.suffix == ".js"
            else babel_extract(file, ["_", "ngettext"], [], JINJA)
        )
        for _, function, text, _ in found:
            texts: tuple[Any, ...] = (text,) if isinstance(text, str) else text or (None,)
            if texts[0] is not None:
                yield (texts[0], texts[1]) if function == "ngettext" else texts[0]


# ---- texts in Python -----------------------------------------------------------------------------


@dataclass
class Spoken:
    """A call with a text for people: the texts it may be, or that it is made up on the spot."""

    line: int
    texts: list[str] = field(default_factory=list)
    made_up: bool = False


def spoken(path: Path) -> list[Spoken]:
    """Return every call in a module that is handed a text for people."""
    module = ast.parse(path.read_text())
    found: list[Spoken] = []
    _search(module, [_named(module)], found)
    return found


def _search(node: ast.AST, known: list[dict[str, list[str]]], found: list[Spoken]) -> None:
    for child in ast.iter_child_nodes(node):
        inside = known
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            inside = [*known, _named(child)]
        if isinstance(child, ast.Call):
            place = SPOKEN.get(_called(child))
            if place is not None and len(child.args) > place:
                found.append(_spoken(child.args[place], inside, child.lineno))
        _search(child, inside, found)


def _spoken(text: ast.expr, known: list[dict[str, list[str]]], line: int) -> Spoken:
    match text:
        case ast.Constant(value=str(value)):
            return Spoken(line, [value])
        case ast.JoinedStr() | ast.BinOp():
            return Spoken(line, made_up=True)
        case ast.Name(id=name):
            nearest = next((names[name] for names in reversed(known) if name in names), [])
            return Spoken(line, [each for each in nearest if each], "" in nearest)
        case _:
            return Spoken(line)


def _named(scope: ast.AST) -> dict[str, list[str]]:
    """Return the texts that names stand for in a scope; an empty one where it is made up."""
    named: dict[str, list[str]] = {}
    for node in ast.walk(scope) if not isinstance(scope, ast.Module) else scope.body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                pass
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                pass
            case _:
                continue
        if isinstance(value, ast.Constant) and isinstance(value.value, str):
            named.setdefault(name, []).append(value.value)
        elif isinstance(value, ast.JoinedStr):
            named.setdefault(name, []).append("")
    return named


def _called(call: ast.Call) -> str:
    match call.func:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name
        case _:
            return ""


# ---- catalogues ----------------------------------------------------------------------------------


def catalogue(path: Path) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.stem)


def updated(old: Catalog) -> Catalog:
    """Return a catalogue of today's texts, with the translations that there are."""
    new = Catalog(old.locale)
    for text, files in messages().items():
        known = old.get(text if isinstance(text, str) else text[0])
        kept = known.string if known is not None and known.id == text else None
        new.add(text, kept or (None if isinstance(text, str) else ("",) * new.num_plurals),
                [(file, 0) for file in files])  # fmt: skip
    return new


def write(path: Path) -> None:
    new = updated(catalogue(path))
    header = _HEADER.format(language=path.stem, plural_forms=new.plural_forms.rstrip(";"))
    with path.open("wb") as file:
        file.write(header.encode())
        write_po(file, new, width=WIDTH, omit_header=True, include_lineno=False, sort_output=True)


if __name__ == "__main__":
    for each in sorted(LOCALE.glob("*.po")):
        write(each)
        sys.stdout.write(f"{each.relative_to(ROOT)}: {len(messages())} texts\n")
