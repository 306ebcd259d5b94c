from f5_worker.audio import SAMPLE_RATE
from f5_worker.speech import Span
from f5_worker.text.normalization import SpokenWord
from f5_worker.timing.word_timing import WordTiming, written_words
from testing.corpus.timed_speech import chunk_of

SPAN = Span(chunk_of("one two three four"), SAMPLE_RATE, 3 * SAMPLE_RATE)
SPOKEN = [SpokenWord(text, index, 0) for index, text in enumerate(SPAN.chunk.text.split())]


def written(*heard, spoken=SPOKEN):
    words = written_words(SPAN, spoken, heard, "test")
    assert tuple(word.token for word in words) == SPAN.chunk.tokens
    assert {word.method for word in words} == {"test"}
    return [(round(word.start, 3), round(word.end, 3), word.score) for word in words]


def test_times_are_of_the_whole_audio():
    times = [WordTiming(index * 0.5, index * 0.5 + 0.4, 0.5) for index in range(4)]
    assert written(*times) == [(1.0, 1.4, 0.5), (1.5, 1.9, 0.5), (2.0, 2.4, 0.5), (2.5, 2.9, 0.5)]


def test_a_token_of_several_words_lasts_from_the_first_to_the_last():
    spoken = [SpokenWord("x", token, 0) for token in (0, 0, 1, 2, 3)]
    times = [
        WordTiming(0.0, 0.2, 1.0),
        WordTiming(0.2, 0.5, 0.5),
        *[WordTiming(0.5 * n, 0.5 * n + 0.5, 0.5) for n in (1, 2, 3)],
    ]
    assert written(*times, spoken=spoken)[0] == (1.0, 1.5, 0.75)


def test_words_that_were_not_heard_share_the_gap_by_their_length():
    words = written(WordTiming(0.0, 0.4, 0.9), None, None, WordTiming(1.2, 2.0, 0.9))
    assert words == [(1.0, 1.4, 0.9), (1.4, 1.7, None), (1.7, 2.2, None), (2.2, 3.0, 0.9)]


def test_words_at_the_edges_share_what_is_left_of_the_chunk():
    assert written(None, WordTiming(0.5, 1.0, 0.9), None, None) == [
        (1.0, 1.5, None),
        (1.5, 2.0, 0.9),
        (2.0, 2.556, None),
        (2.556, 3.0, None),
    ]


def test_times_that_overlap_or_leave_the_chunk_are_put_in_order():
    times = [
        WordTiming(0.0, 0.8, 0.9),
        WordTiming(0.6, 0.7, 0.9),
        WordTiming(0.9, 2.5, 0.9),
        WordTiming(2.4, 2.6, 0.9),
    ]
    moments = [moment for word in written(*times) for moment in word[:2]]
    assert moments == sorted(moments)
    assert moments[-1] == 3.0
