import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from f5_worker.text.chunks import Chunk
from f5_worker.text.normalization import say, spell_out, spoken_words
from f5_worker.text.words import tokenize


def chunk_of(text):
    return Chunk(0, text, 0, len(text), tokenize(text, 0, len(text)), 0.0, "en")


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("It costs $5.", "It costs five dollars."),
        ("$5.20", "five dollars twenty cents"),
        ("$1,234.50", "one thousand two hundred and thirty-four dollars fifty cents"),
        ("$3.5 million raised", "three point five million dollars raised"),
        ("$5M", "five million dollars"),
        ("20 EUR", "twenty euro"),
        ("in 1984, ok", "in nineteen eighty-four, ok"),
        ("the 1990s", "the nineteen nineties"),
        ("at 10:30 pm", "at ten thirty p m"),
        ("at 7:05", "at seven oh five"),
        ("at 3:00", "at three o'clock"),
        ("12/25/2024", "December twenty-fifth twenty twenty-four"),
        ("2024-03-05", "March fifth twenty twenty-four"),
        ("March 3, 2024", "March third, twenty twenty-four"),
        ("the 21st", "the twenty-first"),
        ("5%-10%", "five percent to ten percent"),
        ("0.05", "zero point zero five"),
        ("1 km", "one kilometer"),
        ("100 km/h", "one hundred kilometers per hour"),
        ("20°C", "twenty degrees Celsius"),
        ("1,234,567", "one million two hundred and thirty-four thousand five hundred and sixty-seven"),
        ("007", "zero zero seven"),
        ("10-20", "ten to twenty"),
        ("-5", "minus five"),
        ("Dr. Smith, e.g.", "doctor Smith, for example."),
        ("AT&T", "AT and T"),
        ("a@b.com", "a at b dot com"),
        ("v2.10.3", "v two dot ten dot three"),
        ("F5, 3D, 16GB", "F five, three D, sixteen gigabytes"),
        ("2 + 2 = 4", "two plus two equals four"),
        ("no digits, no symbols", "no digits, no symbols"),
    ],
)
def test_english_is_spelt_out(written, said):
    assert spell_out(written, "en").text == said


@pytest.mark.parametrize(
    ("language", "written", "said"),
    [
        ("de", "12,5 km um 10:30", "zwölf Komma fünf Kilometer um zehn Uhr dreißig"),
        ("de", "1.234 €, z. B.", "eintausendzweihundertvierunddreißig Euro, zum Beispiel."),
        ("fr", "5 km, 50 %", "cinq kilomètres, cinquante pour cent"),
        ("es", "3 km & 5 €", "tres kilómetros y cinco euros"),
        ("it", "5,20 €", "cinque euro venti centesimi"),
        ("ru", "5 км", "пять км"),
        ("zh", "5个", "5个"),
        ("xx", "5 km", "5 km"),
    ],
)
def test_other_languages_are_spelt_out_as_far_as_the_libraries_know_them(language, written, said):
    assert spell_out(written, language).text == said


def test_every_spoken_word_knows_its_token_and_its_character():
    text = "Pay $3.5 million to AT&T."
    words = spoken_words(chunk_of(text), "en")
    assert [(word.text, word.token) for word in words] == [
        ("pay", 0),
        *[("three", 1), ("point", 1), ("five", 1)],
        *[("million", 2), ("dollars", 2)],
        ("to", 3),
        *[("at", 4), ("and", 4), ("t", 4)],
    ]
    assert text[words[0].start : words[0].start + 3] == "Pay"
    assert all(words[1].start <= word.start < words[4].start for word in words[1:4])


def test_scripts_without_spaces_have_a_word_a_token():
    assert [(word.text, word.token) for word in spoken_words(chunk_of("你好"), "zh")] == [
        ("你", 0),
        ("好", 1),
    ]


def test_a_text_of_emoji_has_no_words():
    assert spoken_words(chunk_of("😀 🎉"), "en") == ()


def test_say_gives_the_words_of_a_text_alone():
    assert say("It's $5!", "en") == ["it's", "five", "dollars"]


@given(st.text(max_size=60), st.sampled_from(["en", "de", "fr", "zh", "ar", "pl"]))
def test_any_text_keeps_its_order_and_its_offsets(text, language):
    spelled = spell_out(text, language)
    assert len(spelled.origins) == len(spelled.text)
    assert list(spelled.origins) == sorted(spelled.origins)
    assert all(0 <= origin < len(text) for origin in spelled.origins)
    tokens = [word.token for word in spoken_words(chunk_of(text), language)]
    assert tokens == sorted(tokens)


@given(st.text(alphabet="0123456789.,:-/$€% kmst", max_size=40))
def test_any_jumble_of_digits_and_signs_is_spelt_out_without_digits(text):
    assert not any(character.isdigit() for character in spell_out(text, "en").text)


def test_long_runs_of_digits_and_dots_do_not_blow_up():
    draw = random.Random(0)  # noqa: S311 (reproducible, not secret)
    for text in (
        "1" * 20_000,
        "1." * 10_000,
        "1,234," * 3_000,
        "".join(draw.choices("0123456789.,:-/ ", k=20_000)),
    ):
        spelled = spell_out(text, "en")
        assert len(spelled.origins) == len(spelled.text)
