"""English sentences spoken by espeak-ng's voices, with the true time of every word."""

import ctypes
import random
from dataclasses import dataclass, field
from functools import cache
from itertools import pairwise
from pathlib import Path

import espeakng_loader
import numpy as np
import pocketsphinx
import soxr
from numpy.typing import NDArray

RATE = 16_000  # Hz; what aligners take
_ESPEAK_RATE = 22_050  # Hz; what espeak-ng makes

ACCENTS = ("en-us", "en-gb-x-rp", "en-gb-scotland", "en-us-nyc", "en-gb-x-gbcwmd")
TRAINING_VARIANTS = (
    *("f1", "f2", "f4", "f5", "m1", "m2", "m3", "m5", "m6", "m7", "m8", "Alex", "Alicia", "Andrea", "Andy"),
    *("Annie", "Denis", "Diogo", "Gene", "Henrique", "Hugo", "Jacky", "Lee", "Marco", "Mario", "Michael"),
    *("Mike", "Reed", "Storm", "adam", "anika", "antonio", "belinda", "benjamin", "boris", "caleb", "ed"),
    *("edward", "gustave", "ian", "iven", "klatt", "klatt3", "marcelo", "max", "miguel", "norbert", "pablo"),
    *("paul", "pedro", "quincy", "rob", "robert", "sandro", "shelby", "steph", "travis", "victor", "zac"),
)
HELD_OUT_VARIANTS = ("f3", "m4", "david", "linda", "john", "michel", "Gene2", "klatt2", "steph3", "iven3")

_FREQUENT_WORDS = Path(__file__).with_name("frequent_words.txt").read_text("utf-8").split()
_NUMBER_WORDS = Path(__file__).with_name("number_words.txt").read_text("utf-8").split()


@dataclass(frozen=True)
class Heard:
    """A word as spoken: its letters, when each phoneme begins and when the last one ends (seconds)."""

    text: str
    phonemes: tuple[float, ...]
    end: float


@dataclass
class _Recording:
    blocks: list[NDArray[np.int16]] = field(default_factory=list)
    events: list[tuple[int, int, int, bool]] = field(default_factory=list)  # kind, sample, position, is pause


class _EventId(ctypes.Union):
    _fields_ = (("number", ctypes.c_int), ("name", ctypes.c_char_p), ("string", ctypes.c_char * 8))


class _Event(ctypes.Structure):
    _fields_ = (
        ("type", ctypes.c_int),
        ("unique_identifier", ctypes.c_uint),
        ("text_position", ctypes.c_int),
        ("length", ctypes.c_int),
        ("audio_position", ctypes.c_int),
        ("sample", ctypes.c_int),
        ("user_data", ctypes.c_void_p),
        ("id", _EventId),
    )


# Constants of espeak-ng's speak_lib.h.
_END_OF_LIST, _WORD, _PHONEME = 0, 1, 7
_SYNCHRONOUS, _PHONEME_EVENTS, _UTF8, _SPEED, _PITCH = 2, 1, 1, 1, 3
_CALLBACK = ctypes.CFUNCTYPE(
    ctypes.c_int, ctypes.POINTER(ctypes.c_short), ctypes.c_int, ctypes.POINTER(_Event)
)


class Speaker:
    """The process's one espeak-ng; a fresh process that makes the same calls repeats the same samples."""

    def __init__(self) -> None:
        self._library = ctypes.CDLL(espeakng_loader.get_library_path())
        data = str(Path(espeakng_loader.get_data_path())).encode()
        if self._library.espeak_Initialize(_SYNCHRONOUS, 0, data, _PHONEME_EVENTS) != _ESPEAK_RATE:
            raise RuntimeError("espeak-ng did not start")
        self._recording = _Recording()
        self._callback = _CALLBACK(self._receive)  # kept: the library holds only a pointer
        self._library.espeak_SetSynthCallback(self._callback)

    def speak(
        self, words: list[str], voice: str, speed: int, pitch: int
    ) -> tuple[NDArray[np.float32], list[Heard]]:
        """Speak words as one clause: audio [samples] at `RATE` and every word's time.

        `speed` is in words a minute, `pitch` 0 to 99. No-break spaces keep espeak-ng from joining words.
        """
        self._recording = _Recording()
        if self._library.espeak_SetVoiceByName(voice.encode()) != 0:
            raise ValueError(f"espeak-ng has no voice {voice!r}")
        self._library.espeak_SetParameter(_SPEED, speed, 0)
        self._library.espeak_SetParameter(_PITCH, pitch, 0)
        text = "\u00a0".join(words)
        encoded = text.encode()
        self._library.espeak_Synth(encoded, len(encoded) + 1, 0, 1, 0, _UTF8, None, None)
        samples = np.concatenate(self._recording.blocks).astype(np.float32) / 32768
        return soxr.resample(samples, _ESPEAK_RATE, RATE), self._heard(words, len(samples))

    def _receive(self, samples: "ctypes._Pointer[ctypes.c_short]", count: int, events: object) -> int:
        if samples and count > 0:
            self._recording.blocks.append(np.ctypeslib.as_array(samples, (count,)).copy())
        for event in events:  # type: ignore[attr-defined]  # a ctypes pointer iterates without end
            if event.type == _END_OF_LIST:
                break
            pause = event.type == _PHONEME and event.id.string[:1] in (b"", b"_")
            self._recording.events.append((event.type, event.sample, event.text_position, pause))
        return 0

    def _heard(self, words: list[str], length: int) -> list[Heard]:
        """Merge events by the word their position (from 1, in characters) lies in."""
        owner = [index for index, word in enumerate(words) for _ in range(len(word) + 1)]
        onsets: dict[int, list[float]] = {}
        ends: dict[int, float] = {}
        current: int | None = None
        for event, following in pairwise([*self._recording.events, (_END_OF_LIST, length, 0, True)]):
            kind, sample, position, pause = event
            if kind == _WORD:
                current = owner[position - 1]
            elif kind == _PHONEME and not pause and current is not None:
                onsets.setdefault(current, []).append(sample / _ESPEAK_RATE)
                ends[current] = following[1] / _ESPEAK_RATE
        if len(onsets) != len(words):
            return []  # espeak-ng joined or dropped a word: no truth to learn from
        return [Heard(word, tuple(onsets[index]), ends[index]) for index, word in enumerate(words)]


@cache
def dictionary() -> tuple[str, ...]:
    """Words of 2 to 11 letters from the CMU dictionary in pocketsphinx's wheel."""
    lines = Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict")).read_text("utf-8").splitlines()
    words = {line.split()[0] for line in lines}
    return tuple(sorted(word for word in words if 2 <= len(word) <= 11 and word.replace("'", "").isalpha()))


def draw_words(draw: random.Random) -> list[str]:
    """2 to 8 words, half of them frequent: no sense, but every sound and spelling of English."""
    return [_draw_word(draw) for _ in range(draw.randint(2, 8))]


def _draw_word(draw: random.Random) -> str:
    kind = draw.random()
    if kind < 0.35:
        return draw.choice(_FREQUENT_WORDS)
    if kind < 0.5:
        return draw.choice(_NUMBER_WORDS)
    if kind < 0.54:
        return "".join(draw.choices("BCDFGHJKLMNPQRSTVWXZ", k=3))  # spoken letter by letter
    return draw.choice(dictionary())
