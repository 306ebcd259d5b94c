import numpy as np
import pytest

from f5_worker.audio import SAMPLE_RATE
from f5_worker.timing.checks import contiguous, flaw, loud_frames, trimmed
from f5_worker.timing.word_timing import WordTiming


def sound(*parts):
    """Parts of (seconds, loudness) of noise."""
    draw = np.random.default_rng(0)
    pieces = [draw.normal(0, 1, round(seconds * SAMPLE_RATE)) * loudness for seconds, loudness in parts]
    return np.concatenate(pieces).astype(np.float32)


SPEECH = sound((0.5, 0), (1.0, 0.1), (1.0, 0), (0.5, 0.1), (0.5, 0))


def test_loud_frames_are_where_the_sound_is():
    loud = loud_frames(SPEECH)
    assert loud.shape == (350,)
    assert list(np.flatnonzero(np.diff(loud))) == [49, 149, 249, 299]


@pytest.mark.parametrize("audio", [np.zeros(0, np.float32), np.zeros(100, np.float32), sound((1.0, 1e-6))])
def test_silence_has_no_loud_frame(audio):
    assert not loud_frames(audio).any()


def test_soft_noise_under_speech_is_a_pause():
    assert not loud_frames(sound((1.0, 0.1), (1.0, 0.0005)))[105:].any()


def test_a_soft_consonant_belongs_to_the_word_that_it_begins_or_ends():
    loud = loud_frames(sound((0.5, 0), (0.08, 0.003), (1.0, 0.1), (0.08, 0.003), (0.5, 0)))
    assert list(np.flatnonzero(np.diff(loud))) == [49, 165]


def test_breath_in_a_pause_is_no_speech():
    loud = loud_frames(sound((0.5, 0.1), (0.2, 0), (0.4, 0.003), (0.2, 0), (0.5, 0.1)))
    assert list(np.flatnonzero(np.diff(loud))) == [49, 129]


def test_a_word_that_was_stretched_over_a_pause_ends_with_its_sound():
    (word,) = trimmed([WordTiming(0.5, 2.5, 0.9)], loud_frames(SPEECH)[:250])
    assert (word.start, word.end, word.score) == (0.5, pytest.approx(1.5), 0.9)


def test_a_word_that_begins_in_silence_begins_with_its_sound():
    (word,) = trimmed([WordTiming(1.6, 3.0, None)], loud_frames(SPEECH))
    assert (word.start, word.end) == (pytest.approx(2.5), 3.0)


def test_what_sounds_between_two_words_is_no_pause():
    first, second = contiguous([WordTiming(0.5, 0.8, 0.9), WordTiming(1.0, 1.5, 0.9)], loud_frames(SPEECH))
    assert (first.end, second.start, second.end) == (0.8, 0.8, 1.5)


def test_a_pause_between_two_words_lasts_from_sound_to_sound():
    first, second = contiguous([WordTiming(0.5, 1.2, None), WordTiming(2.7, 3.0, None)], loud_frames(SPEECH))
    assert (first.end, second.start) == (pytest.approx(1.5), pytest.approx(2.5))


def test_breath_inside_a_pause_belongs_to_no_word():
    loud = loud_frames(sound((0.5, 0.1), (0.2, 0), (0.1, 0.1), (0.2, 0), (0.5, 0.1)))
    first, second = contiguous([WordTiming(0.0, 0.4, None), WordTiming(1.0, 1.5, None)], loud)
    assert (first.end, second.start) == (pytest.approx(0.5), pytest.approx(1.0))


def test_a_gap_beside_a_word_that_was_not_heard_is_left_alone():
    words = [WordTiming(0.5, 0.8, None), None, WordTiming(1.0, 1.5, None)]
    assert contiguous(words, loud_frames(SPEECH)) == words


def test_short_closures_and_silent_words_are_left_alone():
    words = [WordTiming(0.45, 1.55, None), WordTiming(1.7, 2.0, None), None]
    assert trimmed(words, loud_frames(SPEECH)) == words


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ([WordTiming(0.5, 1.5, 1.0), WordTiming(2.5, 3.0, 1.0)], ""),
        ([WordTiming(0.5, 1.5, 1.0)], "there are 1.5 s of sound after the last word"),
        ([WordTiming(2.5, 3.0, 1.0)], "there are 2.0 s of sound before the first word"),
        ([WordTiming(0.5, 1.5, 1.0), WordTiming(1.4, 3.0, 1.0)], "the times go backwards"),
        ([WordTiming(0.5, 1.5, 1.0), WordTiming(2.5, 4.0, 1.0)], "a time lies outside the chunk"),
        ([None, None], "no word was found in the audio"),
    ],
)
def test_what_speaks_against_times_is_said(words, problem):
    assert flaw(words, loud_frames(SPEECH)) == problem


def test_no_time_is_right_in_silence():
    assert flaw([WordTiming(0, 1, 1.0)], np.zeros(100, bool)) == "the audio holds no speech"
