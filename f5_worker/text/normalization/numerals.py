"""Numbers, money, dates and units in words, per language, from num2words and CLDR."""

import re
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, get_month_names
from babel.numbers import get_currency_name, get_decimal_symbol, get_group_symbol
from babel.units import format_unit
from num2words import CONVERTER_CLASSES, num2words

_MAX_DIGITS = 15  # longer ones are read digit by digit


class Numerals:
    """How one language says numbers. Every method gives words without digits, or "" when it cannot."""

    def __init__(self, language: str) -> None:
        self._language = language
        self._locale = Locale(language)
        self._decimal = get_decimal_symbol(self._locale)
        group = get_group_symbol(self._locale)
        groups = "[ \u00a0\u202f']" if group.isspace() else f"[{re.escape(group)}\u00a0\u202f']"
        point = re.escape(self._decimal)
        self.pattern = rf"(?<!\d)(?:\d{{1,3}}(?:{groups}\d{{3}})++(?!\d)|\d++)(?:{point}\d++)?"
        self.months = "|".join(
            re.escape(name)
            for width in ("wide", "abbreviated")
            for name in get_month_names(width, locale=self._locale).values()
        )

    def value(self, digits: str) -> Decimal | None:
        """The number that `digits` writes in this language's manner."""
        plain = "".join(
            "." if character == self._decimal else character
            for character in digits
            if character.isdigit() or character in f"-{self._decimal}"
        )
        try:
            return Decimal(plain)
        except InvalidOperation:
            return None

    def number(self, digits: str) -> str:
        """A cardinal or decimal number; digit by digit when it starts with 0 or is very long."""
        whole = digits.lstrip("-").split(self._decimal)[0]
        if (len(whole) > 1 and whole.startswith("0")) or len(digits) > _MAX_DIGITS:
            return " ".join(self._words(Decimal(digit)) for digit in digits if digit.isdigit())
        value = self.value(digits)
        return "" if value is None else self._words(value)

    def ordinal(self, digits: str) -> str:
        """First, second, third."""
        return self._words(Decimal(digits), "ordinal")

    def year(self, digits: str) -> str:
        """Nineteen eighty-four."""
        return self._words(Decimal(digits), "year" if self._language in ("en", "de", "nl") else "cardinal")

    def money(self, digits: str, currency: str) -> str:
        """An amount with the currency's name and, where there are any, its cents."""
        value = self.value(digits)
        if value is None or abs(value) >= 10**_MAX_DIGITS:
            return ""
        try:
            words = num2words(
                abs(value) + Decimal("0.00"),
                lang=self._language,
                to="currency",
                currency=currency,
                separator="|",
            )
        except (NotImplementedError, TypeError, AttributeError, ValueError, KeyError):
            return f"{self.number(digits)} {self.currency(digits, currency)}"
        whole, _, cents = _plain(words).partition("|")
        return _plain(f"{whole} {cents}") if value % 1 else whole

    def currency(self, digits: str, currency: str) -> str:
        """The currency's name alone, in the number that `digits` asks for."""
        value = self.value(digits) or Decimal(0)
        try:
            words = _plain(num2words(Decimal("2.00"), lang=self._language, to="currency", currency=currency))
            return words.split()[1]
        except (NotImplementedError, TypeError, AttributeError, ValueError, KeyError, IndexError):
            return str(get_currency_name(currency, count=value, locale=self._locale))

    def unit(self, digits: str, unit: str) -> str:
        """A CLDR unit's name alone, in the number that `digits` asks for; "" when CLDR has no long name."""
        value = self.value(digits)
        pattern = format_unit(float(value or 0), unit, length="long", locale=self._locale)
        name = re.sub(rf"[\d{re.escape(self._decimal)}.,\s]*\d\s*", "", pattern).strip()
        return "" if unit in name or not any(character.isalpha() for character in name) else name

    def date(self, year: int, month: int, day: int) -> str:
        """A date in CLDR's long form, in digits still; "" when there is no such day."""
        try:
            return str(format_date(date(year, month, day), "long", locale=self._locale))
        except ValueError:
            return ""

    def _words(self, value: Decimal, kind: str = "cardinal") -> str:
        plain: int | Decimal = int(value) if value == value.to_integral_value() else value
        try:
            return _plain(num2words(plain, lang=self._language, to=kind))
        except (NotImplementedError, TypeError, AttributeError, ValueError, KeyError, OverflowError):
            return ""  # a language or a number that num2words does not know stays as it is written


@cache
def numerals(language: str) -> Numerals | None:
    """The numerals of an ISO 639-1 language, or None when num2words or CLDR does not know it."""
    try:
        return Numerals(language) if language in CONVERTER_CLASSES else None
    except UnknownLocaleError:
        return None


def _plain(words: str) -> str:
    """Without the commas, which would be heard as pauses, and with single spaces."""
    return " ".join(words.replace(",", " ").split())
