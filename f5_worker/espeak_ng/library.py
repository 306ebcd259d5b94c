"""The espeak-ng library, driven through ctypes in a process of its own.

The library keeps state from one text to the next, so that the same text comes out up to 11 ms
different the second time, and initialising it again does not help. A process that speaks one script
and ends repeats exactly, and a crash in it is not the worker's. It costs 0.1 s on a busy two-core
machine (a private copy of the library in the worker's own process 1 ms, but its crash would be the
worker's, and copies pile up). It is started without site-packages and must start fast: this module
imports as little of the standard library as it can.

Its working directory is the library's data, because the library keeps no path over 160 bytes.

Standard input:   fields, each a 4-byte little-endian length and UTF-8 text: the library's path, the
                  voice, the rate in words a minute, then every chunk's text.
Standard output:  the sample rate (4 bytes), then for every chunk the number of bytes of its samples
                  and of its events (4 bytes each), the samples (16-bit), the events (`EVENT`).
                  With the library's path only: the sample rate, then one line for every language
                  of every voice: identifier, priority, language, with tabs between.
"""

import ctypes
import struct
import sys
from collections.abc import Callable, Iterator
from typing import BinaryIO

# espeak-ng/src/include/espeak-ng/speak_lib.h, version 1.52
SYNCHRONOUS = 2  # espeak_AUDIO_OUTPUT: audio comes to the callback, in the calling thread
PHONEME_EVENTS = 0x0001
DONT_EXIT = 0x8000
CHARS_UTF8 = 1
POS_CHARACTER = 1
RATE = 1  # espeak_PARAMETER, words a minute
EVENT_END, EVENT_WORD, EVENT_PHONEME = 0, 1, 7
DATA = b"."  # the working directory
BUFFER_MS = 1000  # audio a callback; the default of 60 only costs calls

EVENT = struct.Struct("<iii8s")  # type, character position (from 1), sample position, phoneme's name
LENGTH = struct.Struct("<I")


class _Event(ctypes.Structure):
    """espeak_EVENT; `name` is the phoneme's, the other members of the union are not used."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("name", ctypes.c_char * 8),
    )


class _Voice(ctypes.Structure):
    """espeak_VOICE; `languages` is a list of one byte of priority and a name, ended by a zero byte."""

    _fields_ = (
        ("name", ctypes.c_char_p),
        ("languages", ctypes.c_void_p),
        ("identifier", ctypes.c_char_p),
        ("gender", ctypes.c_ubyte),
        ("age", ctypes.c_ubyte),
        ("variant", ctypes.c_ubyte),
        ("xx1", ctypes.c_ubyte),
        ("score", ctypes.c_int),
        ("spare", ctypes.c_void_p),
    )


_Callback = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class Library:
    """One loaded and initialised library; `rate` is its sample rate in Hz."""

    def __init__(self, path: str, confine: Callable[[], None]) -> None:
        """Load the library, call `confine`, and only then run code of it."""
        self._library = ctypes.CDLL(path)
        confine()
        self.rate: int = self._library.espeak_Initialize(
            SYNCHRONOUS, BUFFER_MS, DATA, PHONEME_EVENTS | DONT_EXIT
        )
        if self.rate <= 0:
            raise OSError("espeak_Initialize failed")
        self._samples = bytearray()
        self._events = bytearray()
        self._callback = _Callback(self._receive)  # kept: the library calls it for as long as it lives
        self._library.espeak_SetSynthCallback(self._callback)

    def set_voice(self, name: str, words_a_minute: int) -> None:
        """Choose who speaks, and how fast."""
        if self._library.espeak_SetVoiceByName(name.encode()) != 0:
            raise OSError("espeak_SetVoiceByName failed")
        self._library.espeak_SetParameter(RATE, words_a_minute, 0)

    def speak(self, text: str) -> tuple[bytes, bytes]:
        """The samples and the events of a text; both start at zero."""
        self._samples.clear()
        self._events.clear()
        encoded = text.encode()
        status = self._library.espeak_Synth(
            encoded, len(encoded) + 1, 0, POS_CHARACTER, 0, CHARS_UTF8, None, None
        )
        if status != 0:
            raise OSError("espeak_Synth failed")
        return bytes(self._samples), bytes(self._events)

    def voices(self) -> Iterator[tuple[str, int, str]]:
        """Every voice's file name, with each language it speaks and the priority it has there."""
        self._library.espeak_ListVoices.restype = ctypes.POINTER(ctypes.POINTER(_Voice))
        for voice in self._library.espeak_ListVoices(None):
            if not voice:
                return
            at = voice.contents.languages
            while priority := ctypes.string_at(at, 1)[0]:
                language = ctypes.string_at(at + 1)
                yield voice.contents.identifier.decode(), priority, language.decode()
                at += len(language) + 2

    def _receive(
        self, samples: "ctypes._Pointer[ctypes.c_short]", count: int, events: "ctypes._Pointer[_Event]"
    ) -> int:
        if samples and count > 0:
            self._samples += ctypes.string_at(samples, 2 * count)
        index = 0
        while (event := events[index]).type != EVENT_END:
            if event.type in (EVENT_WORD, EVENT_PHONEME):
                self._events += EVENT.pack(event.type, event.text_position, event.sample, event.name)
            index += 1
        return 0  # go on


def _fields(source: BinaryIO) -> Iterator[str]:
    while size := source.read(LENGTH.size):
        yield source.read(*LENGTH.unpack(size)).decode()


def main(confine: Callable[[], None]) -> None:
    """Answer the one request on standard input; `confine` is called before any code of the library runs."""
    library_path, *request = _fields(sys.stdin.buffer)
    out = sys.stdout.buffer
    library = Library(library_path, confine)
    out.write(LENGTH.pack(library.rate))
    if not request:
        for voice in library.voices():
            out.write("\t".join(map(str, voice)).encode() + b"\n")
        return
    voice_name, words_a_minute, *chunks = request
    library.set_voice(voice_name, int(words_a_minute))
    for text in chunks:
        samples, events = library.speak(text)
        out.write(LENGTH.pack(len(samples)) + LENGTH.pack(len(events)) + samples + events)
        out.flush()
