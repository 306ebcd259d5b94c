"""Which language a text is in, sentence by sentence: by its script where that decides, else by py3langid."""

import copy
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Literal, Self

from babel.core import get_global

from f5_worker.text.breaks import Break, break_between
from f5_worker.text.pauses import between_pauses
from f5_worker.text.scripts import SCRIPT_LANGUAGES, main_script, word_script
from f5_worker.text.words import Token, tokenize

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

Source = Literal["given", "script", "detected", "default"]

# bench/language_accuracy.py measures what these let through, on texts that they were not chosen on.
MIN_CONFIDENCE = 0.6  # under it the endpoint's default counts
_DEFAULT_ODDS = 3.0  # times as likely as any other: that is what makes it the default
_SWITCH = 6.0  # log odds that a change of language must be worth: a name or a title is not
_LEAST = -14.0  # log probability; one sentence alone is not proof against all the others

_HAN = {"zh": 0.9, "ja": 0.1}  # a sentence of Chinese characters only, in a text that may hold kana elsewhere


@dataclass(frozen=True)
class LanguageRun:
    """From character `start` to the next run's the text is in `language` (ISO 639-1); `source`: how known."""

    start: int
    language: str
    source: Source


def in_one_language(language: str) -> tuple[LanguageRun, ...]:
    """The runs of a text all of which is in one known language."""
    return (LanguageRun(0, language, "given"),)


def primary(tag: str) -> str:
    """The language of a BCP 47 tag, in ISO 639-1 where it has a code there: "en-US" and "eng" are "en"."""
    language = tag.replace("_", "-").split("-")[0].lower()
    known = str(get_global("language_aliases").get(language, language))
    if len(known) == 2:
        language = known
    return "no" if language == "nb" else language  # as num2words and WhisperX name it


class LanguageDetector:
    """py3langid's model, warm. Safe to be used by several threads."""

    def __init__(self, identifier: "LanguageIdentifier", default: str) -> None:
        self._default = default
        self._identifiers: dict[str, LanguageIdentifier] = {}
        for script, languages in SCRIPT_LANGUAGES.items():
            if len(languages) > 1:
                self._identifiers[script] = copy.copy(identifier)
                self._identifiers[script].set_languages(languages)

    @classmethod
    def load(cls, default: str) -> Self:
        """Load the model that lies in the package; `default` is the language of what cannot be told."""
        from py3langid.langid import MODEL_FILE, LanguageIdentifier

        return cls(LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True), default)

    def runs(self, text: str) -> tuple[LanguageRun, ...]:
        """The languages of a text, in order, each from where it begins; the first one begins at 0.

        Only between sentences does the language change. Raises `WorkerError(INVALID_INPUT)` for a pause
        mark that is not understood.
        """
        sentences = list(_sentences(text))
        evidence = [self._probabilities(sentence) for sentence in sentences]
        if not any(evidence):
            return (LanguageRun(0, self._default, "default"),)
        path = zip(_likeliest_path(evidence), sentences, strict=True)
        runs: list[LanguageRun] = []
        for language, group in groupby(path, key=lambda pair: pair[0]):
            run = self._run(language, [token for _, sentence in group for token in sentence])
            if not runs or runs[-1].language != run.language:
                runs.append(run)
        return (LanguageRun(0, runs[0].language, runs[0].source), *runs[1:])

    def _run(self, language: str, tokens: Sequence[Token]) -> LanguageRun:
        """The run of these tokens, whose sentences are likeliest in `language`."""
        script = main_script(token.text for token in tokens)
        candidates = SCRIPT_LANGUAGES.get(script, (self._default,))
        if len(candidates) == 1:
            return LanguageRun(tokens[0].start, language, "script" if script else "default")
        odds = dict(self._probabilities(tokens))
        if self._default in odds:
            odds[self._default] *= _DEFAULT_ODDS
            if odds.get(language, 0.0) < MIN_CONFIDENCE * sum(odds.values()):
                return LanguageRun(tokens[0].start, self._default, "default")
        return LanguageRun(tokens[0].start, language, "detected")

    def _probabilities(self, tokens: Sequence[Token]) -> Mapping[str, float]:
        """How likely each language of the tokens' main script is; empty where nothing tells."""
        script = main_script(token.text for token in tokens)
        identifier = self._identifiers.get(script)
        if identifier is None:
            return _HAN if script == "CJK" else dict.fromkeys(SCRIPT_LANGUAGES.get(script, ()), 1.0)
        words = [token.text for token in tokens if _tells(token.text) and word_script(token.text) == script]
        return dict(identifier.rank(" ".join(words))) if words else {}


def _tells(word: str) -> bool:
    """Whether the word is one of a language: no number, no address, no name of a file or a variable."""
    return not any(character.isdigit() or character in "@/\\_" for character in word)


def _sentences(text: str) -> Iterator[list[Token]]:
    """The tokens of each sentence or line."""
    for start, end, _ in between_pauses(text):
        sentence: list[Token] = []
        for token in tokenize(text, start, end):
            if sentence and _ends(text, sentence[-1], token):
                yield sentence
                sentence = []
            sentence.append(token)
        if sentence:
            yield sentence


def _ends(text: str, before: Token, after: Token) -> bool:
    is_new_line = "\n" in text[before.end : after.start]
    return is_new_line or break_between(text, before, after) >= Break.SENTENCE


def _likeliest_path(evidence: Sequence[Mapping[str, float]]) -> list[str]:
    """One language a sentence: the likeliest sequence, where every change costs `_SWITCH` (Viterbi)."""
    languages = sorted({language for each in evidence for language in each})
    best = dict.fromkeys(languages, 0.0)
    changes: list[dict[str, str]] = []  # for each sentence: the language before it, where that is another
    for each in evidence:
        top = max(best, key=lambda language: best[language])
        after_change = best[top] - _SWITCH
        changes.append({language: top for language in languages if best[language] < after_change})
        for language in languages:
            best[language] = max(best[language], after_change) + _log(each, language)
    path = [max(best, key=lambda language: best[language])]
    for change in reversed(changes[1:]):
        path.append(change.get(path[-1], path[-1]))
    return path[::-1]


def _log(evidence: Mapping[str, float], language: str) -> float:
    """The log probability; 0 for all where there is no evidence."""
    likely = evidence.get(language, 0.0)
    return max(math.log(likely), _LEAST) if likely else (_LEAST if evidence else 0.0)
