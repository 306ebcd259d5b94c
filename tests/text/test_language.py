"""The language of a text is found, sentence by sentence, and left to the default where it cannot be."""

import pytest

from f5_worker.text.language import LanguageDetector, LanguageRun, primary
from f5_worker.text.scripts import SCRIPT_LANGUAGES, main_script
from f5_worker.text.words import tokenize
from testing.corpus.figures import TEXTS
from testing.corpus.languages import DEVELOPMENT, HELD_OUT, as_sentences, pieces, texts


@pytest.fixture(scope="module")
def detector() -> LanguageDetector:
    return LanguageDetector.load("en")


def found(detector: LanguageDetector, text: str) -> list[tuple[str, str]]:
    return [(run.language, run.source) for run in detector.runs(text)]


@pytest.mark.parametrize("language", sorted(TEXTS))
def test_a_text_with_numbers_dates_and_money_is_in_one_language(
    detector: LanguageDetector, language: str
) -> None:
    assert [name for name, _ in found(detector, TEXTS[language])] == [language]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("漢字とかな", "ja"),
        ("中文", "zh"),
        ("한국어", "ko"),
        ("Ελλάδα", "el"),
        ("שלום", "he"),
        ("สวัสดี", "th"),
        ("Բարեւ", "hy"),
        ("გამარჯობა", "ka"),
        ("ﾃｽﾄ", "ja"),
        ("我用 Microsoft Word 写文件", "zh"),
        ("iPhoneを買いました", "ja"),
    ],
)
def test_a_script_of_one_language_decides(detector: LanguageDetector, text: str, language: str) -> None:
    assert found(detector, text) == [(language, "script")]


@pytest.mark.parametrize("text", ["123", "5 + 7 = 12", "[pause:1s]", "😀", "OK", "Test 5", "x"])
def test_what_could_be_anything_is_in_the_default_language(text: str, detector: LanguageDetector) -> None:
    assert found(detector, text) == [("en", "default")]


def test_the_default_is_the_endpoints_own() -> None:
    assert LanguageDetector.load("de").runs("OK") == (LanguageRun(0, "de", "default"),)


def test_what_is_not_written_in_the_defaults_script_is_not_left_to_it(detector: LanguageDetector) -> None:
    ((language, source),) = found(detector, "Да")
    assert language in SCRIPT_LANGUAGES["CYRILLIC"]
    assert source == "detected"


def test_numbers_addresses_and_marks_say_nothing(detector: LanguageDetector) -> None:
    text = (
        "[pause:1s] https://example.com/this/is/the/way 2024 der Zug fährt heute später ab info@the-one.com"
    )
    assert found(detector, text) == [("de", "detected")]


def test_the_language_changes_where_a_sentence_of_another_begins(detector: LanguageDetector) -> None:
    german, french = (
        "Das Haus am See ist leider schon verkauft. ",
        "Nous partirons demain matin à la montagne. ",
    )
    runs = detector.runs(german + french + "今日は天気がいいです。 " + german)
    assert [run.language for run in runs] == ["de", "fr", "ja", "de"]
    assert [run.start for run in runs] == [0, len(german), len(german + french), len(german + french) + 12]


def test_a_line_is_a_sentence_here(detector: LanguageDetector) -> None:
    text = "Das Haus am See ist verkauft\nNous partirons demain matin à la montagne"
    assert [name for name, _ in found(detector, text)] == ["de", "fr"]


@pytest.mark.parametrize(
    "text",
    [
        "He said hello to everyone. Señor García! Then he went home again.",
        "We drove from Paris to Berlin. Müller GmbH, Hauptstraße. It was raining.",
        "The song is old. C'est la vie. Nobody remembers who wrote it.",
    ],
)
def test_a_name_or_a_title_changes_no_language(detector: LanguageDetector, text: str) -> None:
    assert [name for name, _ in found(detector, text)] == ["en"]


def test_a_sentence_of_chinese_characters_in_a_japanese_text_is_japanese(detector: LanguageDetector) -> None:
    assert found(detector, "今日は晴れです。大変結構。明日も晴れるでしょう。") == [("ja", "script")]


def test_fewer_than_one_in_a_hundred_is_taken_for_another_language_at_eight_words(
    detector: LanguageDetector,
) -> None:
    """On sentences whose authors know nothing of this, and that no threshold was chosen on."""
    sample = pieces(8, HELD_OUT)
    wrong = [
        (piece, runs)
        for piece in sample
        if (runs := found(detector, piece.text)) != [("en", "default")]
        and [language for language, _ in runs] != [piece.language]
    ]
    assert len({piece.language for piece in sample}) >= 25
    assert len(wrong) < 0.01 * len(sample), wrong


@pytest.mark.parametrize("sources", [DEVELOPMENT, HELD_OUT], ids=" ".join)
def test_a_text_in_one_language_stays_whole(detector: LanguageDetector, sources: tuple[str, ...]) -> None:
    whole = [as_sentences(parts) for parts in texts(8, sources, 7, seed=5)]
    broken = [text for text in whole if len(detector.runs(text)) > 1]
    assert len(broken) <= 0.02 * len(whole), broken


@pytest.mark.parametrize(
    ("tag", "language"),
    [
        ("en", "en"),
        ("EN", "en"),
        ("en-US", "en"),
        ("pt_BR", "pt"),
        ("zh-Hans", "zh"),
        ("zh-Hant-TW", "zh"),
        ("eng", "en"),
        ("deu-AT", "de"),
        ("cmn", "zh"),
        ("iw", "he"),
        ("nb-NO", "no"),
        ("yue", "yue"),
    ],
)
def test_of_a_tag_the_language_counts(tag: str, language: str) -> None:
    assert primary(tag) == language


def test_the_script_of_a_text_is_that_of_most_of_its_words() -> None:
    text = "Она купила новый MacBook Pro"
    assert main_script(token.text for token in tokenize(text, 0, len(text))) == "CYRILLIC"
    assert main_script(["123", "…"]) == ""
