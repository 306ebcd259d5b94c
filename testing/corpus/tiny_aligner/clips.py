"""What the tiny aligner learns from: clips of espeak-ng's speech, with the letter spoken in every frame."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from testing.corpus.espeak_corpus import ACCENTS, RATE, TRAINING_VARIANTS, WordTiming, draw_words, utterances
from testing.corpus.random_voice import VARIANT, random_voices

HOP = 320  # samples a frame: 20 ms, as in every wav2vec2 model
RECEPTIVE_FIELD = 400  # samples that a frame sees before attention
CLIP = 6 * RATE  # samples
CLIPS = 3  # a batch
VOICES = 6  # that are mixed with each other
RANDOM_VOICES = 0.6  # of all
UTTERANCES = 32  # a voice, about 9 clips
NOISE_ALONE = 0.05  # of all clips
GAIN = 5.0  # dB; the standard deviation of a microphone's response
ONSET_WEIGHT = 3.0  # of the frames where a word begins or ends, against 1 for all others

BLANK, SEPARATOR = 0, 4
VOCABULARY = {
    symbol: number
    for number, symbol in enumerate(["<pad>", "<s>", "</s>", "<unk>", "|", *"etaonihsrdlumwcfgypbvk'xjqz"])
}
_FRAMES = (CLIP - RECEPTIVE_FIELD) // HOP + 1


@dataclass(frozen=True)
class Clip:
    """`CLIP` samples with the letters spoken in it, and every frame's symbol and weight."""

    audio: NDArray[np.float32]
    letters: list[int]
    frames: NDArray[np.int64]
    weights: NDArray[np.float32]


def batches(draw: random.Random) -> Iterator[list[Clip]]:
    """Clips of `VOICES` voices at a time, shuffled, `CLIPS` a batch, without end."""
    with random_voices() as draw_variant:
        while True:
            clips = [clip for _ in range(VOICES) for clip in _draw_clips(draw, draw_variant)]
            draw.shuffle(clips)
            for first in range(0, len(clips) - CLIPS + 1, CLIPS):
                yield clips[first : first + CLIPS]


def _draw_clips(draw: random.Random, draw_variant: Callable[[random.Random], None]) -> list[Clip]:
    """Utterances of one voice with random pauses, as many in a clip as fit."""
    texts = [draw_words(draw) for _ in range(UTTERANCES)]
    draw_variant(draw)
    variant = VARIANT if draw.random() < RANDOM_VOICES else draw.choice(TRAINING_VARIANTS)
    voice = f"{draw.choice(ACCENTS)}+{variant}"
    clips: list[Clip] = []
    audio, heard, position = np.zeros(CLIP, np.float32), list[WordTiming](), 0
    for spoken in utterances(texts, voice, draw.randint(120, 220), draw.uniform(0.88, 1.14)):
        if not spoken.words or len(spoken.audio) > CLIP - RATE:
            continue
        position += int(draw.choice((0.02, 0.1, 0.3, 1.0)) * draw.random() * RATE)
        if position + len(spoken.audio) > CLIP:
            clips.append(_recorded(audio, heard, draw))
            audio, heard, position = np.zeros(CLIP, np.float32), [], int(draw.uniform(0, 0.5) * RATE)
        audio[position : position + len(spoken.audio)] = spoken.audio
        heard += [_shifted(word, position / RATE) for word in spoken.words]
        position += len(spoken.audio)
    return clips


def _recorded(audio: NDArray[np.float32], heard: list[WordTiming], draw: random.Random) -> Clip:
    """As some microphone records it, at a random level, with some noise; now and then the noise alone."""
    if draw.random() < NOISE_ALONE:
        audio, heard = np.zeros_like(audio), []
    noise = np.random.default_rng(draw.getrandbits(32)).standard_normal(CLIP, np.float32)
    noisy = _coloured(audio, draw) + _coloured(noise, draw) * 10 ** draw.uniform(-5, -1.3)
    return Clip(noisy * np.float32(10 ** draw.uniform(-1, 0)), _letters(heard), *_frame_targets(heard))


def _coloured(audio: NDArray[np.float32], draw: random.Random) -> NDArray[np.float32]:
    """Another frequency response: drawn gains at a few frequencies, and between them what lies between."""
    spectrum = np.fft.rfft(audio)
    octaves = np.linspace(6, 13, 8)  # 64 Hz to 8 kHz
    gains = [draw.gauss(0, GAIN) for _ in octaves]
    frequencies = np.fft.rfftfreq(len(audio), 1 / RATE)
    curve = np.interp(np.log2(np.maximum(frequencies, 1.0)), octaves, gains)
    return np.fft.irfft(spectrum * 10 ** (curve / 20), len(audio)).astype(np.float32)


def _shifted(word: WordTiming, seconds: float) -> WordTiming:
    return WordTiming(word.text, tuple(start + seconds for start in word.letters), word.end + seconds)


def _letters(heard: list[WordTiming]) -> list[int]:
    letters = [SEPARATOR] if heard else []
    for word in heard:
        letters += [VOCABULARY[letter] for letter in word.text.lower()] + [SEPARATOR]
    return letters


def _frame_targets(heard: list[WordTiming]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Blank in pauses, a word's letters where they are heard, a separator where it ends; and the weights.

    Where the next word follows at once, its first frame is the separator.
    """
    frames = np.full(_FRAMES + 1, BLANK, np.int64)
    weights = np.ones(_FRAMES + 1, np.float32)
    ends = [min(round(word.end * RATE / HOP), _FRAMES) for word in heard]
    for word, end in zip(heard, ends, strict=True):
        starts = np.array(word.letters) * RATE / HOP
        start = round(starts[0])
        letters = np.array([VOCABULARY[letter] for letter in word.text.lower()])
        places = np.maximum(np.searchsorted(starts, np.arange(start, end), side="right") - 1, 0)
        frames[start:end] = letters[places]
        doubled = np.flatnonzero((np.diff(places) > 0) & (np.diff(letters[places]) == 0))
        frames[start + doubled] = BLANK  # between two of a letter CTC needs one
        weights[max(0, start - 1) : start + 2] = weights[end] = ONSET_WEIGHT
    frames[ends] = SEPARATOR
    return frames[:_FRAMES], weights[:_FRAMES]
