"""One run of `library.py`, confined: a child process that speaks one script and ends."""

import os
import selectors
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import espeakng_loader

from f5_worker.errors import Code, WorkerError
from f5_worker.espeak_ng.library import EVENT, LENGTH
from f5_worker.job import JobControl

_PROGRAM = """
import sys
sys.path.append(sys.argv[1])
from confinement import confine
from library import main
main(confine)
"""
_FOLDER = Path(__file__).parent
_MAX_SILENT = 60.0  # seconds without a byte, after which the child hangs: 25 s of speech take it 0.05 s
_POLL = 0.2  # seconds between two looks at whether the job was cancelled
_PIPE = 1 << 16  # bytes, what a pipe holds


@dataclass(frozen=True)
class Event:
    """A word or a phoneme begins: at a character of the text and a sample, both from 0."""

    type: int
    position: int
    sample: int
    name: bytes


@dataclass(frozen=True)
class Spoken:
    """What the library made of one text: 16-bit mono samples, and the events in order."""

    samples: bytes
    events: tuple[Event, ...]


def list_voices() -> list[tuple[str, int, str]]:
    """Every voice with a language it speaks: identifier, priority (low is better), language tag.

    Raises `WorkerError(SYNTHESIS_FAILED)` when the library does not work.
    """
    with _child([], JobControl()) as output:
        output.number()  # the sample rate
        lines = output.rest().decode().splitlines()
    voices = [line.split("\t") for line in lines]
    return [(identifier, int(priority), language) for identifier, priority, language in voices]


@contextmanager
def speaking(
    texts: Sequence[str], voice: str, words_per_minute: int, control: JobControl
) -> Iterator[tuple[int, Iterator[Spoken]]]:
    """Speak texts one after the other: the sample rate in Hz, and an iterator with one result a text.

    The child is gone when the block is left, however it is left. Raises
    `WorkerError(SYNTHESIS_FAILED)` when the child ends early or hangs, `WorkerError(CANCELLED)` when
    the job is cancelled.
    """
    with _child([voice, str(words_per_minute), *texts], control) as output:
        yield output.number(), (_spoken(output) for _ in texts)


def _spoken(output: "_Output") -> Spoken:
    sizes = output.number(), output.number()
    samples, events = map(output.read, sizes)
    return Spoken(
        samples,
        tuple(
            Event(kind, position - 1, sample, name.rstrip(b"\0"))
            for kind, position, sample, name in EVENT.iter_unpack(events)
        ),
    )


@contextmanager
def _child(request: Sequence[str], control: JobControl) -> Iterator["_Output"]:
    process = _start()
    assert process.stdin and process.stdout  # noqa: S101 (for mypy: both were asked for as pipes)
    try:
        _send(process.stdin, [espeakng_loader.get_library_path(), *request])
        yield _Output(process.stdout.fileno(), control)
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def _start() -> subprocess.Popen[bytes]:
    try:
        return subprocess.Popen(  # noqa: S603 (our own program; the text goes through its standard input)
            [sys.executable, "-I", "-S", "-c", _PROGRAM, str(_FOLDER)],
            env={},  # no keys
            cwd=espeakng_loader.get_data_path(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
        )
    except OSError:
        raise _failure("could not be started") from None


def _send(pipe: IO[bytes], request: Sequence[str]) -> None:
    fields = [field.encode() for field in request]
    try:
        with pipe:
            pipe.write(b"".join(LENGTH.pack(len(field)) + field for field in fields))
    except BrokenPipeError:
        raise _failure("ended before it had read the text") from None


class _Output:
    """The child's standard output, read without ever being stuck in a read."""

    def __init__(self, pipe: int, control: JobControl) -> None:
        self._pipe = pipe
        self._control = control

    def number(self) -> int:
        return int(LENGTH.unpack(self.read(LENGTH.size))[0])

    def read(self, size: int) -> bytes:
        received = bytearray()
        while len(received) < size:
            part = self._part(size - len(received))
            if not part:
                raise _failure("ended in the middle of its work")
            received += part
        return bytes(received)

    def rest(self) -> bytes:
        return b"".join(iter(lambda: self._part(_PIPE), b""))

    def _part(self, most: int) -> bytes:
        with selectors.DefaultSelector() as selector:
            selector.register(self._pipe, selectors.EVENT_READ)
            for _ in range(round(_MAX_SILENT / _POLL)):
                self._control.check()
                if selector.select(_POLL):
                    return os.read(self._pipe, min(most, _PIPE))
        raise _failure(f"made nothing for {_MAX_SILENT:g} seconds")


def _failure(what: str) -> WorkerError:
    return WorkerError(
        Code.SYNTHESIS_FAILED, f"espeak-ng {what}; try again, and if it happens again change the text"
    )
