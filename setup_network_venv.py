"""Make or reuse the worker's Python environment on the network volume; standard library only.

RUNPOD_VOLUME   where the volume is mounted (default /runpod-volume); it must exist
WORKER_PROFILE  `base` or `runtime` (default), which lock file is installed; run_tests.sh has two more

    <volume>/venvs/<key>   one complete environment; the key names the lock file, Python and platform
    <volume>/venv          symlink to the newest, for people; nothing runs through it
    <volume>/cache/        downloads of uv and pip while they are needed, safe to delete

FLASH_ATTN_WHEEL  URL or path of a prebuilt wheel of flash-attn for the runtime profile; optional
WORKER_BUILT_IN   a folder like the volume that came with the image, with environments ready to use

With arguments the process becomes the environment's Python with those arguments, and tells it in
WORKER_SETUP what the start has cost so far. Without, the one line on stdout is that Python's resolved
path. All else goes to stderr; exit status 1 comes with one sentence: what was found, what to do.

An environment is built under `venvs/.building-<nonce>`, verified by importing what the profile must
hold (which writes its bytecode), marked, and only then renamed to its key: whatever stands at a key
with its marker is complete.
One whose files have changed since is built anew, and one that nobody has used for long is removed.
"""

import json
import os
import signal
import sys
import time
from pathlib import Path
from typing import NoReturn

from network_venv import SetupError, say
from network_venv.build import prepare
from network_venv.old_copies import remove_old_copies
from network_venv.profiles import find_profile
from network_venv.volume import check_volume, locate
from network_venv.warm_start import read_environment_ahead


def _stop(signum: int, _: object) -> NoReturn:
    """Leave through the `finally` blocks, so that a stopped build cleans up behind itself."""
    sys.exit(128 + signum)


def _become(python: Path, arguments: list[str], report: dict[str, float]) -> NoReturn:
    """Replace this process, so that the worker gets the platform's signals."""
    os.environ["WORKER_SETUP"] = json.dumps(report)
    os.execv(python, [str(python), *arguments])  # noqa: S606 - our own environment's Python


def main() -> int:
    """Read the environment, have its Python made or found, and become it or print its path."""
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGINT, _stop)
    began = time.time()
    becoming = len(sys.argv) > 1
    volume = Path(os.environ.get("RUNPOD_VOLUME") or "/runpod-volume")
    try:
        check_volume(volume)
        remove_old_copies(volume)
        checked = time.time()
        profile = find_profile(os.environ.get("WORKER_PROFILE") or "runtime")
        environment = locate(volume, profile)
        if becoming:
            read_environment_ahead(environment.path)
        prepare(volume, profile, environment)
    except SetupError as error:
        say(str(error))
    except OSError as error:
        why = error.strerror or type(error).__name__
        say(f"The environment could not be made on {volume}: {why}. Check the volume, then start again.")
    else:
        if becoming:
            seconds = {"volume": checked - began, "environment": time.time() - checked}
            _become(environment.python, sys.argv[1:], {"began": began, **seconds})
        sys.stdout.write(f"{environment.python}\n")
        return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
