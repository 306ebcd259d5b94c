"""Texts of every kind: the right length of audio, or a clear error."""

import numpy as np
import pytest

from f5_worker.audio import SAMPLE_RATE
from f5_worker.errors import WorkerError
from f5_worker.speech.f5 import F5Engine
from tests.speech.f5_model.conftest import say


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("I", (0.7, 1.0)),
        ("42", (0.7, 3)),
        ("Hi there, you.", (0.7, 2)),
        ("1234567890 0987654321", (6, 60)),
        ("你好 hello 世界 world", (1, 5)),
        ("x" * 3000, (150, 350)),
    ],
    ids=["letter", "number", "short", "digits", "mixed", "no space"],
)
def test_odd_texts_get_a_sane_length(engine: F5Engine, text: str, seconds: tuple[float, float]) -> None:
    speech = say(engine, text, nfe_step=1, cfg_strength=0.0)
    assert seconds[0] <= speech.duration <= seconds[1]
    assert all(span.end - span.start <= 25 * SAMPLE_RATE for span in speech.spans)


@pytest.mark.parametrize("text", ["\N{PARTY POPPER}\N{PARTY POPPER}", "...", "[pause:1s]"])
def test_a_text_without_a_letter_or_a_digit_is_refused(engine: F5Engine, text: str) -> None:
    with pytest.raises(WorkerError, match=r"INVALID_INPUT: text holds nothing that can be spoken; it must"):
        say(engine, text)


def test_emoji_between_words_are_not_spoken(engine: F5Engine) -> None:
    plain, gay = say(engine, "Hello, my friend."), say(engine, "Hello, \N{PARTY POPPER} my friend.")
    assert np.array_equal(plain.audio, gay.audio)


def test_numbers_are_spelt_out_unless_that_is_off(engine: F5Engine) -> None:
    digits, words = "It was 1984 then.", "It was nineteen eighty-four then."
    assert np.array_equal(say(engine, digits).audio, say(engine, words).audio)
    assert not np.array_equal(say(engine, digits, normalize="off").audio, say(engine, words).audio)
    assert say(engine, digits).spans[0].chunk.tokens[2].text == "1984"
