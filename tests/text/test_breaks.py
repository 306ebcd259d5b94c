import pytest

from f5_worker.text.breaks import Break, break_between
from f5_worker.text.words import tokenize


def break_at(text: str) -> Break:
    """The break at the only `|` of a text."""
    plain, place = text.replace("|", ""), text.index("|")
    tokens = tokenize(plain, 0, len(plain))
    after = next(index for index, token in enumerate(tokens) if token.start >= place)
    return break_between(plain, tokens[after - 1], tokens[after])


@pytest.mark.parametrize(
    "text",
    ["It ended. |Then it", "Really?! |Yes", "He said “No.” |Then", "(It ended.) |Then", "Wait... |what",
     "一。|二", "一！”|二", "هنا؟ |نعم", "है। |और", "It cost 3.14. |Then", "in 1984. |Then"],
)  # fmt: skip
def test_a_sentence_ends(text: str) -> None:
    assert break_at(text) is Break.SENTENCE


@pytest.mark.parametrize(
    "text",
    ["Dr. |Smith", "(Mr. |Jones)", "J. |R. R. Tolkien", "the U.S. |Army", "e.g. |Berlin", "z.B. |Berlin",
     "am 3. |Oktober", "No. |5 is", "Jan. |5", "it is approx. |five", "ends. |lower case", "at 3.14 |today"],
)  # fmt: skip
def test_a_full_stop_inside_a_sentence_does_not_end_it(text: str) -> None:
    assert break_at(text) is Break.WORD


@pytest.mark.parametrize(
    "text", ["well, |then", "first; |second", "now — |then", "(so) |it", "one\n|two", "一，|二", "هنا، |نعم"]
)
def test_a_clause_ends(text: str) -> None:
    assert break_at(text) is Break.CLAUSE


@pytest.mark.parametrize("gap", ["\n\n", "\r\n\r\n", " \n \t\n ", "\u2029"])
def test_a_blank_line_ends_a_paragraph(gap: str) -> None:
    assert break_at(f"one,{gap}|two") is Break.PARAGRAPH
