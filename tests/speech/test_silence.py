from dataclasses import dataclass, field

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from f5_worker.audio import SAMPLE_RATE
from f5_worker.speech import Span, Speech
from f5_worker.speech.silence import remove_silence
from f5_worker.text.chunks import Chunk
from f5_worker.text.words import Token, Word


@dataclass
class Tape:
    """A speech put together by hand: silence and chunks of sound, each sound one word of its chunk."""

    parts: list[np.ndarray] = field(default_factory=list)
    spans: list[Span] = field(default_factory=list)
    words: list[Word] = field(default_factory=list)

    def silence(self, seconds: float) -> "Tape":
        self.parts.append(np.zeros(round(seconds * SAMPLE_RATE), np.float32))
        return self

    def chunk(self, *stretches: float, pause: float = 0.0) -> "Tape":
        """Sound and silence in turns, in seconds, beginning with sound."""
        start = self.length
        tokens = []
        for index, seconds in enumerate(stretches):
            if index % 2:
                self.silence(seconds)
                continue
            token = Token("a", len(self.words), len(self.words) + 1)
            tokens.append(token)
            begin = self.length / SAMPLE_RATE
            value = 0.1 * (len(self.words) % 7 + 1)  # so that every word can be told from its neighbours
            self.parts.append(np.full(round(seconds * SAMPLE_RATE), value, np.float32))
            self.words.append(Word(token, begin, self.length / SAMPLE_RATE, 1.0, "engine"))
        chunk = Chunk(
            len(self.spans), "a" * len(tokens), tokens[0].start, tokens[-1].end, tuple(tokens), pause, "en"
        )
        self.spans.append(Span(chunk, start, self.length))
        return self

    @property
    def length(self) -> int:
        return sum(map(len, self.parts))

    @property
    def speech(self) -> Speech:
        return Speech(np.concatenate(self.parts), tuple(self.spans), tuple(self.words), ("a warning",))


def gaps(speech: Speech) -> list[float]:
    """Silences between the words in seconds, what comes before the first and after the last included."""
    assert speech.words is not None
    edges = [0.0, *(edge for word in speech.words for edge in (word.start, word.end)), speech.duration]
    return [round(right - left, 4) for left, right in zip(edges[::2], edges[1::2], strict=True)]


def check(before: Speech, after: Speech) -> None:
    """Every span and word still has its own sound, of the same length, and nothing else was lost."""
    assert before.words is not None
    assert after.words is not None
    assert np.array_equal(before.audio[before.audio != 0], after.audio[after.audio != 0])
    for old, new in zip(before.words, after.words, strict=True):
        assert new.token == old.token
        left, right = (round(edge * SAMPLE_RATE) for edge in (new.start, new.end))
        assert right - left == round((old.end - old.start) * SAMPLE_RATE)
        sound = before.audio[round(old.start * SAMPLE_RATE)]
        assert (after.audio[left:right] == sound).all()
    for was, is_ in zip(before.spans, after.spans, strict=True):
        assert is_.chunk == was.chunk
        assert after.audio[is_.start] == before.audio[was.start]
        assert after.audio[is_.end - 1] == before.audio[was.end - 1]
    assert after.warnings == before.warnings


def test_a_long_silence_in_a_chunk_becomes_one_second() -> None:
    before = Tape().chunk(1, 3, 1).speech
    after = remove_silence(before)
    check(before, after)
    assert gaps(after) == [0, pytest.approx(1, abs=0.02), 0]


def test_a_long_silence_between_chunks_becomes_one_second() -> None:
    before = Tape().chunk(1).silence(2.5).chunk(1).speech
    after = remove_silence(before)
    check(before, after)
    assert gaps(after) == [0, pytest.approx(1, abs=0.02), 0]


def test_half_a_second_is_left_at_the_end() -> None:
    before = Tape().chunk(1).silence(4).speech
    after = remove_silence(before)
    check(before, after)
    assert gaps(after) == [0, pytest.approx(0.5, abs=0.02)]


def test_silence_that_was_asked_for_keeps_its_exact_length() -> None:
    before = (
        Tape().silence(3).chunk(1, pause=5).silence(5).chunk(1).silence(2).chunk(1, pause=4).silence(4).speech
    )
    after = remove_silence(before)
    check(before, after)
    assert gaps(after) == [3, 5, pytest.approx(1, abs=0.02), 4]


def test_a_silence_next_to_one_that_was_asked_for_is_shortened_alone() -> None:
    before = Tape().chunk(1, 3, pause=2).silence(2).chunk(1).speech
    after = remove_silence(before)
    check(before, after)
    one, two = after.spans
    assert two.start - one.end == 2 * SAMPLE_RATE
    assert one.end - one.start == pytest.approx(2 * SAMPLE_RATE, abs=0.02 * SAMPLE_RATE)


@pytest.mark.parametrize("seconds", [0.2, 0.9])
def test_short_silences_stay_as_they_are(seconds: float) -> None:
    before = Tape().chunk(1, seconds, 1).silence(seconds).chunk(1).speech
    assert remove_silence(before) is before


def test_soft_sound_is_no_silence() -> None:
    before = Tape().chunk(1, 3, 1).speech
    before.audio[before.audio == 0] = 10 ** (-45 / 20)
    assert remove_silence(before) is before


def test_speech_without_word_times_is_shortened_too() -> None:
    tape = Tape().chunk(1, 3, 1)
    bare = Speech(tape.speech.audio, tape.speech.spans)
    after = remove_silence(bare)
    assert after.words is None
    assert after.duration == pytest.approx(3, abs=0.02)


@given(
    st.lists(
        st.tuples(
            st.lists(st.floats(0.05, 2.5), min_size=1, max_size=5).filter(lambda parts: len(parts) % 2),
            st.sampled_from([0.0, 0.0, 1.7]),
            st.floats(0, 3),
        ),
        min_size=1,
        max_size=4,
    )
)
def test_no_word_loses_its_sound_and_no_pause_its_length(
    chunks: list[tuple[list[float], float, float]],
) -> None:
    tape = Tape()
    for stretches, pause, gap in chunks:
        tape.chunk(*stretches, pause=pause).silence(pause or gap)
    before = tape.speech
    after = remove_silence(before)
    check(before, after)
    ends = [*(span.start for span in after.spans[1:]), len(after.audio)]
    for span, following in zip(after.spans, ends, strict=True):
        if span.chunk.pause:
            assert following - span.end == round(span.chunk.pause * SAMPLE_RATE)
    assert max(gap for gap in gaps(after)) <= max(1.72, 1.02)
    again = remove_silence(after)
    assert len(after.audio) - len(again.audio) <= 0.05 * SAMPLE_RATE
