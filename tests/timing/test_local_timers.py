"""sphinx and dtw: the rungs that need no network and no download."""

import numpy as np
import pytest

from f5_worker.errors import Code, WorkerError
from f5_worker.job import JobControl
from f5_worker.timing.dtw import DtwAligner
from f5_worker.timing.sphinx import SphinxAligner
from f5_worker.timing.sphinx_arpabet import arpabet
from testing.corpus.timed_speech import joined
from tests.timing.conftest import noise, silence, spoken_over, start_errors


@pytest.fixture(scope="module", params=[SphinxAligner, DtwAligner])
def aligner(request):
    from f5_worker.settings import Settings

    return request.param.load(Settings())


def timed(aligner, speech, language="en", control=None):
    return aligner.time(speech, speech.spans, language, control or JobControl())


def test_words_are_found_where_they_were_spoken(aligner, speeches):
    timings = [timed(aligner, spoken.speech)[0] for spoken in speeches]
    assert [timing.failure for timing in timings] == [""] * len(speeches)
    errors = start_errors(timings, speeches)
    assert np.median(errors) < 15
    assert np.percentile(errors, 95) < 70


def test_chunks_keep_their_offsets(aligner, speeches):
    both = joined(speeches[:2], [0.3, 0.9], one_span=False)
    timings = timed(aligner, both.speech)
    words = [word for timing in timings for word in timing.words]
    errors = [abs(word.start - true.start) for word, true in zip(words, both.truth, strict=True)]
    assert np.median(errors) < 0.015


@pytest.mark.parametrize("audio", [silence(2.0), silence(0.0), silence(0.005)])
def test_silence_is_a_failure(aligner, audio):
    (timing,) = timed(aligner, spoken_over("Nobody says this.", audio))
    assert timing.failure


def test_emoji_alone_are_a_failure(aligner):
    (timing,) = timed(aligner, spoken_over("😀 🎉", noise(1.0)))
    assert timing.failure


def test_the_score_is_unknown_so_that_no_confidence_is_claimed(aligner, speeches):
    (timing,) = timed(aligner, speeches[0].speech)
    assert {word.score for word in timing.words} == {None}


def test_a_cancelled_job_stops(aligner, speeches):
    control = JobControl()
    control.cancel("enough")
    with pytest.raises(WorkerError) as stopped:
        timed(aligner, speeches[0].speech, control=control)
    assert stopped.value.code is Code.CANCELLED


def test_sphinx_knows_english_only_and_dtw_what_espeak_speaks(settings, speeches):
    speech = speeches[0].speech
    assert SphinxAligner.load(settings).unsupported_reason(speech, "de") == "it knows English only, not 'de'"
    dtw = DtwAligner.load(settings)
    assert not dtw.unsupported_reason(speech, "de")
    assert dtw.unsupported_reason(speech, "xx") == "espeak-ng does not speak 'xx'"


def test_espeaks_phonemes_become_arpabet():
    assert arpabet(["k", "'u:", "b", "3", "n", ",E", "t#", "i:", "z"]) == "K UW B ER N EH T IY Z"
    assert arpabet(["_", "?", "'A@"]) == "AA R"
