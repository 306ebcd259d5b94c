"""A module can be imported without what it imports and the worker never calls."""

import importlib
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from f5_worker.models.unused_modules import import_without, unused_modules


@pytest.fixture(autouse=True)
def modules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """`aligner` imports `tables` and a function of `splitter.data`; all three can be imported."""
    (tmp_path / "splitter").mkdir()
    (tmp_path / "splitter" / "__init__.py").write_text("")
    (tmp_path / "splitter" / "data.py").write_text("def load(): return 'real'\n")
    (tmp_path / "tables.py").write_text("ROWS = 3\n")
    (tmp_path / "aligner.py").write_text("import tables\nfrom splitter.data import load\nNAMES = ['en']\n")
    monkeypatch.syspath_prepend(tmp_path)
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        del sys.modules[name]


def light() -> object:
    return import_without("aligner", "tables", "splitter", "splitter.data")


def test_what_is_unused_is_neither_imported_nor_left_behind() -> None:
    assert light().NAMES == ["en"]  # type: ignore[attr-defined]  # a module made above
    assert {"aligner", "tables", "splitter", "splitter.data"}.isdisjoint(sys.modules)


def test_to_call_it_is_an_error_that_names_it() -> None:
    with pytest.raises(NotImplementedError, match=r"splitter\.data\.load is not loaded by the worker"):
        light().load()  # type: ignore[attr-defined]  # as above


def test_an_import_afterwards_gets_the_whole_module() -> None:
    light()
    whole = importlib.import_module("aligner")
    assert whole.tables.ROWS == 3
    assert whole.load() == "real"


def test_a_module_that_is_there_already_stays_whole() -> None:
    whole = importlib.import_module("aligner")
    assert light() is whole
    assert sys.modules["aligner"] is whole


def test_modules_that_are_there_already_are_used() -> None:
    tables = importlib.import_module("tables")
    with unused_modules("tables"):
        assert sys.modules["tables"] is tables
    assert sys.modules["tables"] is tables


def test_an_import_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("import tables\nraise OSError\n")
    with pytest.raises(OSError):
        import_without("broken", "tables")
    assert {"broken", "tables"}.isdisjoint(sys.modules)
