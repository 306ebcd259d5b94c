"""Whether a container engine can be had: python -m tests.container.available

What the engine needs is installed where that is possible. Exit status 3 comes with one line that says why
the image cannot be tested on this machine.
"""

import shutil
import subprocess
import sys

from tests.container import debian

NOT_HERE = 3  # exit status


def docker_answers() -> bool:
    """Whether there is a Docker engine that runs, and not its client only."""
    docker = shutil.which("docker")
    return (
        docker is not None
        and not subprocess.run([docker, "info"], capture_output=True, check=False).returncode
    )


def main() -> int:
    """Say why the image cannot be tested here, or nothing."""
    why = "" if docker_answers() else debian.missing()
    if why:
        sys.stderr.write(f"The image is not tested on this machine: {why}.\n")
    return NOT_HERE if why else 0


if __name__ == "__main__":
    sys.exit(main())
