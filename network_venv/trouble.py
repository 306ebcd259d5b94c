"""What went wrong with an installer, read from what uv and pip print, and said in plain words."""

import re
import time

# Patterns of what they and the libraries below them print, and what it means.
_NETWORK = {
    r"\b(429|5\d\d) (too many|server error|internal|bad gateway|service|gateway)|too many \d+ error": (
        "it answers with an error"
    ),
    r"name resolution|name or service not known|dns error|failed to lookup": "its name cannot be resolved",
    r"connection refused": "the connection is refused",
    r"no route to host|network is unreachable": "there is no way to it",
    r"timed? ?out": "it does not answer in time",
    r"connection (reset|aborted|closed|broken|error|was closed)|remote end closed|error sending request"
    r"|incomplete ?(read|message|body)|error decoding response|unexpected (eof|end)": (
        "the connection breaks off"
    ),
}
_CERTIFICATE = {
    r"not ?valid ?yet|not yet valid": (
        "is not valid yet by this machine's clock, which says {date}: set the clock"
    ),
    r"certificate.*expired": (
        "has expired by this machine's clock, which says {date}: set the clock if that is wrong"
    ),
    r"not ?valid ?for ?name|hostname mismatch|doesn't match": (
        "belongs to another host: correct the address of the package index"
    ),
    r"invalid peer certificate|certificate.verify.failed|unknown ?issuer": (
        "is not trusted by this machine: if it is that of your company's proxy, name a file with its CA "
        "certificate in SSL_CERT_FILE, or add it to the system's certificates"
    ),
}
# What no second attempt and no other installer would do better, and what to do about it.
_CURES = {
    r"hash mismatch|do not match the hashes": (
        "The registry sent another file than the one locked: start again, and if it stays so, refresh the "
        "lock file."
    ),
    r"no space left|disk quota": "Enlarge the volume, or delete its cache/ and unused folders in venvs/.",
    r"no version of|no solution|all requirements must have": (
        "Correct the lock file, or start with the Python and platform that it was made for."
    ),
}
# Names of classes, calls and addresses tell the installer's programmers something, and nobody else.
_INTERNALS = re.compile(r"\w(Error|Exception)\b|\bErrno \d|Pool\(|0x[0-9a-f]{6}|Traceback|__\w+__")


def last_line(pattern: str, output: str) -> str:
    """The last line of an installer's output that matches, without its label; empty if none does."""
    for line in reversed(re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", output).splitlines()):
        if re.search(pattern, line, re.IGNORECASE):
            return re.sub(r"(?i)^\W*(error|cause|caused by|warning)\s*:\s*", "", line.strip()).rstrip(".")
    return ""


def hopeless(output: str) -> tuple[str, str]:
    """The line that says what no second attempt mends, and what to do about it; empty if there is none."""
    for pattern, cure in _CURES.items():
        if line := last_line(pattern, output):
            return line, cure
    return "", ""


def certificate_trouble(output: str) -> str:
    """What is wrong with the registry's certificate, and what to do; empty when nothing was said of it."""
    for pattern, meaning in _CERTIFICATE.items():
        if last_line(pattern, output):
            return meaning.format(date=time.strftime("%Y-%m-%d"))
    return ""


def network_trouble(output: str) -> str:
    """How the network or the registry failed the installer; empty when they did not."""
    for pattern, meaning in _NETWORK.items():
        if line := last_line(pattern, output):
            status = re.search(r"\b(429|5\d\d)\b", line)
            return f"{meaning}, {status[0]}" if status and "answers" in meaning else meaning
    return ""


def other_trouble(output: str) -> str:
    """The installer's own last words, where people can read them."""
    words = last_line(r"^\W*(error|cause)", output) or last_line(r"\w", output)
    return words if words and not _INTERNALS.search(words) else "what the installer printed above"
