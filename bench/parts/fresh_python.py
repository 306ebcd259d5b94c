"""Programs in fresh processes of a given Python, and the state of the bytecode that they find."""

import json
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

ROOT = Path(__file__).resolve().parents[2]

_ON_ONE_THREAD = {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}


def run_python(
    python: Path, program: str, *arguments: str, environ: Mapping[str, str] = MappingProxyType({})
) -> Any:
    """What a program prints last, as JSON; its folder is /, so that only PYTHONPATH shows it the project."""
    inherited = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    done = subprocess.run(
        [python, "-c", program, *arguments],
        env={**inherited, **_ON_ONE_THREAD, **environ},
        cwd="/",
        check=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def without_bytecode(python: Path, folder: Path) -> dict[str, str]:
    """Variables under which only the standard library is compiled, whatever the environment holds.

    Bytecode is then read from `folder`, where that of the standard library is copied to, and never written.
    """
    program = "import json, sysconfig; print(json.dumps(sysconfig.get_path('stdlib')))"
    library = Path(run_python(python, program))
    for compiled in library.rglob("__pycache__/*.pyc"):
        if "site-packages" not in compiled.parts:
            copy = folder / compiled.parents[1].relative_to("/") / compiled.name
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(compiled, copy)
    return {"PYTHONPYCACHEPREFIX": str(folder), "PYTHONDONTWRITEBYTECODE": "1"}


def with_bytecode(folder: Path) -> dict[str, str]:
    """Variables under which a first run compiles what it imports into `folder`, for the runs after it."""
    return {"PYTHONPYCACHEPREFIX": str(folder)}
