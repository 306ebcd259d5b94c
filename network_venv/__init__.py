"""The parts of setup_network_venv.py; standard library only, since it runs before anything is installed.

environment   one environment in a folder: is it complete, is it whole, who uses it
lock          one builder at a time
installer     uv, or pip, with retries where the network is at fault
collection    what killed builders and old versions left behind
"""

import sys

GB = 1e9  # bytes


class SetupError(Exception):
    """The environment cannot be had; its text is the sentence printed before exit 1."""


def say(line: str) -> None:
    """Tell people how far it is; standard output belongs to the result."""
    sys.stderr.write(f"setup: {line}\n")
    sys.stderr.flush()
