from itertools import pairwise

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from f5_worker.errors import WorkerError
from f5_worker.text.chunks import Budget, Script, build_script
from f5_worker.text.language import in_one_language
from f5_worker.text.words import is_speakable, tokenize

PROSE = (
    "The worker knows the text that it spoke. It never listens to find the words; it aligns them, chunk by "
    "chunk, at places it knows. So the subtitles hold the author's words, numbers and punctuation included. "
)


def budget(most: int = 100, least: int = 10) -> Budget:
    return Budget(cost=len, most=most, least=least)


def chunks(text: str, most: int = 100, least: int = 10) -> list[str]:
    return [chunk.text for chunk in build_script(text, in_one_language("en"), budget(most, least)).chunks]


def check(script: Script, most: float) -> None:
    """What holds for every script."""
    assert [chunk.index for chunk in script.chunks] == list(range(len(script.chunks)))
    for chunk in script.chunks:
        assert chunk.text == script.text[chunk.start : chunk.end]
        assert chunk.text == chunk.text.strip()
        assert is_speakable(chunk.text)
        assert chunk.tokens == tokenize(script.text, chunk.start, chunk.end)
        assert (chunk.tokens[0].start, chunk.tokens[-1].end) == (chunk.start, chunk.end)
    assert all(before.end <= after.start for before, after in pairwise(script.chunks))
    for chunk in script.chunks:
        assert len(chunk.text) <= most or sum(map(is_speakable, chunk.text)) == 1


SOME_TEXT = st.lists(
    st.sampled_from(
        [
            "word",
            "a",
            "Dr.",
            "end.",
            "well,",
            "3.14",
            "x" * 37,
            "今天。",
            "\n\n",
            "—",
            "(so)",
            "What?",
            "\U0001f642",
        ]
    ),
    min_size=1,
    max_size=80,
).map(" ".join)


@given(SOME_TEXT.filter(is_speakable), st.integers(12, 90))
@example("word \U0001f642 \U0001f642 \U0001f642 \U0001f642 \U0001f642 \U0001f642", 12)
def test_chunks_fit_the_budget_and_hold_every_word_once(text: str, most: int) -> None:
    script = build_script(text, in_one_language("en"), budget(most, least=most // 10))
    check(script, most)
    spoken = "".join("".join(chunk.text.split()) for chunk in script.chunks)
    assert spoken == "".join(text.split())


@given(SOME_TEXT.filter(is_speakable), st.integers(37, 90))
def test_no_word_that_fits_a_chunk_is_cut(text: str, most: int) -> None:
    tokens = tokenize(text, 0, len(text))
    assume(all(len(token.text) <= most for token in tokens))
    script = build_script(text, in_one_language("en"), budget(most))
    assert tuple(token for chunk in script.chunks for token in chunk.tokens) == tokens


@given(st.lists(st.sampled_from(["Hello there.", "[pause:1s]", "[pause:250ms]", "...", " "]), max_size=20))
def test_no_pause_is_lost_or_spoken(parts: list[str]) -> None:
    text = "".join(parts) + "end"
    script = build_script(text, in_one_language("en"), budget())
    asked = parts.count("[pause:1s]") + 0.25 * parts.count("[pause:250ms]")
    assert script.lead_in + sum(chunk.pause for chunk in script.chunks) == asked
    assert not any("pause" in chunk.text for chunk in script.chunks)
    check(script, 300)


def test_chunks_end_at_sentences_and_not_at_abbreviations() -> None:
    text = (
        "I met Dr. Smith of the U.S. Army, J. R. Tolkien, and e.g. Mr. Jones, at 3.14 p.m. today. " * 2
        + "Then we left."
    )
    assert all(chunk.endswith(("today.", "left.")) for chunk in chunks(text, most=110))


@pytest.mark.parametrize(
    "sentence",
    [
        "今天天气很好。",
        "你觉得怎么样？",
        "مرحبا بكم هنا؟ ",
        "यह अच्छा है। ",
        "He said: “No!” ",
    ],
)
def test_sentences_end_in_every_script(sentence: str) -> None:
    pieces = chunks(sentence * 20, most=60)
    assert len(pieces) > 2
    assert all(piece.endswith(sentence.strip()) for piece in pieces)


def test_a_long_sentence_is_cut_at_a_clause_and_then_at_words() -> None:
    clause = "one two three four five six seven eight nine, "
    assert all(chunk.endswith("nine,") for chunk in chunks(clause * 10))
    assert {chunk[-5:] for chunk in chunks("alpha " * 100)} == {"alpha"}


def test_a_paragraph_is_a_better_place_than_a_sentence() -> None:
    text = "First sentence here. And a second one.\n\nNew paragraph here. It goes on. And on."
    assert chunks(text, most=70)[0] == "First sentence here. And a second one."


def test_the_last_two_chunks_share_what_is_left() -> None:
    lengths = [len(chunk) for chunk in chunks("alpha " * 36)]
    assert len(lengths) == 3
    assert abs(lengths[-1] - lengths[-2]) <= len("alpha ")


def test_no_short_rest_is_left_alone() -> None:
    text = "This is a sentence of a good length that nearly fills a chunk to its end, so. Yes."
    assert min(map(len, chunks(text, most=80))) > 20


def test_a_word_longer_than_a_chunk_is_cut_into_parts_that_are_all_there() -> None:
    pieces = chunks("x" * 1000)
    assert "".join(pieces) == "x" * 1000
    assert all(30 <= len(piece) <= 100 for piece in pieces)


@pytest.mark.parametrize(
    "text", ["x" * 20_000, "漢" * 20_000, "ab " * 6_666, PROSE * 100, "[pause:0s]a" * 1_800]
)
def test_the_work_grows_no_faster_than_the_text(text: str) -> None:
    def work(text: str) -> int:
        weighed = 0

        def cost(part: str) -> float:
            nonlocal weighed
            weighed += len(part)
            return len(part)

        check(build_script(text, in_one_language("en"), Budget(cost, most=400, least=20)), 400)
        return weighed

    whole, half = work(text), work(text[: len(text) // 2 // 11 * 11])
    assert whole < 2.5 * half


def test_pauses_stand_after_the_chunk_before_them() -> None:
    script = build_script(
        "[pause:2s]One. [pause:1.5s] Two.[pause:300ms][PAUSE:1s]Three[pause:0.5s]",
        in_one_language("en"),
        budget(),
    )
    assert script.lead_in == 2
    assert [(chunk.text, chunk.pause) for chunk in script.chunks] == [
        ("One.", 1.5),
        ("Two.", 1.3),
        ("Three", 0.5),
    ]


def test_a_pause_in_the_middle_of_long_text_belongs_to_the_last_chunk_before_it() -> None:
    script = build_script(PROSE + "[pause:4s]" + PROSE, in_one_language("en"), budget())
    assert [chunk.pause for chunk in script.chunks if chunk.pause] == [4]
    paused = next(chunk for chunk in script.chunks if chunk.pause)
    assert paused.text.endswith("included.")


@pytest.mark.parametrize(
    "mark",
    ["[pause]", "[pause:]", "[pause:1]", "[pause:1,5s]", "[pause:-1s]", "[pause:31s]", "[pause:1e9s]",
     "[pause=2s]", "[pause 2s]", "[ pause:2s]", "[pause:2s", "[pause:2min]", "[pause:99999999ms]",
     "[pause:\u0661s]"],
)  # fmt: skip
def test_a_mistyped_pause_is_an_error_that_says_where_and_what_would_be_right(mark: str) -> None:
    with pytest.raises(WorkerError, match=r"INVALID_INPUT: the pause mark at character 6 .*\[pause:1\.5s\]"):
        build_script(f"Hello {mark} world", in_one_language("en"), budget())


def test_pauses_together_are_bounded() -> None:
    with pytest.raises(WorkerError, match="INVALID_INPUT: the pause marks add up to over 600 seconds"):
        build_script("a [pause:30s]" * 21, in_one_language("en"), budget())


@pytest.mark.parametrize("text", ["[paused] hi", "[pause button] hi", "pause:2s", "[break:2s]"])
def test_other_brackets_are_text(text: str) -> None:
    assert chunks(text) == [text]


@pytest.mark.parametrize("text", ["...", "\U0001f642 \U0001f642", "[pause:1s]", "\n\n", "— ¿?"])
def test_text_with_nothing_to_speak_is_refused(text: str) -> None:
    with pytest.raises(WorkerError, match="INVALID_INPUT: text holds nothing that can be spoken"):
        build_script(text, in_one_language("en"), budget())
