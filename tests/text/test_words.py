from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from f5_worker.text.words import Token, is_speakable, tokenize


def words(text: str) -> list[str]:
    return [token.text for token in tokenize(text, 0, len(text))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, world!", ["Hello,", "world!"]),
        ("  two\u00a0words \n", ["two", "words"]),
        ("It costs $5.20 at joe@example.com.", ["It", "costs", "$5.20", "at", "joe@example.com."]),
        ("state-of-the-art don't", ["state-of-the-art", "don't"]),
        ("now — really", ["now —", "really"]),
        ("smile \U0001f642 now", ["smile \U0001f642", "now"]),
        ("a --> b {c}", ["a -->", "b", "{c}"]),
        ("- one\n- two", ["- one", "- two"]),
        ("one\n***", ["one\n***"]),
        ("... !", ["... !"]),
        ("今天。好", ["今", "天。", "好"]),
        ("吧！2024年", ["吧！", "2024", "年"]),
        (
            "他说，“好”。",
            ["他", "说，", "“好”。"],
        ),
        ("「はい」と", ["「は", "い」", "と"]),
        ("ที่", ["ที่"]),  # one consonant with its vowel and tone
        (
            "مرحبا، بكم",
            ["مرحبا،", "بكم"],
        ),
        ("foo(bar) “quoted”", ["foo(bar)", "“quoted”"]),
        ("", []),
    ],
)
def test_text_is_split_into_the_words_that_are_shown(text: str, expected: list[str]) -> None:
    assert words(text) == expected


@given(
    st.text(
        st.sampled_from("aB1 \n\t.,!-—“今。（ที\U0001f642\u0301م"),
        max_size=60,
    )
)
def test_tokens_are_in_order_and_hold_every_character_but_the_space_between_them(text: str) -> None:
    tokens = tokenize(text, 0, len(text))
    assert all(token == Token(text[token.start : token.end], token.start, token.end) for token in tokens)
    assert "".join("".join(token.text.split()) for token in tokens) == "".join(text.split())
    assert all(before.end <= after.start for before, after in pairwise(tokens))


@given(st.text(max_size=40))
def test_every_token_can_be_spoken_unless_the_whole_text_cannot(text: str) -> None:
    tokens = tokenize(text, 0, len(text))
    if is_speakable(text):
        assert all(is_speakable(token.text) for token in tokens)
    else:
        assert len(tokens) <= 1


@given(st.text(max_size=20), st.text(max_size=20), st.text(max_size=20))
def test_a_part_is_tokenized_by_itself_at_the_offsets_of_the_whole(
    before: str, text: str, after: str
) -> None:
    start = len(before)
    part = tokenize(before + text + after, start, start + len(text))
    assert [(t.text, t.start - start, t.end - start) for t in part] == [
        (t.text, t.start, t.end) for t in tokenize(text, 0, len(text))
    ]


def test_a_long_run_of_symbols_takes_linear_time_and_joins_the_first_word() -> None:
    text = "- " * 100_000 + "a"
    assert words(text) == [text]
