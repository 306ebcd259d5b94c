"""What the process that runs espeak-ng can reach, tried from inside it; and texts that crash the library."""

import json
import os
import subprocess
import sys
from pathlib import Path

import espeakng_loader
import pytest

from f5_worker.espeak_ng import confinement
from f5_worker.espeak_ng.process import speaking
from f5_worker.espeak_ng.word_times import spoken_text
from f5_worker.job import JobControl
from f5_worker.text.chunks import Chunk
from f5_worker.text.words import tokenize

# Tries everything in turn after it was confined, and says what could be done.
INSIDE = """
import json, os, socket, sys
sys.path.append(sys.argv[1])
from confinement import confine
confine()
secret, parent = sys.argv[2:]

def can(attempt):
    try:
        attempt()
    except (OSError, MemoryError):
        return False
    return True

print(json.dumps({
    "data": can(lambda: open("phontab", "rb").read()),
    "secret": can(lambda: open(secret).read()),
    "keys": can(lambda: open(f"/proc/{parent}/environ", "rb").read()),
    "listing": can(lambda: os.listdir(os.path.dirname(secret))),
    "writing": can(lambda: open("written", "w").write("x")),
    "process": can(os.fork),
    "memory": can(lambda: bytearray(2 << 30)),
    "environment": dict(os.environ),
    "user": os.geteuid(),
}))
"""

linux = pytest.mark.skipif(sys.platform != "linux", reason="Landlock and chroot are Linux's")


@linux
def test_inside_there_is_the_librarys_data_and_nothing_else(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("voices and results")
    done = subprocess.run(
        [
            *(sys.executable, "-I", "-S", "-c", INSIDE),
            *(str(Path(confinement.__file__).parent), str(secret), str(os.getpid())),
        ],
        cwd=espeakng_loader.get_data_path(),
        env={},
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(done.stdout.splitlines()[0])
    assert found.pop("user") != 0
    assert found.pop("environment").keys() <= {"LC_CTYPE"}  # Python's own, where there is no locale
    assert found == {
        "data": True,
        "secret": False,
        "keys": False,
        "listing": False,
        "writing": False,
        "process": False,
        "memory": False,
    }


@pytest.mark.parametrize("letters", ["a.b.", "é.à.", "中.文.", "1.a.", "𝒜.𝒷."])
@pytest.mark.parametrize("length", [200, 384, 2000])
def test_letters_between_full_stops_are_spoken_however_many_there_are(letters: str, length: int) -> None:
    text = (letters * length)[:length]
    chunk = Chunk(0, text, 0, length, tokenize(text, 0, length), 0.0, "en")
    given = spoken_text(chunk)
    assert len(given) == len(text)
    with speaking([given], "gmw/en-US", 175, JobControl()) as (_, results):
        (spoken,) = results
    assert spoken.samples
