"""What docs/architecture.md says of the code holds: the files it names are there, and imports run one way."""

import ast
import re
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "f5_worker"
DOCUMENT = (ROOT / "docs" / "architecture.md").read_text("utf-8")

RECIPES = 9
MAX_LINES = 300

# What each room must not import: everything before it on the way of the data.
NEVER = {
    "audio": ["speech", "timing", "voices", "endpoints", "handler"],
    "text": ["speech", "timing", "voices", "endpoints", "handler"],
    "models": ["speech", "endpoints", "handler"],
    "espeak_ng": ["speech", "timing", "endpoints", "handler"],
    "storage": ["speech", "timing", "voices", "endpoints", "handler"],
    "subtitles": ["speech", "timing", "voices", "storage", "endpoints", "handler"],
    "voices": ["speech", "timing", "endpoints", "handler"],
    "speech": ["timing", "endpoints", "handler"],
    "timing": ["endpoints", "handler"],
    "endpoints": ["handler"],
}


def modules() -> list[Path]:
    return sorted(PACKAGE.rglob("*.py"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)


def test_every_file_that_the_document_names_is_there() -> None:
    named = re.findall(r"`((?:f5_worker|network_venv|docs)/[\w/.]*)`", DOCUMENT)
    assert named
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_there_is_a_recipe_for_each_kind_of_change() -> None:
    table = DOCUMENT.partition("## Where do I change ...?")[2]
    assert len(re.findall(r"^\| (?!change)[^-|]+\|", table, re.MULTILINE)) == RECIPES


def test_every_room_is_drawn() -> None:
    rooms = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert [room for room in sorted(rooms) if f"      {room}/" not in DOCUMENT] == []


@pytest.mark.parametrize("room", sorted(NEVER))
def test_no_import_runs_back_up(room: str) -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in modules()
        if path.relative_to(PACKAGE).parts[0] == room
        for name in imported(path)
        if name.startswith("f5_worker.") and name.split(".")[1] in NEVER[room]
    ]
    assert wrong == []


def test_no_file_is_long() -> None:
    code = [path for path in ROOT.rglob("*.py") if path.is_relative_to(PACKAGE) or path.parent == ROOT]
    assert [path.name for path in code if len(path.read_text("utf-8").splitlines()) > MAX_LINES] == []


def test_no_modules_import_each_other_in_a_circle() -> None:
    names = {module_name(path): path for path in modules()}
    graph = {
        name: {each for each in imported(path) if each in names} - {name} for name, path in names.items()
    }
    try:
        tuple(TopologicalSorter(graph).static_order())
    except CycleError as error:
        pytest.fail(" imports ".join(error.args[1]))


def module_name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
