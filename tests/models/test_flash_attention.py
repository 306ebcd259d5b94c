"""flash-attn is optional: what `health` says where it is there, where it is not, and where it is broken."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from network_venv.environment import Environment
from tests.runtime import ROOT, runtime_python

SAY = "from f5_worker.models.flash_attention import flash_attention as say; print(say())"


def said(python: Path | str, *folders: Path) -> str:
    path = json.dumps([str(folder) for folder in folders])
    code = f"import sys; sys.path[:0] = {path}; {SAY}"
    done = subprocess.run([python, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_it_is_absent_unless_somebody_asked_for_it() -> None:
    assert said(sys.executable) == "absent"


def test_why_it_could_not_be_installed_is_told(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path], check=True)
    Environment(tmp_path).note_wheel_problem("x.whl could not be installed (no such file)")
    assert said(tmp_path / "bin" / "python") == "absent: x.whl could not be installed (no such file)"


@pytest.mark.parametrize("source", ["", "raise ImportError('libcudart.so.11 is missing')"])
def test_one_that_is_there_is_not_called_verified_without_a_gpu(tmp_path: Path, source: str) -> None:
    (tmp_path / "flash_attn.py").write_text(source)
    answer = said(runtime_python(), tmp_path)
    assert answer == "present, not verified: there is no GPU"


# Stands for a machine with a GPU as far as torch is asked about one; the call itself then fails for real.
WITH_A_GPU = "import torch; torch.cuda.is_available = lambda: True\n"


def test_one_that_fails_is_reported_and_raises_nothing(tmp_path: Path) -> None:
    (tmp_path / "flash_attn.py").write_text("raise ImportError('undefined symbol')")
    (tmp_path / "gpu.py").write_text(WITH_A_GPU)
    code = f"import sys; sys.path.insert(0, {str(tmp_path)!r}); import gpu; {SAY}"
    done = subprocess.run(
        [runtime_python(), "-c", code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.stdout.startswith("present but failed: "), done.stderr
