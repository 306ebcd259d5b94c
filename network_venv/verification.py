"""Whether an environment holds what it was built for: everything is imported once."""

import subprocess
from pathlib import Path

from network_venv import SetupError
from network_venv.environment import Environment
from network_venv.trouble import last_line

_VERIFY = """
import importlib, importlib.util, sys
sys.path.append(sys.argv[1])
for name in sys.argv[2:]:
    module, _, function = name.rstrip("?").partition(":")
    if name.endswith("?") and not importlib.util.find_spec(module):
        continue
    try:
        imported = importlib.import_module(module)
        if function:
            getattr(imported, function)()
    except BaseException as error:
        sys.exit(f"{module} cannot be imported ({type(error).__name__}: {error})")
"""
_WORKER = Path(__file__).resolve().parents[1]


def verify(requirements: Path, target: Environment, modules: tuple[str, ...]) -> None:
    """Import every module, and call the function that is named with it; raise `SetupError` on failure.

    Python writes the bytecode of what it imports. Only a quarter of the modules are ever imported: to
    compile the others too takes longer than everything else that the build computes.
    """
    command = [str(target.python), "-I", "-c", _VERIFY, str(_WORKER), *modules]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        reason = last_line(r"\w", result.stderr) or f"Python ended with status {result.returncode}"
        raise SetupError(
            f"The environment of {requirements.name} was installed, but {reason}: "
            "correct the lock file, or the system library that is missing."
        )
