"""The stretches of a text that are not said as they are written, and how they are said."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

from f5_worker.text.normalization.lexicon import CURRENCIES, LEXICONS, UNITS, Lexicon
from f5_worker.text.normalization.numerals import Numerals, numerals

_AFTER_DOT = "com|org|net|edu|gov|info|io|ai|dev|app|co|uk|eu|de|fr|es|it|nl|pt|html|pdf|txt|csv|json|py"


@dataclass(frozen=True)
class Reading:
    """`said` is heard for `text[start:end]`."""

    start: int
    end: int
    said: str


@dataclass(frozen=True)
class Rule:
    """A way of writing, and its reading: what is said for each named group of the match that is replaced."""

    pattern: re.Pattern[str]
    say: Callable[[re.Match[str]], dict[str, str]]


def readings(text: str, language: str) -> tuple[Reading, ...]:
    """Every reading of the text, in order, without overlap; where two rules match, the earlier one wins."""
    found = [
        (match.start(), order, match, rule)
        for order, rule in enumerate(_rules(language))
        for match in rule.pattern.finditer(text)
    ]
    taken: list[Reading] = []
    position = 0
    for start, _, match, rule in sorted(found, key=lambda entry: entry[:2]):
        if start < position:
            continue
        parts = {group: said for group, said in rule.say(match).items() if match.group(group) is not None}
        if not parts or not all(parts.values()):
            continue
        taken += sorted((Reading(*match.span(group), said) for group, said in parts.items()), key=_by_start)
        position = match.end()
    return tuple(taken)


def _by_start(reading: Reading) -> int:
    return reading.start


@cache
def _rules(language: str) -> tuple[Rule, ...]:
    lexicon = LEXICONS.get(language, Lexicon())
    spoken = numerals(language)
    rules = [*_abbreviation_rules(lexicon)]
    if spoken is not None:
        rules += [
            *_date_rules(spoken, lexicon, language),
            *_time_rules(spoken, lexicon),
            *_money_rules(spoken),
            *_quantity_rules(spoken),
            *_number_rules(spoken, lexicon),
        ]
    return (*rules, *_symbol_rules(lexicon))


def _abbreviation_rules(lexicon: Lexicon) -> Iterator[Rule]:
    if lexicon.abbreviations:
        said = {name.rstrip("."): words for name, words in lexicon.abbreviations.items()}
        names = "|".join(_abbreviation(name) for name in sorted(lexicon.abbreviations, key=len, reverse=True))
        yield Rule(
            re.compile(rf"(?<![\w.])(?P<name>{names})(?!\w)"),
            lambda match: {"name": said[match["name"].rstrip(".")]},
        )


def _abbreviation(name: str) -> str:
    """The name's pattern; the dot that ends the whole text is left, it ends a sentence as well."""
    dot = r"(?:\.(?!\s*\Z)|(?=\.\s*\Z))" if name.endswith(".") else ""
    return re.escape(name.rstrip(".")) + dot


def _date_rules(spoken: Numerals, lexicon: Lexicon, language: str) -> Iterator[Rule]:
    def say(year: str, month: str, day: str) -> dict[str, str]:
        full_year = int(year) + (2000 if len(year) == 2 else 0)
        return {"date": spell(spoken.date(full_year, int(month), int(day)), language)}

    yield Rule(
        re.compile(r"(?<![\w-])(?P<date>(\d{4})-(\d\d)-(\d\d))(?![\w-])"),
        lambda match: say(match[2], match[3], match[4]),
    )
    order = (3, 1, 2) if lexicon.month_first else (3, 2, 1)
    yield Rule(
        re.compile(r"(?<![\w/])(?P<date>(?a:(\d{1,2})[/.](\d{1,2})[/.](\d{4}|\d\d)))(?![\w/])"),
        lambda match: say(*(match[1 + part] for part in order)),
    )
    day = r"(?P<day>\d{1,2})"
    if lexicon.month_first:
        yield Rule(
            re.compile(rf"\b(?:{spoken.months})\.? {day}(?![\w:.]\d|\d|\w)"),
            lambda match: {"day": spoken.ordinal(match["day"])},
        )
    if language == "de":
        yield Rule(
            re.compile(rf"\b(?P<day>\d{{1,2}}\.) (?={spoken.months})"),
            lambda match: {"day": spoken.ordinal(match["day"].rstrip("."))},
        )


def _time_rules(spoken: Numerals, lexicon: Lexicon) -> Iterator[Rule]:
    def say(match: re.Match[str]) -> dict[str, str]:
        hours, minutes = spoken.number(str(int(match["hours"]))), int(match["minutes"])
        if minutes == 0:
            words = [hours, "" if match["half"] else lexicon.oclock]
        elif minutes < 10 and lexicon.month_first:
            words = [hours, "oh", spoken.number(str(minutes))]
        else:
            words = [hours, lexicon.hour, spoken.number(str(minutes))]
        return {"time": " ".join(word for word in words if word), "half": _spaced(match["half"])}

    half = r"(?:\s?(?P<half>[AaPp]\.?[Mm]\b\.?))"
    clock = r"(?P<time>(?P<hours>[01]?\d|2[0-4]):(?P<minutes>[0-5]\d))"
    yield Rule(re.compile(rf"(?<![\d:]){clock}(?![\d:]){half}?"), say)
    yield Rule(
        re.compile(rf"\b(?P<time>1[0-2]|[1-9]){half}"),
        lambda match: {"time": spoken.number(match["time"]), "half": _spaced(match["half"])},
    )


def _money_rules(spoken: Numerals) -> Iterator[Rule]:
    symbols = "".join(map(re.escape, CURRENCIES))
    amount = rf"(?P<amount>[{symbols}]\s?(?P<number>{spoken.pattern}))"
    scales = {"k": 3, "K": 3, "M": 6, "bn": 9, "B": 9}

    def with_scale(match: re.Match[str]) -> dict[str, str]:
        currency = spoken.currency(match["number"], CURRENCIES[match["amount"][0]])
        return {"amount": spoken.number(match["number"]), "scale": f"{match['scale']} {currency}"}

    def with_letter(match: re.Match[str]) -> dict[str, str]:
        value = spoken.value(match["number"])
        scaled = "" if value is None else f"{int(value * 10 ** scales[match['letter']])}"
        return {"whole": spoken.money(scaled, CURRENCIES[match["amount"][0]])}

    yield Rule(re.compile(rf"{amount}\s(?P<scale>[mb]illion|trillion|thousand)\b"), with_scale)
    yield Rule(re.compile(rf"(?P<whole>{amount}(?P<letter>k|K|M|bn|B)\b)"), with_letter)
    yield Rule(
        re.compile(amount),
        lambda match: {"amount": spoken.money(match["number"], CURRENCIES[match["amount"][0]])},
    )
    yield Rule(
        re.compile(rf"(?P<whole>(?P<number>{spoken.pattern})\s?(?P<symbol>[{symbols}]))"),
        lambda match: {"whole": spoken.money(match["number"], CURRENCIES[match["symbol"]])},
    )
    yield Rule(
        re.compile(rf"(?P<number>{spoken.pattern})\s(?P<unit>{'|'.join(CURRENCIES.values())})\b"),
        lambda match: {
            "number": spoken.number(match["number"]),
            "unit": spoken.currency(match["number"], match["unit"]),
        },
    )


def _quantity_rules(spoken: Numerals) -> Iterator[Rule]:
    units = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True))
    yield Rule(
        re.compile(rf"(?<![\w.,%])(?P<number>-?{spoken.pattern})\s?(?P<unit>{units})(?![\w/²³])"),
        lambda match: {
            "number": spoken.number(match["number"]),
            "unit": spoken.unit(match["number"], UNITS[match["unit"]]),
        },
    )


def _number_rules(spoken: Numerals, lexicon: Lexicon) -> Iterator[Rule]:
    if lexicon.ordinal_suffixes:
        yield Rule(
            re.compile(rf"\b(?P<ordinal>(?P<digits>\d{{1,9}})(?:{lexicon.ordinal_suffixes}))(?!\w)"),
            lambda match: {"ordinal": spoken.ordinal(match["digits"])},
        )
    if lexicon.month_first:
        yield Rule(
            re.compile(r"\b(?P<decade>(?P<digits>(?:1[1-9]|20)\d0)s)\b"),
            lambda match: {"decade": _plural(spoken.year(match["digits"]))},
        )
    yield Rule(
        re.compile(r"(?<![\d.])(?P<dotted>\d++(?:\.\d++){2,})"),
        lambda match: {
            "dotted": f" {lexicon.dot} ".join(spoken.number(part) for part in match["dotted"].split("."))
        },
    )
    if lexicon.range_word:
        yield Rule(re.compile(r"(?<=[\d%])(?P<dash>[-–])(?=\d)"), lambda _: {"dash": lexicon.range_word})
    if lexicon.fraction_word:
        yield Rule(re.compile(r"(?<=\d)(?P<bar>[/⁄])(?=\d)"), lambda _: {"bar": lexicon.fraction_word})
    yield Rule(
        re.compile(r"(?<![\w.,:/-])(?P<year>1[1-9]\d\d|20\d\d)(?![\w:/]|[.,]\d)"),
        lambda match: {"year": spoken.year(match["year"])},
    )
    yield Rule(
        re.compile(rf"(?<![\w-])(?P<negative>[-−](?P<digits>{spoken.pattern}))"),
        lambda match: {"negative": spoken.number(f"-{match['digits']}")},
    )
    yield Rule(
        re.compile(rf"(?P<number>{spoken.pattern})"), lambda match: {"number": spoken.number(match["number"])}
    )


def _symbol_rules(lexicon: Lexicon) -> Iterator[Rule]:
    if lexicon.dot:
        yield Rule(re.compile(rf"(?<=\w)(?P<dot>\.)(?=(?:{_AFTER_DOT})\b)"), lambda _: {"dot": lexicon.dot})
    if lexicon.symbols:
        symbols = "".join(map(re.escape, lexicon.symbols))
        yield Rule(
            re.compile(rf"(?P<symbol>(?![#~<>](?!\s?\d))[{symbols}])"),  # these four only before a number
            lambda match: {"symbol": lexicon.symbols[match["symbol"]]},
        )


def spell(text: str, language: str) -> str:
    """The text with its readings in place; used for what a rule itself writes in digits."""
    said, position = [], 0
    for reading in readings(text, language):
        said += [text[position : reading.start], reading.said]
        position = reading.end
    return "".join([*said, text[position:]]).replace(",", "")


def _spaced(half: str | None) -> str:
    return " ".join(character for character in half or "" if character.isalpha())


def _plural(words: str) -> str:
    return f"{words.removesuffix('y')}ies" if words.endswith("y") else f"{words}s"
