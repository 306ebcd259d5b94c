"""Speech of espeak-ng voices that no aligner was trained on, with the true time of every token."""

import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from f5_worker.audio import SAMPLE_RATE, Audio, resample
from f5_worker.espeak_ng.process import speaking
from f5_worker.espeak_ng.word_times import spoken_text, time_words
from f5_worker.job import JobControl
from f5_worker.speech import Span, Speech
from f5_worker.text.chunks import Chunk
from f5_worker.text.normalization import spell_out
from f5_worker.text.words import Word, tokenize

DEVELOPMENT_VOICES = tuple(  # settings may be chosen on these, figures are taken on others: held_out.py
    f"gmw/{accent}+{variant}"
    for accent, variant in (
        *(
            ("en-US", "linda"),
            ("en-US", "m4"),
            ("en-US", "david"),
            ("en-US", "klatt5"),
            ("en-GB-x-rp", "john"),
        ),
        *(("en-US", "michel"), ("en-GB-x-rp", "Gene2"), ("en-US", "klatt2"), ("en-US", "steph3")),
        ("en-US", "iven3"),
    )
)

Sentence = Callable[[random.Random], str]


@dataclass(frozen=True)
class TimedSpeech:
    """Speech in spans, with the truth: one word a token of all chunks, in order."""

    speech: Speech
    truth: tuple[Word, ...]


def chunk_of(text: str, start: int = 0, index: int = 0, language: str = "en") -> Chunk:
    """A chunk that holds a whole text, at character `start` of a longer one."""
    padded = " " * start + text
    return Chunk(index, text, start, start + len(text), tokenize(padded, start, len(padded)), 0.0, language)


def speak_each(texts: Sequence[str], voice: str, rate: int, language: str = "en") -> Iterator[TimedSpeech]:
    """One speech of one span for each text, spoken as `spell_out` gives it at `rate` words a minute."""
    spelled = [spell_out(text, language) for text in texts]
    said = [chunk_of(each.text, language=language) for each in spelled]
    with speaking([spoken_text(chunk) for chunk in said], voice, rate, JobControl()) as (
        espeak_rate,
        results,
    ):
        for text, each, chunk, spoken in zip(texts, spelled, said, results, strict=True):
            samples = np.frombuffer(spoken.samples, np.int16).astype(np.float32) / np.float32(32768)
            audio = resample(samples, espeak_rate, SAMPLE_RATE)
            words = time_words(chunk, spoken.events, len(samples), 0.0, len(audio) / SAMPLE_RATE)
            written = chunk_of(text, language=language)
            span = Span(written, 0, len(audio))
            truth = tuple(_merged(written, words, each.origins))
            yield TimedSpeech(Speech(audio, (span,)), truth)


def _merged(chunk: Chunk, words: Iterable[Word], origins: Sequence[int]) -> Iterator[Word]:
    parts: dict[int, list[Word]] = {}
    for word in words:
        origin = origins[word.token.start]
        owner = max(index for index, token in enumerate(chunk.tokens) if token.start <= origin)
        parts.setdefault(owner, []).append(word)
    for index, token in enumerate(chunk.tokens):
        yield Word(token, parts[index][0].start, parts[index][-1].end, None, "truth")


def joined(parts: Sequence[TimedSpeech], pauses: Sequence[float], one_span: bool = True) -> TimedSpeech:
    """Speeches one after the other with a pause in seconds before each, as one chunk or one chunk each."""
    audio: list[Audio] = []
    spans: list[Span] = []
    truth: list[Word] = []
    texts: list[str] = []
    samples, characters = 0, 0
    for part, pause in zip(parts, pauses, strict=True):
        silence = np.zeros(round(pause * SAMPLE_RATE), np.float32)
        audio += [silence, part.speech.audio]
        samples += len(silence)
        text = part.speech.spans[0].chunk.text
        chunk = chunk_of(text, characters, len(spans))
        offset = samples / SAMPLE_RATE
        truth += [
            Word(token, word.start + offset, word.end + offset, None, "truth")
            for token, word in zip(chunk.tokens, part.truth, strict=True)
        ]
        spans.append(Span(chunk, samples, samples + len(part.speech.audio)))
        samples += len(part.speech.audio)
        characters += len(text) + 1
        texts.append(text)
    if one_span:
        spans = [Span(chunk_of(" ".join(texts)), 0, samples)]
    return TimedSpeech(Speech(np.concatenate(audio), tuple(spans)), tuple(truth))


def sentences(kind: Sentence, count: int, seed: int, voices: Sequence[str]) -> list[TimedSpeech]:
    """`count` sentences shared out among the voices, at 130 to 200 words a minute."""
    draw = random.Random(seed)  # noqa: S311 (reproducible, not secret)
    texts = [kind(draw) for _ in range(count)]
    spoken: list[TimedSpeech] = []
    for index, voice in enumerate(voices):
        spoken += speak_each(texts[index :: len(voices)], voice, draw.randint(130, 200))
    return spoken


def piece(kind: Sentence, seconds: float, seed: int, voices: Sequence[str]) -> TimedSpeech:
    """One of the voices for at least `seconds`, with random pauses of up to two seconds between sentences."""
    draw = random.Random(seed)  # noqa: S311 (reproducible, not secret)
    texts = [kind(draw) for _ in range(round(seconds / 2))]
    parts: list[TimedSpeech] = []
    length = 0.0
    for part in speak_each(texts, draw.choice(voices), draw.randint(140, 180)):
        parts.append(part)
        length += part.speech.duration + 1.0
        if length >= seconds:
            break
    return joined(parts, [draw.uniform(0.0, 2.0) for _ in parts])
