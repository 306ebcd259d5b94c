"""A job that does not say its language is answered as if it did, and is told how the language was known."""

from pathlib import Path
from typing import Any

import pytest

from testing.corpus.figures import TEXTS
from tests.conftest import Call

GERMAN, FRENCH = "Das kostet heute nur 25 € im Angebot. ", "Nous partirons demain matin avec 12 valises. "


def spoken(call: Call, volume: Path, **fields: Any) -> tuple[bytes, bytes, dict[str, Any]]:
    answer = call({"return_word_timings": True, "timing_format": "json", "seed": 1} | fields)
    audio = (volume / "output" / "job-1.wav").read_bytes()
    return audio, (volume / "timings" / "job-1.json").read_bytes(), answer


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_without_a_language_the_bytes_are_those_with_it(call: Call, volume: Path, language: str) -> None:
    given = spoken(call, volume, text=TEXTS[language], language=language)
    alone = spoken(call, volume, text=TEXTS[language])
    assert alone[:2] == given[:2]
    assert (given[2]["language"], given[2]["language_source"]) == (language, "given")
    assert alone[2]["language"] == language
    assert alone[2]["language_source"] == ("script" if language in ("zh", "ja") else "detected")
    as_english = spoken(call, volume, text=TEXTS[language], language="en")
    assert as_english[0] != given[0]


def test_each_sentence_is_spoken_in_its_own_language(call: Call, volume: Path) -> None:
    german = spoken(call, volume, text=GERMAN, language="de")[2]["duration"]
    french = spoken(call, volume, text=FRENCH, language="fr")[2]["duration"]
    *_, answer = spoken(call, volume, text=GERMAN + FRENCH)
    assert answer["languages"] == ["fr", "de"]
    assert (answer["language"], answer["language_source"]) == ("fr", "detected")
    assert answer["word_count"] == len((GERMAN + FRENCH).split()) - 1  # "25 €" is one
    assert answer["duration"] == pytest.approx(german + french, abs=0.6)  # and the pause between them
    assert "warnings" not in answer


def test_a_language_that_is_given_counts_for_the_whole_text(call: Call, volume: Path) -> None:
    *_, answer = spoken(call, volume, text=GERMAN + FRENCH, language="de-AT")
    assert (answer["language"], answer["language_source"]) == ("de", "given")
    assert "languages" not in answer


def test_what_cannot_be_told_is_in_the_default_language(call: Call, volume: Path) -> None:
    *_, answer = spoken(call, volume, text="1984")
    assert (answer["language"], answer["language_source"]) == ("en", "default")


def test_a_language_that_is_found_and_not_spoken_is_a_warning(call: Call, volume: Path) -> None:
    text = "ພາສາລາວແມ່ນພາສາທີ່ສວຍງາມ 2024"
    *_, answer = spoken(call, volume, text=text)
    assert (answer["language"], answer["language_source"]) == ("lo", "script")
    assert (
        "some of the text seems to be in 'lo', which the espeak engine does not speak" in answer["warnings"]
    )
    assert "'lo', which the espeak engine does not speak" in call({"text": text, "language": "lo"})["error"]
