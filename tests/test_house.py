"""The house keeps its shape: imports go down only, pure floors stay pure, nothing can record."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from graphlib import TopologicalSorter
from pathlib import Path
from typing import Final

import pytest

ROOT: Final = Path(__file__).parents[1]
PACKAGE: Final = ROOT / "videocall"
MODULES: Final = sorted(PACKAGE.rglob("*.py"))

GROUND: Final = {"errors", "ids"}
BELOW: Final[dict[str, set[str]]] = {
    "errors": set(),
    "ids": set(),
    "clock": set(),
    "access": GROUND,
    "scheduling": GROUND | {"access"},
    "signalling": GROUND,
    "render": GROUND,
    "outbound": GROUND,
    "store": GROUND | {"access", "scheduling"},
    "live": GROUND | {"access", "scheduling", "signalling"},
    "relay": GROUND | {"signalling", "live"},
    "health": GROUND | {"signalling", "live", "relay"},
    "letters": GROUND | {"access", "scheduling", "store"},
    "hooks": GROUND | {"store", "outbound"},
    "calendars": GROUND | {"scheduling", "store", "outbound"},
    "web": GROUND
    | {"access", "scheduling", "signalling", "render", "store", "live", "relay", "health"}
    | {"calendars"},
    "process": set(),
    "config": GROUND | {"access", "scheduling", "store", "relay"},
    "exchange": GROUND | {"live", "relay", "process", "config", "clock"},
    "app": GROUND
    | {"access", "scheduling", "signalling", "render", "store", "live", "relay", "health"}
    | {"letters", "calendars", "hooks", "outbound", "web"}
    | {"config", "clock", "exchange", "process"},
    "demo": GROUND
    | {"access", "scheduling", "signalling", "store", "health", "web"}
    | {"config", "clock", "app", "process"},
    "configured": GROUND | {"access", "store", "config"},
    "integration": GROUND | {"store", "outbound", "hooks", "clock", "config", "configured"},
    "cli": GROUND
    | {"access", "scheduling", "store", "config", "clock", "app", "demo"}
    | {"configured", "integration", "exchange"},
    "__main__": {"cli"},
    "__init__": set(),
}
"""What each floor may import, beside itself."""

PURE: Final = {"errors", "ids", "access", "scheduling", "signalling"}
RUNS: Final = {"app", "cli", "configured", "demo", "exchange", "integration"}
WORLDLY: Final = {
    "aiohttp", "aiortc", "asyncio", "concurrent", "http", "io", "logging", "multiprocessing", "os",
    "random", "selectors", "shutil", "signal", "socket", "sqlite3", "sqlite_utils", "subprocess",
    "tempfile", "threading", "time", "urllib",
}  # fmt: skip
"""What waits, asks the machine or remembers: no pure floor imports it."""

LINES_MAX: Final = 420
LONG: Final = {
    "config.py": 480,
    "signalling/messages.py": 550,
    "signalling/room.py": 460,
    "live/hub.py": 530,
    "store/migrations.py": 600,
    "web/api/wire.py": 440,
}
"""Every key and the wire on a page each, one room as one function with its driver, and steps nobody
changes."""

RECORDERS: Final = {
    "av", "cv2", "ffmpeg", "gi", "imageio", "numpy", "PIL", "pyaudio", "sounddevice", "soundfile",
    "subprocess", "wave",
}  # fmt: skip
WRITERS: Final = {"store/keyfile.py", "store/database.py"}
"""The modules that open a file to write: the key, and the database."""


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


def here(path: Path) -> str:
    return path.relative_to(PACKAGE).as_posix()


def floor(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def imports(path: Path) -> Iterator[str]:
    """Yield the full name of each module that is imported, wherever in the file."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert not node.level, f"{here(path)}: write imports out in full"
            assert node.module is not None
            for alias in node.names:
                inside = f"{node.module}.{alias.name}"
                yield inside if _file(inside) else node.module


def _file(module: str) -> Path | None:
    """Return the file of a module of ours."""
    parts = module.split(".")
    if parts[0] != PACKAGE.name:
        return None
    base = PACKAGE.joinpath(*parts[1:])
    candidates = (base.with_suffix(".py"), base / "__init__.py")
    return next((path for path in candidates if path.exists()), None)


def calls(path: Path) -> Iterator[tuple[str, ast.Call]]:
    """Yield each call with the last word of what is called."""
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Call):
            function = node.func
            if isinstance(function, ast.Attribute):
                yield function.attr, node
            elif isinstance(function, ast.Name):
                yield function.id, node


@pytest.mark.parametrize("path", MODULES, ids=here)
def test_imports_go_down_only(path: Path) -> None:
    own = floor(path)
    assert own in BELOW, f"say in BELOW what {own} may import"
    for name in imports(path):
        if name.startswith("videocall."):
            other = name.split(".")[1]
            assert other == own or other in BELOW[own], f"{own} must not import {other}"


def test_no_module_imports_itself_in_a_circle() -> None:
    graph = {
        path: {file for name in imports(path) if (file := _file(name)) not in (None, path)}
        for path in MODULES
    }
    assert list(TopologicalSorter(graph).static_order())


def test_nothing_imports_by_a_name_made_up_while_it_runs() -> None:
    for path in MODULES:
        assert not {name for name, _ in calls(path)} & {"__import__", "import_module", "exec"}, path


@pytest.mark.parametrize("path", [path for path in MODULES if floor(path) in PURE], ids=here)
def test_pure_floors_know_no_socket_no_file_and_no_clock(path: Path) -> None:
    tops = {name.split(".")[0] for name in imports(path)}
    assert not tops & WORLDLY
    asked = {"now", "utcnow", "today", "open", "print", "getenv"} & {
        name for name, _ in calls(path)
    }
    assert not asked, "a pure floor is handed what it needs"


def test_only_what_builds_and_runs_asks_for_the_clock_and_the_configuration() -> None:
    for path in MODULES:
        ours = {name for name in imports(path) if name in ("videocall.clock", "videocall.config")}
        assert not ours or floor(path) in RUNS, here(path)


def test_only_the_clock_asks_the_machine_for_the_time() -> None:
    for path in MODULES:
        if floor(path) != "clock":
            assert "time" not in set(imports(path)), here(path)
            assert not {"now", "utcnow", "today"} & _called_on(path, "datetime", "date"), here(path)


def _called_on(path: Path, *names: str) -> set[str]:
    return {
        name
        for name, call in calls(path)
        if isinstance(call.func, ast.Attribute)
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id in names
    }


@pytest.mark.parametrize("path", MODULES, ids=here)
def test_a_module_keeps_no_state_of_its_own(path: Path) -> None:
    for node in tree(path).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                pass
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                pass
            case _:
                continue
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Name):
            kind = value.func.id
            assert kind not in {"Counter", "defaultdict", "deque", "dict", "list", "set"}, name
        elif isinstance(value, ast.Dict | ast.DictComp | ast.List | ast.ListComp | ast.Set):
            assert name.isupper(), f"{name} can be changed by anybody"
    for inner in ast.walk(tree(path)):
        assert not isinstance(inner, ast.Global)


@pytest.mark.parametrize("path", MODULES, ids=here)
def test_a_module_fits_the_head(path: Path) -> None:
    assert len(path.read_text().splitlines()) <= LONG.get(here(path), LINES_MAX)


@pytest.mark.parametrize("path", MODULES, ids=here)
def test_a_module_says_what_it_is(path: Path) -> None:
    assert ast.get_docstring(tree(path))


@pytest.mark.parametrize(
    "package", [path.parent for path in MODULES if path.name == "__init__.py"], ids=str
)
def test_a_package_names_each_of_its_modules_and_no_other(package: Path) -> None:
    text = ast.get_docstring(tree(package / "__init__.py")) or ""
    named = {
        name
        for line in re.findall(r"^([a-z_, ]+?)(?:  |$)", text, re.MULTILINE)
        for name in line.split(", ")
        if name
    }
    inside = {path.stem for path in package.glob("*.py")} - {"__init__", "__main__"}
    inside |= {path.parent.name for path in package.glob("*/__init__.py")}
    spoken_of = set(re.findall(r"`(\w+)`", text)) if package == PACKAGE else set()
    assert named <= inside
    assert inside - named <= spoken_of


def test_nothing_is_called_by_a_word_that_says_nothing() -> None:
    empty = {"manager", "handler", "service", "helper", "util", "utils", "data", "info", "misc"}
    for path in MODULES:
        names = [path.stem, *path.relative_to(PACKAGE).parts[:-1]]
        kinds = (ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
        names += [node.name for node in ast.walk(tree(path)) if isinstance(node, kinds)]
        for name in names:
            words = set(re.sub(r"([a-z])([A-Z])", r"\1_\2", name).lower().split("_"))
            assert not words & empty, f"{here(path)}: {name}"


# ---- nothing is recorded -------------------------------------------------------------------------


@pytest.mark.parametrize("path", MODULES, ids=here)
def test_no_module_can_decode_or_write_media(path: Path) -> None:
    for name in imports(path):
        assert name.split(".")[0] not in RECORDERS
        assert not name.startswith("aiortc.contrib")
    words = {node.id for node in ast.walk(tree(path)) if isinstance(node, ast.Name)}
    words |= {node.attr for node in ast.walk(tree(path)) if isinstance(node, ast.Attribute)}
    assert not words & {"MediaRecorder", "MediaPlayer", "MediaBlackhole", "MediaRelay"}


def test_the_one_process_that_is_started_reads_calendars() -> None:
    starting = {
        "create_subprocess_exec", "create_subprocess_shell", "execv", "execve", "fork", "forkpty",
        "popen", "Popen", "posix_spawn", "Process", "ProcessPoolExecutor", "spawnv", "system",
    }  # fmt: skip
    starters = {here(path) for path in MODULES if {name for name, _ in calls(path)} & starting}
    assert starters == {"calendars/reader.py"}


def test_no_file_is_written_but_the_database_and_its_key() -> None:
    writers = {here(path) for path in MODULES if any(_writes(*call) for call in calls(path))}
    assert writers == WRITERS


def _writes(name: str, call: ast.Call) -> bool:
    if name in {"write_bytes", "write_text", "touch", "mkstemp", "NamedTemporaryFile"}:
        return True
    if name not in {"open", "fdopen"}:
        return False
    values = [*call.args, *(word.value for word in call.keywords)]
    modes = [value.value for value in values if isinstance(value, ast.Constant)]
    flags = {node.attr for value in values for node in ast.walk(value) if hasattr(node, "attr")}
    written = re.compile(r"[rbt]*[wax+][rbtwax+]*")
    text = any(isinstance(mode, str) and written.fullmatch(mode) for mode in modes)
    return text or bool(flags & {"O_CREAT", "O_WRONLY", "O_RDWR", "O_APPEND"})


def test_no_page_can_record_or_save_what_it_shows() -> None:
    recording = re.compile(
        r"MediaRecorder|captureStream|createObjectURL|MediaStreamTrackProcessor|ImageCapture"
        r"|toBlob|toDataURL|showSaveFilePicker|AudioWorklet|audioWorklet|indexedDB|\.download\b"
    )
    pages = [*(ROOT / "static").rglob("*.js"), *(ROOT / "templates").rglob("*.html")]
    assert len(pages) > 20
    for page in pages:
        assert recording.findall(page.read_text()) == [], page.relative_to(ROOT)


def test_no_page_asks_anybody_else_for_anything() -> None:
    elsewhere = re.compile(
        r"""(?:src|href|action|from|import|fetch)\s*[=(]?\s*["'`](?:https?:)?//"""
    )
    for page in [*(ROOT / "static").rglob("*.*"), *(ROOT / "templates").rglob("*.html")]:
        if page.suffix in {".js", ".css", ".html", ".svg"}:
            assert not elsewhere.search(page.read_text()), page.relative_to(ROOT)
