"""A worker's modules come out of one file, and are what they are without it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from network_venv.warm_start.bundle import BUNDLE
from tests.setup.conftest import ROOT

PACK = """
import sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
import voices.calm
from network_venv.warm_start.bundle import pack
pack(Path(sys.argv[1]))
"""
USE = """
import sys
from pathlib import Path
from network_venv.warm_start.bundle import use_bundle
sys.path.insert(0, sys.argv[1])
use_bundle(Path(sys.argv[1]))
import voices.calm
"""
SAY = "print(voices.calm.WORD, voices.__path__, voices.calm.__file__, voices.calm.__spec__.parent)"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A package with a bundle beside it."""
    (tmp_path / "voices").mkdir()
    (tmp_path / "voices" / "__init__.py").touch()
    (tmp_path / "voices" / "calm.py").write_text("WORD = 'good morning'\n")
    (tmp_path / "voices" / "loud.py").write_text("WORD = 'GOOD MORNING'\n")
    (tmp_path / "voices" / "note.txt").write_text("read me")
    run(PACK, tmp_path)
    return tmp_path


def run(program: str, folder: Path) -> str:
    command = [sys.executable, "-c", program, str(folder)]
    environ = os.environ | {"PYTHONDONTWRITEBYTECODE": ""}
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def without_files(folder: Path) -> None:
    for path in [*folder.rglob("*.pyc"), *folder.rglob("*.py")]:
        path.unlink()


def as_without_a_bundle(folder: Path) -> str:
    (folder / BUNDLE).unlink()
    return run(USE + SAY, folder)


def test_its_modules_are_imported_without_their_files(folder: Path) -> None:
    without_files(folder)
    inside = folder / "voices"
    assert run(USE + SAY, folder) == f"good morning ['{inside}'] {inside / 'calm.py'} voices\n"


@pytest.mark.parametrize(("switch", "found"), [("", True), ("1", True), ("0", False)])
def test_a_worker_uses_its_own_unless_that_is_switched_off(
    folder: Path, switch: str, found: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = """
import sys
sys.prefix = sys.argv[1]
from network_venv.warm_start import import_from_bundle
import_from_bundle()
print(type(sys.meta_path[0]).__name__ == "_BundleFinder")
"""
    monkeypatch.setenv("WORKER_WARM_START", switch)
    assert run(program, folder) == f"{found}\n"


def test_modules_are_the_same_as_from_files(folder: Path) -> None:
    assert run(USE + SAY, folder) == as_without_a_bundle(folder)


def test_what_is_not_in_it_is_imported_from_the_files(folder: Path) -> None:
    assert run(USE + "import voices.loud; print(voices.loud.WORD)", folder) == "GOOD MORNING\n"


def test_sources_and_data_of_its_modules_can_be_read(folder: Path) -> None:
    program = USE + (
        "import importlib.resources, inspect\n"
        "note = importlib.resources.files(voices) / 'note.txt'\n"
        "print(inspect.getsource(voices.calm), note.read_text())"
    )
    assert run(program, folder) == "WORD = 'good morning'\n read me\n"


def test_a_module_that_is_loaded_again_comes_from_its_file(folder: Path) -> None:
    change = "Path(voices.calm.__file__).write_text('WORD = \"good night, all\"')\n"
    again = "import importlib; importlib.reload(voices.calm); print(voices.calm.WORD)"
    assert run(USE + change + again, folder) == "good night, all\n"


def test_a_module_that_is_only_looked_for_is_still_imported_from_it(folder: Path) -> None:
    without_files(folder)
    look = USE.replace("import voices.calm", "from importlib.util import find_spec\nfind_spec('voices.calm')")
    assert run(look + "import voices.calm; print(voices.calm.WORD)", folder) == "good morning\n"


@pytest.mark.parametrize("kept", [0, 1, 20, -1])
def test_one_that_was_cut_short_is_not_used(folder: Path, kept: int) -> None:
    bundle = folder / BUNDLE
    bundle.write_bytes(bundle.read_bytes()[:kept])
    assert run(USE + SAY, folder) == as_without_a_bundle(folder)


def test_bytecode_of_another_python_is_compiled_anew(folder: Path) -> None:
    bundle = folder / BUNDLE
    magic = next(folder.rglob("*.pyc")).read_bytes()[:4]
    bundle.write_bytes(bundle.read_bytes().replace(magic, b"\0\0\r\n"))
    assert run(USE + SAY, folder) == as_without_a_bundle(folder)


def test_libraries_are_found_and_packages_of_this_environment_work(tmp_path: Path) -> None:
    program = """
import sys
from pathlib import Path
from network_venv.warm_start import bundle
prefix = Path(sys.prefix)
if Path(sys.argv[1], bundle.BUNDLE).exists():
    entries = bundle.marshal.loads(Path(sys.argv[1], bundle.BUNDLE).read_bytes())
    sys.meta_path.insert(0, bundle._BundleFinder(prefix, entries))
import numpy, numpy.random, pydantic, soundfile
print(numpy.random.default_rng(3).integers(9, size=4), numpy._core._multiarray_umath.__file__)
print(type(numpy.__loader__).__name__, file=sys.stderr)
Path(sys.argv[1], bundle.BUNDLE).write_bytes(bundle.marshal.dumps(dict(bundle._imported(prefix))))
"""
    assert run(program, tmp_path) == run(program, tmp_path)
