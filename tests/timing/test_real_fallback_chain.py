"""Every rung that needs no network, together: right times or a warning, no confidence in wrong times."""

import random
from dataclasses import replace

import pytest

from f5_worker.errors import Code, WorkerError
from f5_worker.job import JobControl
from f5_worker.settings import Settings
from f5_worker.timing.registry import load_fallback_chain
from testing.corpus import TINY_ALIGNER, person
from testing.corpus.sentences import plain
from testing.corpus.timed_speech import DEVELOPMENT_VOICES, joined, speak_each
from tests.timing.conftest import noise, silence, spoken_over

SENTENCE = "Nobody ever said this sentence."


@pytest.fixture(scope="module")
def fallback_chain():
    return load_fallback_chain(Settings(ALIGN_MODEL=str(TINY_ALIGNER), TIMING_METHODS="whisperx,sphinx,dtw"))


def timed(fallback_chain, speech, language="en"):
    spans = [replace(span, chunk=replace(span.chunk, language=language)) for span in speech.spans]
    return fallback_chain.time(replace(speech, spans=tuple(spans)), None, JobControl())


@pytest.mark.parametrize(
    ("text", "audio"),
    [(SENTENCE, silence(2.0)), (SENTENCE, silence(0.0)), ("😀 🎉", noise(1.0)), ("😀 🎉", silence(1.0))],
    ids=["silence", "no audio", "emoji over noise", "emoji over silence"],
)
def test_where_there_is_nothing_to_time_it_says_so(fallback_chain, text, audio):
    with pytest.raises(WorkerError) as refusal:
        timed(fallback_chain, spoken_over(text, audio))
    assert refusal.value.code is Code.TIMING_FAILED


def test_noise_is_not_timed_with_confidence(fallback_chain):
    timing = timed(fallback_chain, spoken_over(SENTENCE, noise(2.0)))
    assert timing.confidence is None
    assert any("instead of whisperx" in warning for warning in timing.warnings)


def test_another_text_is_not_timed_with_confidence(fallback_chain, speeches):
    texts = [spoken.speech.spans[0].chunk.text for spoken in speeches]
    for text, spoken in zip(texts[1:] + texts[:1], speeches, strict=True):
        timing = timed(fallback_chain, spoken_over(text, spoken.speech.audio))
        assert timing.confidence is None
        assert any("instead of whisperx" in warning for warning in timing.warnings)


def test_a_language_without_a_model_is_timed_by_a_lower_rung(fallback_chain):
    (spoken,) = speak_each(["Ein Haus am See, und niemand da."], "gmw/de", 160, "de")
    timing = timed(fallback_chain, spoken.speech, "eo")
    assert timing.shares == {"dtw": 1.0}
    assert timing.confidence is None


@pytest.mark.parametrize("method", ["whisperx", "sphinx", "dtw"])
def test_a_persons_pause_falls_between_the_words_that_it_parts(fallback_chain, method):
    timing = fallback_chain.time(person.sentence(), method, JobControl())
    assert timing.shares == {method: 1.0}
    nature, others = timing.words[3:5]
    assert nature.end == pytest.approx(person.PAUSE[0], abs=0.3)
    assert others.start == pytest.approx(person.PAUSE[1], abs=0.2)


@pytest.mark.parametrize("text", ["1984", "Hello", "$5.20 + 7%", "1,234.5 kg"])
def test_one_word_and_digits_alone_are_timed(fallback_chain, text):
    (spoken,) = speak_each([text], DEVELOPMENT_VOICES[0], 160)
    timing = timed(fallback_chain, spoken.speech)
    assert [word.token for word in timing.words] == [true.token for true in spoken.truth]
    assert timing.words[0].start == pytest.approx(spoken.truth[0].start, abs=0.06)


def test_every_word_of_twenty_thousand_characters_is_timed(fallback_chain):
    draw = random.Random(5)  # noqa: S311 (reproducible, not secret)
    texts: list[str] = []
    while sum(map(len, texts)) < 20_000:
        texts.append(plain(draw))
    parts = list(speak_each(texts, DEVELOPMENT_VOICES[0], 200))
    whole = joined(parts, [0.2] * len(parts), one_span=False)
    timing = timed(fallback_chain, whole.speech)
    assert [word.token for word in timing.words] == [true.token for true in whole.truth]
