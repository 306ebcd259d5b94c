"""English sentences spoken by espeak-ng's voices, with the true time of every word."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import accumulate
from pathlib import Path

import numpy as np
import pocketsphinx
import soxr
from numpy.typing import NDArray

from f5_worker.espeak_ng.library import EVENT_WORD
from f5_worker.espeak_ng.process import Spoken, speaking
from f5_worker.job import JobControl
from testing.corpus.spelling import letter_starts

RATE = 16_000  # Hz; what aligners take

ACCENTS = ("en-us", "en-gb-x-rp", "en-gb-scotland", "en-us-nyc", "en-gb-x-gbcwmd", "en-029")
# None with `breath`, which espeak-ng makes anew in every process.
TRAINING_VARIANTS = (
    *("f1", "f4", "m1", "m2", "m3", "m5", "m6", "m7", "m8", "Alex", "Andrea", "Andy", "Annie", "Denis"),
    *("Diogo", "Gene", "Henrique", "Hugo", "Jacky", "Lee", "Marco", "Mario", "Michael", "Mike", "adam"),
    *("anika", "antonio", "belinda", "benjamin", "boris", "ed", "edward", "gustave", "ian", "iven"),
    *("klatt", "klatt3", "marcelo", "max", "miguel", "norbert", "pablo", "paul", "pedro", "quincy", "rob"),
    *("robert", "shelby", "steph", "travis", "zac"),
)

_NUMBER_WORDS = Path(__file__).with_name("number_words.txt").read_text("utf-8").split()


@dataclass(frozen=True)
class WordTiming:
    """A word as spoken: when each of its letters begins, and when the last sound ends (seconds)."""

    text: str
    letters: tuple[float, ...]
    end: float


@dataclass(frozen=True)
class Utterance:
    """Audio [samples] at `RATE`, and its words; none when espeak-ng joined or dropped a word."""

    audio: NDArray[np.float32]
    words: list[WordTiming]


def utterances(texts: Sequence[Sequence[str]], voice: str, speed: int, pitch: float) -> Iterator[Utterance]:
    """Speak each list of words as one clause, at `speed` words a minute.

    `pitch` is by how much a recording is played faster: it shifts pitch and formants, as another speaker's.
    No-break spaces keep espeak-ng from joining words.
    """
    clauses = ["\u00a0".join(words) for words in texts]
    with speaking(clauses, voice, speed, JobControl()) as (espeak_rate, results):
        rate = espeak_rate * pitch
        for words, spoken in zip(texts, results, strict=True):
            samples = np.frombuffer(spoken.samples, np.int16).astype(np.float32) / 32768
            yield Utterance(soxr.resample(samples, rate, RATE), _heard(words, spoken, rate))


def _heard(words: Sequence[str], spoken: Spoken, rate: float) -> list[WordTiming]:
    """Merge events by the word that their position, in characters, lies in."""
    owner = [index for index, word in enumerate(words) for _ in range(len(word) + 1)]
    nexts = [event.sample for event in spoken.events[1:]] + [len(spoken.samples) // 2]
    sounds: dict[int, list[str]] = {}
    bounds: dict[int, list[float]] = {}
    current: int | None = None
    for event, following in zip(spoken.events, nexts, strict=True):
        if event.type == EVENT_WORD:
            current = owner[event.position]
        elif event.name[:1] not in (b"", b"_") and current is not None:
            sounds.setdefault(current, []).append(event.name.decode())
            bounds[current] = [*bounds.get(current, [])[:-1], event.sample / rate, following / rate]
    if len(sounds) != len(words):
        return []
    return [
        WordTiming(word, letter_starts(word, sounds[index], bounds[index]), bounds[index][-1])
        for index, word in enumerate(words)
    ]


@cache
def vocabulary() -> dict[str, float]:
    """Words of up to 13 letters of the CMU dictionary in pocketsphinx's wheel, and how likely each one is.

    The probabilities are those of the wheel's language model; a word that it does not hold has none (0).
    """
    lines = Path(pocketsphinx.get_model_path("en-us/cmudict-en-us.dict")).read_text("utf-8").splitlines()
    words = sorted({line.split()[0] for line in lines})
    log = pocketsphinx.LogMath()
    model = pocketsphinx.NGramModel(
        pocketsphinx.Config(loglevel="FATAL"), log, pocketsphinx.get_model_path("en-us/en-us.lm.bin")
    )
    return {
        word: log.exp(model.prob([word]))
        for word in words
        if len(word) <= 13 and word.replace("'", "").isalpha()
    }


@cache
def _words_by_weight(power: float) -> tuple[list[str], list[float]]:
    """Words, and their cumulative weights: probabilities to the power (0 for one weight for all).

    Twice as much for words that begin with a vowel: where those begin is the hardest to hear.
    """
    known = {word: likely for word, likely in vocabulary().items() if likely or not power}
    weights = (likely**power * (2 if word[0] in "aeiou" else 1) for word, likely in known.items())
    return list(known), list(accumulate(weights))


def draw_words(draw: random.Random) -> list[str]:
    """2 words or more, half of them frequent: no sense, but every sound and spelling of English."""
    return [word for _ in range(draw.randint(2, 8)) for word in _draw_words(draw)]


def _draw_words(draw: random.Random) -> list[str]:
    kind = draw.random()
    if kind < 0.12:
        return [draw.choice(_NUMBER_WORDS)]
    if kind < 0.15:
        return ["".join(draw.choices("BCDFGHJKLMNPQRSTVWXZ", k=draw.randint(2, 3)))]  # letter by letter
    if kind < 0.18:
        return draw.choices("BCDEFGHIJKLMNOPQRSTUVWXYZ", k=draw.randint(1, 3))  # U.S., p.m.
    power = 1.0 if kind < 0.45 else 0.5 if kind < 0.85 else 0.0
    words, weights = _words_by_weight(power)
    return draw.choices(words, cum_weights=weights)
