"""How far each aligner's words are from the truth, on voices and sentences that no model was trained on.

    python -m bench.timing_accuracy [--quick] [--json FILE] [--check]

The truth is espeak-ng's word events. The whisperx path runs with the tiny aligner of the tests. Needs the
packages of the runtime profile; f5-tts's example voice is a recording of a person, without word times.
"""

import random
import sys
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from bench.parts.report import finish, parser_for, print_table
from f5_worker.errors import WorkerError
from f5_worker.job import JobControl
from f5_worker.settings import Settings
from f5_worker.speech import Span, Speech
from f5_worker.text.normalization import spoken_words
from f5_worker.timing import Aligner, ChunkTiming
from f5_worker.timing.checks import HOP, loud_frames
from f5_worker.timing.dtw import DtwAligner
from f5_worker.timing.fallback_chain import FallbackChain
from f5_worker.timing.sphinx import SphinxAligner
from f5_worker.timing.whisperx import MIN_SCORE, WhisperXAligner
from f5_worker.timing.word_timing import chunk_audio, interpolate, written_words
from testing.corpus import TINY_ALIGNER, person
from testing.corpus.held_out import VOICES, plain, with_numbers
from testing.corpus.timed_speech import TimedSpeech, chunk_of, piece, sentences

# Bars: median and 95th percentile of the absolute start error, in ms.
BARS = {
    ("whisperx", "plain"): (12, 60),
    ("whisperx", "numbers"): (15, 80),
    ("sphinx", "plain"): (15, 70),
}


class NaiveAligner:
    """What there is without any alignment: the words spread over the sound by their number of characters."""

    name = "naive"

    def time(
        self, speech: Speech, spans: Sequence[Span], language: str, control: JobControl
    ) -> list[ChunkTiming]:
        """Spread every chunk's words over its sound."""
        del language, control
        return [self._spread(speech, span) for span in spans]

    def unsupported_reason(self, speech: Speech, language: str) -> str:
        """It takes anything."""
        del speech, language
        return ""

    def _spread(self, speech: Speech, span: Span) -> ChunkTiming:
        loud = np.flatnonzero(loud_frames(chunk_audio(speech, span)))
        heard = interpolate(span.chunk.tokens, loud[0] * HOP, loud[-1] * HOP + HOP)
        words = spoken_words(span.chunk, "en")
        return ChunkTiming(written_words(span, words, [heard[word.token] for word in words], self.name))


def main() -> int:
    """Measure, print, and with --check compare with the bars."""
    options = parser_for(__doc__, "fewer sentences").parse_args()
    settings = Settings(ALIGN_MODEL=str(TINY_ALIGNER))
    dtw = DtwAligner.load(settings)
    aligners: list[Any] = [WhisperXAligner.load(settings), SphinxAligner.load(settings), dtw, NaiveAligner()]
    sets = make_sets(24 if options.quick else 204, 1 if options.quick else 3)
    rows = [
        measure(aligner, dtw, label, speeches) for aligner in aligners for label, speeches in sets.items()
    ]
    threshold = measure_threshold(aligners[0], sets["plain"] + sets["numbers"])
    pauses = [time_person(aligner) for aligner in aligners]
    print_table("Errors in ms; chunks that a method refuses are handed on to dtw", rows)
    print_table("whisperx's threshold on right and wrong texts", [threshold])
    print_table("A person's sentence, its pause from 2.0 to 2.9 s", pauses)
    figures = {"errors": rows, "threshold": threshold, "person": pauses}
    return finish(options, figures, missed_bars(rows, pauses))


def make_sets(count: int, pieces: int) -> dict[str, list[TimedSpeech]]:
    """Sentences in a chunk each, and pieces in which one chunk is all of 30 or 100 s, pauses included."""
    return {
        "plain": sentences(plain, count, 1, VOICES),
        "numbers": sentences(with_numbers, count, 2, VOICES),
        "30 s": [piece(plain, 30, seed, VOICES) for seed in range(pieces)],
        "100 s": [piece(with_numbers, 100, seed, VOICES) for seed in range(pieces)],
    }


def measure(aligner: Aligner, below: Aligner, label: str, speeches: Sequence[TimedSpeech]) -> dict[str, Any]:
    """Errors in ms of all words, as a job gets them: what the aligner refuses, the one below it times."""
    fallback_chain = FallbackChain([aligner, below], {})
    starts: list[float] = []
    ends: list[float] = []
    handed_on = lost = 0
    for spoken in speeches:
        try:
            words = fallback_chain.time(spoken.speech, None, JobControl()).words
        except WorkerError:
            lost += len(spoken.truth)
            continue
        handed_on += words[0].method != aligner.name
        lost += [word.token for word in words] != [true.token for true in spoken.truth]
        starts += [
            1000 * abs(word.start - true.start) for word, true in zip(words, spoken.truth, strict=True)
        ]
        ends += [1000 * abs(word.end - true.end) for word, true in zip(words, spoken.truth, strict=True)]
    row = {
        "method": aligner.name,
        "set": label,
        "chunks": len(speeches),
        "handed on": handed_on,
        "lost": lost,
    }
    return {**row, "words": len(starts), **spread("start", starts), **spread("end", ends)}


def run(aligner: Aligner, speech: Speech) -> list[ChunkTiming]:
    """All chunks of a speech by one aligner alone."""
    return aligner.time(speech, speech.spans, "en", JobControl())


def spread(name: str, errors: Sequence[float]) -> dict[str, float]:
    """Mean, median, 90th and 95th percentile and maximum."""
    if not errors:
        return {}
    median, p90, p95 = np.percentile(errors, (50, 90, 95))
    figures = {"mean": np.mean(errors), "median": median, "p90": p90, "p95": p95, "max": max(errors)}
    return {f"{name} {figure}": float(value) for figure, value in figures.items()}


def measure_threshold(aligner: WhisperXAligner, speeches: Sequence[TimedSpeech]) -> dict[str, float]:
    """Chunk scores with the right text and with another sentence's, and what the checks make of both.

    A false alarm is a right text that is refused, a miss a wrong one that is timed.
    """
    others = list(speeches)
    random.Random(0).shuffle(others)  # noqa: S311 (reproducible, not secret)
    pairs = [(left, right) for left, right in zip(speeches, others, strict=True) if left is not right]
    right = [
        (aligner.score(each.speech, each.speech.spans[0], "en"), run(aligner, each.speech)[0])
        for each, _ in pairs
    ]
    wrong = []
    for audio, text in pairs:
        chunk = text.speech.spans[0].chunk
        speech = Speech(audio.speech.audio, (Span(chunk_of(chunk.text), 0, len(audio.speech.audio)),))
        wrong.append((aligner.score(speech, speech.spans[0], "en"), run(aligner, speech)[0]))
    return {
        "threshold": MIN_SCORE,
        "pairs": len(pairs),
        "right: lowest score": min(score for score, _ in right),
        "right: 5th percentile": float(np.percentile([score for score, _ in right], 5)),
        "wrong: 95th percentile": float(np.percentile([score for score, _ in wrong], 95)),
        "wrong: highest score": max(score for score, _ in wrong),
        "false alarms": sum(bool(timing.failure) for _, timing in right),
        "misses": sum(not timing.failure for _, timing in wrong),
    }


def time_person(aligner: Aligner) -> dict[str, Any]:
    """Where each method puts the pause in a person's sentence."""
    (timing,) = run(aligner, person.sentence())
    if timing.failure:
        return {"method": aligner.name, "note": timing.failure}
    nature, others = timing.words[3], timing.words[4]
    middle = sum(person.PAUSE) / 2
    return {
        "method": aligner.name,
        "nature, ends": nature.end,
        "others starts": others.start,
        "pause found": bool(nature.end < middle < others.start),
    }


def missed_bars(rows: Sequence[dict[str, Any]], pauses: Sequence[dict[str, Any]]) -> list[str]:
    """One sentence for every bar that is missed."""
    return [*_missed_errors(rows), *_missed_pauses(pauses)]


def _missed_errors(rows: Sequence[dict[str, Any]]) -> Iterator[str]:
    for row in rows:
        bar = BARS.get((row["method"], row["set"]))
        if bar and (row.get("start median", np.inf) > bar[0] or row.get("start p95", np.inf) > bar[1]):
            figures = f"{row.get('start median', np.inf):.1f} and {row.get('start p95', np.inf):.1f} ms"
            yield f"{row['method']} on {row['set']}: {figures}, more than {bar[0]} and {bar[1]} ms"
        if row["lost"]:
            yield f"{row['method']} on {row['set']}: {row['lost']} words of the text are missing"


def _missed_pauses(pauses: Sequence[dict[str, Any]]) -> Iterator[str]:
    for row in pauses:
        if row["method"] != "naive" and not row.get("pause found"):
            yield f"{row['method']} did not find the pause in the person's sentence"


if __name__ == "__main__":
    sys.exit(main())
