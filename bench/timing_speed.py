"""Seconds of computing that each aligner takes for a minute of audio, beside `whisperx.align` in one segment.

    python -m bench.timing_speed [--quick] [--json FILE] [--check]

CPU seconds of this process on one thread; espeak-ng, which dtw and sphinx call, runs in one of its own and
is left out. `whisperx.align` is used as a worker without chunks would: all text in one segment.
"""

import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nltk
import numpy as np
import torch
import whisperx.alignment
from nltk.tokenize.punkt import PunktTrainer, save_punkt_params

from bench.parts.report import finish, parser_for, print_table
from f5_worker.audio import RECOGNITION_RATE, SAMPLE_RATE, resample
from f5_worker.job import JobControl
from f5_worker.settings import Settings
from f5_worker.text.normalization import say, spoken_words
from f5_worker.timing import Aligner
from f5_worker.timing.dtw import DtwAligner
from f5_worker.timing.sphinx import SphinxAligner
from f5_worker.timing.whisperx import WhisperXAligner
from testing.corpus import TINY_ALIGNER
from testing.corpus.sentences import with_numbers
from testing.corpus.timed_speech import DEVELOPMENT_VOICES, TimedSpeech, joined, speak_each

PAUSE = 0.35  # seconds between sentences
MAX_GROWTH = 1.5  # times the cost of a minute in the shortest audio that a minute in the longest may cost


def main() -> int:
    """Measure, print, and with --check compare with the bar."""
    options = parser_for(__doc__, "shorter audio").parse_args()
    torch.set_num_threads(1)
    minutes = (0.5, 1) if options.quick else (1, 2, 5)
    rows = measure([speech_of(length) for length in minutes], rounds=1 if options.quick else 3)
    print_table("CPU seconds per minute of audio, by the length of the audio", rows)
    missed = [
        f"{row['part']}: a minute costs {row['growth']:.2f} times as much in the longest audio"
        for row in rows
        if row["growth"] > MAX_GROWTH and not row["part"].startswith("whisperx.align")
    ]
    return finish(options, rows, missed)


def speech_of(minutes: float) -> TimedSpeech:
    """Sentences with numbers, a chunk each, of at least that length."""
    draw = random.Random(3)  # noqa: S311 (reproducible, not secret)
    texts = [with_numbers(draw) for _ in range(round(20 * minutes))]
    parts: list[TimedSpeech] = []
    for part in speak_each(texts, DEVELOPMENT_VOICES[0], 165):
        parts.append(part)
        if sum(each.speech.duration + PAUSE for each in parts) >= 60 * minutes:
            break
    return joined(parts, [PAUSE] * len(parts), one_span=False)


def measure(speeches: list[TimedSpeech], rounds: int) -> list[dict[str, Any]]:
    """CPU seconds per minute of audio, median of `rounds`, for each part and length."""
    settings = Settings(ALIGN_MODEL=str(TINY_ALIGNER))
    aligners: list[Aligner] = [
        WhisperXAligner.load(settings),
        SphinxAligner.load(settings),
        DtwAligner.load(settings),
    ]
    parts: dict[str, Callable[[TimedSpeech], object]] = {
        "text preparation": lambda spoken: [spoken_words(span.chunk, "en") for span in spoken.speech.spans],
        **{aligner.name: timing_with(aligner) for aligner in aligners},
        "whisperx.align, one segment": upstream(),
    }
    minutes = [spoken.speech.duration / 60 for spoken in speeches]
    rows = []
    for name, part in parts.items():
        part(speeches[0])  # first calls build tables
        costs = [
            statistics.median(cpu_seconds(part, spoken) for _ in range(rounds)) / length
            for spoken, length in zip(speeches, minutes, strict=True)
        ]
        row = {f"{length:.1f} min": cost for length, cost in zip(minutes, costs, strict=True)}
        rows.append({"part": name, **row, "growth": costs[-1] / costs[0]})
    return rows


def timing_with(aligner: Aligner) -> Callable[[TimedSpeech], object]:
    """All chunks by one aligner."""
    return lambda spoken: aligner.time(spoken.speech, spoken.speech.spans, "en", JobControl())


def upstream() -> Callable[[TimedSpeech], object]:
    """`whisperx.align` on the same model, given the text as it is said."""
    provide_sentence_splitter()
    model, metadata = whisperx.alignment.load_align_model("en", "cpu", str(TINY_ALIGNER))

    def align(spoken: TimedSpeech) -> object:
        text = " ".join(" ".join(say(span.chunk.text, "en")) for span in spoken.speech.spans)
        segment = {"text": text, "start": 0.0, "end": spoken.speech.duration}
        audio = resample(spoken.speech.audio, SAMPLE_RATE, RECOGNITION_RATE)
        return whisperx.alignment.align([segment], model, metadata, np.ascontiguousarray(audio), "cpu")

    return align


def provide_sentence_splitter() -> None:
    """`whisperx.align` wants NLTK's sentence splitter, which is a download; one made here will do."""
    root = Path(tempfile.mkdtemp(prefix="nltk-"))
    nltk.data.path.insert(0, str(root))
    folder = root / "tokenizers" / "punkt_tab" / "english"
    folder.mkdir(parents=True)
    save_punkt_params(PunktTrainer("One. Two.").get_params(), str(folder))


def cpu_seconds(part: Callable[[TimedSpeech], object], spoken: TimedSpeech) -> float:
    """What one call costs this process."""
    started = time.process_time()
    part(spoken)
    return time.process_time() - started


if __name__ == "__main__":
    sys.exit(main())
