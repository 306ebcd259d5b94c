"""What makes a worker's imports fast; nothing depends on it, and WORKER_WARM_START=0 leaves it out.

loaded       what a worker loads from its environment, noted when that is verified
read_ahead   all of it, read many files at once while the worker starts
bundle       its bytecode in one file
"""

import os
import sys
from pathlib import Path


def read_environment_ahead(environment: Path) -> None:
    """Have what the worker will load read by a process of its own; returns at once."""
    if _wanted():
        from network_venv.warm_start.read_ahead import start_reading

        start_reading(environment)


def import_from_bundle() -> None:
    """Have this Python import all else from its environment's bundle, if there is one: called first."""
    if _wanted():
        from network_venv.warm_start.bundle import use_bundle

        use_bundle(Path(sys.prefix))


def _wanted() -> bool:
    return os.environ.get("WORKER_WARM_START") != "0"
