"""The parts of setup_network_venv.py; standard library only, since it runs before anything is installed.

pythons       which Pythons can make which environment (find_python.sh looks for one)
profiles      what each environment is made of
volume        the network volume: is it there, can it be written to
environment   one environment in a folder: is it complete, is it whole, who uses it
build         reuses it or has it built
lock          one builder at a time
installer     uv, or pip, with retries where the network is at fault
streaming     shows what they print
trouble       what that means when they fail
verification  imports what the profile must hold
collection    what killed builders and old versions left behind
warm_start    makes a worker's imports fast
old_copies    models that older layouts left outside the volume
"""

import sys

GB = 1e9  # bytes


class SetupError(Exception):
    """The environment cannot be had: a sentence to print before exit 1, and `reason`, the bare cause."""

    def __init__(self, sentence: str, reason: str = "") -> None:
        super().__init__(sentence)
        self.reason = reason or sentence


def say(line: str) -> None:
    """Tell people how far it is; standard output belongs to the result."""
    sys.stderr.write(f"setup: {line}\n")
    sys.stderr.flush()
