import pytest

from f5_worker.espeak_ng.library import EVENT_PHONEME, EVENT_WORD
from f5_worker.espeak_ng.process import Event
from f5_worker.espeak_ng.word_times import spoken_text, time_words
from f5_worker.text.chunks import Chunk
from f5_worker.text.words import Word, tokenize


def chunk(text: str, before: str = "") -> Chunk:
    start, end = len(before), len(before) + len(text)
    return Chunk(0, text, start, end, tokenize(before + text, start, end), 0.0, "en")


def word(position: int, sample: int) -> Event:
    return Event(EVENT_WORD, position, sample, b"")


def sound(sample: int, name: bytes = b"a") -> Event:
    return Event(EVENT_PHONEME, 0, sample, name)


def times(words: list[Word]) -> list[tuple[str, float, float, float | None]]:
    return [(word.token.text, word.start, word.end, word.score) for word in words]


def test_a_word_lasts_from_its_event_to_the_end_of_its_last_sound() -> None:
    events = [word(0, 0), sound(10), sound(40), sound(100, b"_:"), word(5, 150), sound(160)]
    assert times(time_words(chunk("one, two"), events, 200, 5.0, 7.0)) == [
        ("one,", 5.0, 6.0, 1.0),
        ("two", 6.5, 7.0, 1.0),
    ]


def test_several_events_of_one_token_are_one_word() -> None:
    events = [
        word(1, 0),
        sound(10),
        word(3, 50),
        sound(60),
        word(6, 100),
        sound(110),
        word(7, 120),
        sound(130),
    ]
    assert times(time_words(chunk("$5.20 now", "before "), events, 200, 0.0, 2.0)) == [
        ("$5.20", 0.0, 1.0, 1.0),
        ("now", 1.0, 2.0, 1.0),
    ]


def test_tokens_without_an_event_share_the_one_before_them_and_have_no_score() -> None:
    events = [word(0, 0), sound(10), word(7, 100), sound(110)]
    assert times(time_words(chunk("of the end"), events, 200, 0.0, 2.0)) == [
        ("of", 0.0, pytest.approx(0.4), None),
        ("the", pytest.approx(0.4), 1.0, None),
        ("end", 1.0, 2.0, 1.0),
    ]


def test_tokens_before_the_first_event_share_it() -> None:
    events = [word(2, 50), sound(50)]
    assert times(time_words(chunk("a b"), events, 100, 0.0, 1.0)) == [
        ("a", 0.5, 0.75, None),
        ("b", 0.75, 1.0, None),
    ]


def test_an_event_that_goes_back_in_the_text_does_not_turn_time_back() -> None:
    events = [word(0, 0), sound(10), word(4, 50), sound(60), word(0, 80), sound(90)]
    assert times(time_words(chunk("one two"), events, 100, 0.0, 1.0)) == [
        ("one", 0.0, 0.5, 1.0),
        ("two", 0.5, 1.0, 1.0),
    ]


@pytest.mark.parametrize("samples", [0, 100])
def test_a_chunk_without_events_still_has_every_word(samples: int) -> None:
    words = time_words(chunk("a b"), [], samples, 3.0, 3.0 + samples / 100)
    assert [word.token.text for word in words] == ["a", "b"]
    assert all(word.score is None for word in words)
    assert (words[0].start, words[-1].end) == (3.0, 3.0 + samples / 100)


def test_spaces_between_letters_cannot_be_joined_over_and_every_character_stays_in_its_place() -> None:
    text = "One of the, say, 3 days. Really \u2014 no"
    spoken = spoken_text(chunk(text))
    assert spoken == "One\u00a0of\u00a0the, say, 3\u00a0days. Really \u2014 no"
