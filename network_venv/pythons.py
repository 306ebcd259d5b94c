"""Which Pythons can make an environment; start.sh and run_tests.sh run this file with each that they find.

    python3 network_venv/pythons.py PROFILE   exit status 1 with one line: why it cannot be this one

It imports nothing, and nothing in it is newer than Python 3.6, so that old ones answer too.
"""

import sys

OLDEST = 11  # minor versions of Python 3; what is locked has no wheels for older ones
NEWEST = {"base": 14, "test": 14, "runtime": 13, "upstream": 13}  # torch 2.8 has no wheel for 3.14


def refusal(profile: str) -> str:
    """Why this Python cannot make the profile's environment; empty when it can."""
    newest = NEWEST.get(profile, max(NEWEST.values()))  # that there is no such profile is said later
    if not (3, OLDEST) <= sys.version_info[:2] <= (3, newest):
        return f"it is Python {sys.version_info[0]}.{sys.version_info[1]}"
    try:
        import ensurepip  # noqa: F401 - only whether they are there
        import venv  # noqa: F401
    except ImportError:
        return "it has no venv or ensurepip, which Debian and Ubuntu keep in the python3-venv package"
    return ""


if __name__ == "__main__":
    sys.exit(refusal(sys.argv[1]) or 0)
