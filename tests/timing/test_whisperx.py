import subprocess
import sys
from dataclasses import replace

import numpy as np
import pytest

from f5_worker.errors import CannotStart, Code, WorkerError
from f5_worker.job import JobControl
from f5_worker.settings import Settings
from f5_worker.speech.f5_model.candidates import GOOD_MATCH
from f5_worker.timing import Unavailable
from f5_worker.timing.dtw import DtwAligner
from f5_worker.timing.fallback_chain import FallbackChain
from f5_worker.timing.whisperx import MIN_SCORE, WhisperXAligner, named_models
from f5_worker.timing.whisperx_model import AlignModel
from testing.corpus import TINY_ALIGNER
from testing.corpus.sentences import plain
from testing.corpus.timed_speech import DEVELOPMENT_VOICES, joined, piece, speak_each
from tests.runtime import ROOT
from tests.timing.conftest import noise, silence, spoken_over, start_errors


@pytest.fixture(scope="module")
def aligner():
    return WhisperXAligner.load(Settings(ALIGN_MODEL=str(TINY_ALIGNER)))


def timed(aligner, speech, language="en"):
    return aligner.time(speech, speech.spans, language, JobControl())


def test_words_are_found_where_they_were_spoken(aligner, speeches):
    timings = [timed(aligner, spoken.speech)[0] for spoken in speeches]
    assert [timing.failure for timing in timings] == [""] * len(speeches)
    errors = start_errors(timings, speeches)
    assert np.median(errors) < 15
    assert np.percentile(errors, 95) < 80
    assert all(MIN_SCORE <= np.mean([word.score for word in timing.words]) <= 1 for timing in timings)


def test_chunks_are_timed_alone_at_their_offsets(aligner, speeches):
    both = joined(speeches[:3], [0.3, 0.9, 0.1], one_span=False)
    words = [word for timing in timed(aligner, both.speech) for word in timing.words]
    errors = [abs(word.start - true.start) for word, true in zip(words, both.truth, strict=True)]
    assert np.median(errors) < 0.015


def test_a_chunk_longer_than_a_window_is_timed_in_one_go(aligner):
    spoken = piece(plain, 45, 11, DEVELOPMENT_VOICES)
    (timing,) = timed(aligner, spoken.speech)
    assert not timing.failure
    assert np.median(start_errors([timing], [spoken])) < 15


@pytest.mark.parametrize(
    "audio", [silence(2.0), silence(0.0), noise(2.0), noise(3.0, 0.01), noise(0.01)], ids=str
)
def test_sound_without_speech_is_a_failure(aligner, audio):
    (timing,) = timed(aligner, spoken_over("Nobody ever said this sentence.", audio))
    assert timing.failure


def test_another_text_is_a_failure(aligner, speeches):
    texts = [spoken.speech.spans[0].chunk.text for spoken in speeches]
    for text, spoken in zip(texts[1:] + texts[:1], speeches, strict=True):
        (timing,) = timed(aligner, spoken_over(text, spoken.speech.audio))
        assert timing.failure


def test_half_of_the_text_is_a_failure(aligner, speeches):
    text = speeches[0].speech.spans[0].chunk.text
    (timing,) = timed(aligner, spoken_over(" ".join(text.split()[:4]), speeches[0].speech.audio))
    assert timing.failure


def test_more_text_than_fits_the_audio_is_a_failure(aligner):
    (timing,) = timed(aligner, spoken_over("word " * 200, noise(1.0)))
    assert timing.failure == "the text is too long for its audio"


@pytest.mark.parametrize("text", ["1984", "Hello", "$5.20 + 7%"])
def test_one_word_and_digits_alone_are_timed(aligner, text):
    (spoken,) = speak_each([text], DEVELOPMENT_VOICES[0], 160)
    (timing,) = timed(aligner, spoken.speech)
    assert timing.failure == ""
    assert [word.token.text for word in timing.words] == [
        token.text for token in spoken.speech.spans[0].chunk.tokens
    ]


def test_words_in_an_unknown_script_do_not_shift_their_neighbours(aligner, speeches):
    spoken = speeches[0]
    text = spoken.speech.spans[0].chunk.text
    _, *rest = text.split()
    (timing,) = timed(aligner, spoken_over(" ".join(["мир", *rest]), spoken.speech.audio))
    assert not timing.failure
    assert timing.words[0].score is None
    errors = [
        abs(word.start - true.start) for word, true in zip(timing.words[1:], spoken.truth[1:], strict=True)
    ]
    assert np.median(errors) < 0.015


def test_emoji_alone_are_a_failure(aligner):
    (timing,) = timed(aligner, spoken_over("😀 🎉", noise(1.0)))
    assert timing.failure


def test_most_of_a_right_text_is_heard_and_little_of_a_wrong_one(aligner, speeches):
    texts = [spoken.speech.spans[0].chunk.text for spoken in speeches]
    heard = [[aligner.match_score(spoken.speech.audio, text, "en") for spoken in speeches] for text in texts]
    right, wrong = np.diag(heard), np.array(heard)[~np.eye(len(texts), dtype=bool)]
    assert np.mean(right) > GOOD_MATCH
    assert np.max(wrong) < min(GOOD_MATCH, *right)


def test_words_that_were_skipped_are_missed(aligner, speeches):
    text, more = (spoken.speech.spans[0].chunk.text for spoken in speeches[:2])
    both = aligner.match_score(speeches[0].speech.audio, f"{text} {more}", "en")
    assert both < GOOD_MATCH


@pytest.mark.parametrize(
    ("text", "language", "share"), [("word " * 200, "en", 0.0), ("Hallo", "de", None), ("😀 🎉", "en", None)]
)
def test_nothing_is_claimed_about_a_text_that_cannot_be_aligned(aligner, text, language, share):
    assert aligner.match_score(noise(1.0), text, language) == share


def test_a_language_without_a_model_is_refused(aligner, speeches):
    reason = aligner.unsupported_reason(speeches[0].speech, "xx")
    assert reason == "no alignment model is known for the language 'xx'"
    assert aligner.describe() == {"languages": ["en"]}


def test_deciding_whether_a_language_can_be_timed_loads_nothing(aligner, speeches, monkeypatch):
    monkeypatch.setattr(aligner, "_load_model", lambda language: pytest.fail("it loads"))
    monkeypatch.setattr(aligner._models, "_load", lambda language: pytest.fail("it loads"))
    assert aligner.unsupported_reason(speeches[0].speech, "de") == ""
    assert aligner.describe() == {"languages": ["en"]}


def test_a_language_whose_model_cannot_be_had_is_timed_by_the_next_aligner(speeches, monkeypatch, tmp_path):
    def away(*_, **__):
        raise CannotStart("the hub is away")

    loads = []
    monkeypatch.setattr(AlignModel, "load", lambda *arguments: loads.append(arguments) or away())
    settings = Settings(RUNPOD_VOLUME=tmp_path, ALIGN_LANGUAGES="")
    chain = FallbackChain([WhisperXAligner(settings), DtwAligner.load(settings)], {})
    speech = speeches[0].speech
    spans = [replace(span, chunk=replace(span.chunk, language="de")) for span in speech.spans]
    german = replace(speech, spans=tuple(spans))
    warnings = [chain.time(german, "whisperx", JobControl()).warnings for _ in range(2)]
    assert "whisperx timed no word: the hub is away" in warnings[0]
    assert "whisperx was not used: the hub is away" in warnings[1]
    assert len(loads) == 1


def test_a_model_that_is_not_there_makes_the_aligner_unavailable(tmp_path):
    with pytest.raises(Unavailable, match="no alignment model for the language 'en'"):
        WhisperXAligner.load(Settings(ALIGN_MODEL=str(tmp_path / "nowhere"), RUNPOD_VOLUME=tmp_path))


def test_a_cancelled_job_stops(aligner, speeches):
    control = JobControl()
    control.cancel("enough")
    with pytest.raises(WorkerError) as stopped:
        aligner.time(speeches[0].speech, speeches[0].speech.spans, "en", control)
    assert stopped.value.code is Code.CANCELLED


def test_models_are_named_by_language():
    assert named_models(None) == {}
    assert named_models("/models/en") == {"en": "/models/en"}
    assert named_models("de=A, fr=org/b") == {"de": "A", "fr": "org/b"}


def test_only_what_torchaudios_models_need_is_imported_and_the_rest_can_be_imported_afterwards():
    program = (
        "import sys, f5_worker.timing.whisperx_model\n"
        "print(*(name for name in ('transformers', 'nltk', 'pandas', 'sympy') if name in sys.modules))\n"
        "import whisperx.alignment\n"
        "print(whisperx.alignment.pd.Series([3]).sum(), whisperx.alignment.Wav2Vec2ForCTC.__name__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout == "\n3 Wav2Vec2ForCTC\n"
