"""F5-TTS reads each sentence in its own language, whether that was given or found."""

import pytest

from f5_worker.job import JobControl
from f5_worker.speech import SpeechOptions
from f5_worker.speech.f5 import F5Engine
from f5_worker.text.chunks import build_script
from f5_worker.text.language import LanguageDetector
from f5_worker.text.normalization import spell_out
from testing.corpus.figures import TEXTS
from tests.speech.f5_model.conftest import say


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    return LanguageDetector.load("en")


@pytest.mark.parametrize("language", ["de", "zh"])
def test_a_text_whose_language_was_found_sounds_as_if_it_had_been_given(
    engine: F5Engine, detector: LanguageDetector, language: str
) -> None:
    text = TEXTS[language]
    options = SpeechOptions(seed=7, nfe_step=4)
    script = build_script(text, detector.runs(text), engine.budget(None, options))
    found = engine.speak(script, None, options, JobControl())
    assert found.audio.tobytes() == say(engine, text, language).audio.tobytes()


def test_each_chunk_is_spelt_out_and_verified_in_its_own_language(
    engine: F5Engine, detector: LanguageDetector
) -> None:
    german, french = "Das kostet heute nur 25 € im Angebot.", "Nous partirons demain matin avec 12 valises."
    asked: list[tuple[str, str]] = []

    class Listener:
        def match_score(self, audio: object, text: str, language: str) -> float:
            asked.append((text, language))
            return 1.0

    options = SpeechOptions(seed=7, nfe_step=4)
    text = f"{german} {french}"
    script = build_script(text, detector.runs(text), engine.budget(None, options))
    engine.speak(script, None, options, JobControl(), Listener())
    assert sorted(asked) == [(spell_out(german, "de").text, "de"), (spell_out(french, "fr").text, "fr")]
