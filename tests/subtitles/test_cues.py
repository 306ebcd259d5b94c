"""Words are grouped so that they can be read: every word once, in order, in lines that fit."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from f5_worker.subtitle_options import Granularity, SubtitleOptions
from f5_worker.subtitles.clock import MILLISECONDS
from f5_worker.subtitles.cues import Cue, line_text, make_cues
from f5_worker.subtitles.layout import columns
from f5_worker.subtitles.transcript import Transcript
from f5_worker.text.words import Token, Word, tokenize
from tests.subtitles.texts import spoken

GRANULARITIES: tuple[Granularity, ...] = ("word", "line", "sentence")
options = st.builds(
    SubtitleOptions,
    granularity=st.sampled_from(GRANULARITIES),
    max_line_chars=st.integers(8, 60),
    max_lines=st.integers(1, 4),
    max_words=st.none() | st.integers(1, 6),
    hold=st.sampled_from((0.0, 0.3, 5.0)),
)


def cues_of(
    text: str,
    gaps: dict[str, float] | None = None,
    seconds: float = 0.3,
    language: str = "en",
    **choice: object,
) -> list[Cue]:
    """Cues of a text spoken with `seconds` a word and the given silence after some words."""
    words, now = [], 0.0
    for token in tokenize(text, 0, len(text)):
        words.append(Word(token, now, now + seconds, None, "engine"))
        now += seconds + (gaps or {}).get(token.text, 0.0)
    return make_cues(
        Transcript(words, text, language, now + 5), SubtitleOptions.model_validate(choice), MILLISECONDS
    )


def shown(cues: list[Cue]) -> list[str]:
    return [cue.text(" / ") for cue in cues]


@settings(derandomize=True, deadline=None, max_examples=300)
@given(speech=spoken(), choice=options)
def test_every_word_once_in_order_in_lines_that_fit(speech: Transcript, choice: SubtitleOptions) -> None:
    cues = make_cues(speech, choice, MILLISECONDS)
    assert [timed.word for cue in cues for timed in cue.words] == speech.words
    for cue in cues:
        assert len(cue.lines) <= (choice.max_lines if choice.granularity == "sentence" else 1)
        assert choice.max_words is None or len(cue.words) <= choice.max_words
        for line in cue.lines:
            assert len(line) == 1 or columns(line_text(line)) <= choice.max_line_chars
            assert "\n" not in line_text(line)


@settings(derandomize=True, deadline=None, max_examples=300)
@given(speech=spoken(), choice=options)
def test_cues_do_not_overlap_and_hold_their_words(speech: Transcript, choice: SubtitleOptions) -> None:
    cues = make_cues(speech, choice, MILLISECONDS)
    assert all(before.end <= after.start for before, after in pairwise(cues))
    for cue in cues:
        assert cue.start == cue.words[0].start
        assert cue.words[-1].end <= cue.end <= speech.duration * MILLISECONDS + 1e-6


def test_a_word_a_cue_is_the_default_and_lasts_as_long_as_the_word() -> None:
    cues = cues_of("One two three.", {"One": 0.5})
    assert shown(cues) == ["One", "two", "three."]
    assert [(cue.start, cue.end) for cue in cues] == [(0, 300), (800, 1100), (1100, 1400)]


def test_lines_break_at_clauses_rather_than_in_the_middle_of_a_phrase() -> None:
    text = "When the rain had stopped, the children ran out into the garden."
    assert shown(cues_of(text, granularity="line", max_line_chars=40)) == [
        "When the rain had stopped,",
        "the children ran out into the garden.",
    ]


def test_lines_break_at_a_long_pause() -> None:
    text = "He waited for a moment and went on"
    assert shown(cues_of(text, {"moment": 1.0}, granularity="line")) == [
        "He waited for a moment",
        "and went on",
    ]


def test_a_single_short_word_is_not_left_alone_when_it_can_be_avoided() -> None:
    text = "This sentence is exactly as long as one line is"
    cues = shown(cues_of(text, granularity="line", max_line_chars=len(text) - 1))
    assert len(cues) == 2
    assert all(" " in cue for cue in cues)
    assert shown(cues_of("Yes. It was the best of days.", granularity="line")) == [
        "Yes. It was the best of days."
    ]


def test_a_sentence_is_one_cue_of_balanced_lines() -> None:
    text = "The quick brown fox jumps over the lazy dog near the bank. Then it sleeps."
    cues = cues_of(text, granularity="sentence", max_line_chars=42, max_lines=2)
    assert shown(cues) == ["The quick brown fox jumps / over the lazy dog near the bank.", "Then it sleeps."]


def test_a_long_sentence_takes_several_cues() -> None:
    text = "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen."
    cues = cues_of(text, granularity="sentence", max_line_chars=20, max_lines=2)
    assert len(cues) >= 3
    assert " ".join(cue.text(" ") for cue in cues) == text


def test_a_cue_never_has_more_lines_than_asked_for() -> None:
    text = (
        "water, example Verfassungsgericht no; the to Verfassungsgericht Haus, and it to extraordinary "
        "and Haus, and extraordinary Haus, a extraordinary Haus, is"
    )
    cues = cues_of(text, granularity="sentence", max_line_chars=42, max_lines=4)
    assert max(len(cue.lines) for cue in cues) == 4


def test_a_pause_mark_between_words_leaves_a_space_but_not_in_chinese() -> None:
    words = [tokenize("a[pause:1s]b", 0, 1)[0], tokenize("a[pause:1s]b", 11, 12)[0]]
    assert glued(words, "a[pause:1s]b") == "a b"
    words = [tokenize("你[pause:1s]好", 0, 1)[0], tokenize("你[pause:1s]好", 11, 12)[0]]
    assert glued(words, "你[pause:1s]好") == "你好"


def glued(tokens: list[Token], text: str) -> str:
    words = [Word(token, index, index + 0.5, None, "engine") for index, token in enumerate(tokens)]
    (cue,) = make_cues(
        Transcript(words, text, "en", 3.0), SubtitleOptions(granularity="sentence"), MILLISECONDS
    )
    return cue.text("/")


def test_a_word_longer_than_the_line_stays_whole() -> None:
    text = "Die Donaudampfschifffahrtsgesellschaft fährt."
    assert "Donaudampfschifffahrtsgesellschaft" in shown(cues_of(text, granularity="line", max_line_chars=10))


def test_chinese_is_shown_without_spaces_and_counts_double() -> None:
    cues = cues_of("今天天气很好，我们去公园。", granularity="line", max_line_chars=16)
    assert shown(cues) == ["今天天气很好，", "我们去公园。"]


def test_a_short_cue_stays_until_it_can_be_read() -> None:
    first, second = cues_of("Yes. Quite.", {"Yes.": 3.0}, granularity="sentence")
    assert (first.start, first.end) == (0, 833)  # 5/6 s, though the word takes 0.3
    assert second.start == 3300


def test_a_cue_never_stays_into_the_next_one() -> None:
    first, second = cues_of("Yes. Quite so.", {"Yes.": 0.2}, granularity="sentence")
    assert (first.end, second.start) == (417, 500)  # two frames between them


def test_reading_speed_holds_a_long_cue_that_was_spoken_fast() -> None:
    text = "Extraordinarily complicated circumstances."
    (cue,) = cues_of(text, seconds=0.2, granularity="sentence")
    assert cue.end == round(len(text) / 20 * 1000)


@pytest.mark.parametrize("granularity", GRANULARITIES)
def test_white_space_of_the_author_is_collapsed(granularity: Granularity) -> None:
    cues = cues_of("One\n\n two\t three", granularity=granularity)
    assert " ".join(shown(cues)).split() == ["One", "two", "three"]
    assert all("\n" not in line and "\t" not in line for line in shown(cues))


def test_a_cue_stays_until_the_next_one_only_if_that_begins_soon() -> None:
    cues = cues_of("One two three.", {"One": 0.25, "two": 0.35}, hold=0.3)
    assert [(cue.start, cue.end) for cue in cues] == [(0, 550), (550, 850), (1200, 1500)]


def test_a_cue_does_not_end_on_an_article_or_a_preposition() -> None:
    text = "alpha beta the omega epsilon zeta"
    ended = {
        language: shown(cues_of(text, language=language, granularity="line", max_line_chars=22))
        for language in ("en", "xx")
    }
    assert ended["xx"] == ["alpha beta the", "omega epsilon zeta"]
    assert ended["en"] == ["alpha beta the omega", "epsilon zeta"]


@pytest.mark.parametrize(
    ("text", "language", "upper"),
    [
        ("istanbul ılık", "tr", "İSTANBUL ILIK"),
        ("istanbul", "en", "ISTANBUL"),
        ("Straße", "de", "STRASSE"),
        ("καλημέρα Μαΐου", "el", "ΚΑΛΗΜΕΡΑ ΜΑΪΟΥ"),
    ],
)
def test_capitals_follow_the_rules_of_the_language(text: str, language: str, upper: str) -> None:
    assert " ".join(shown(cues_of(text, language=language, uppercase=True))) == upper


def test_punctuation_is_dropped_around_words_but_not_in_them() -> None:
    text = "\u201cDon\u2019t,\u201d she said \u2013 pay $3.50 (100%)!"
    assert " ".join(shown(cues_of(text, punctuation="drop"))) == "Don\u2019t she said pay $3.50 100%"
