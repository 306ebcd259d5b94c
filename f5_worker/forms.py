"""Loose in form, strict in meaning: what callers write, and the values that it unmistakably means.

null, ""                     not set, whatever the field
"42", "42.0", 42.0           the whole number 42
"1.5", "+1.5", ".5", "2e-1"  the number
"true", "No", "ON", 1, "0"   true or false
"SRT"                        the choice 'srt'
control characters in text   a space each, so that every offset stays what it was

A value that could be a mistake is left as it came and refused by its field's type: "4 2", "1,5", "true ",
`true` for a number, 2 for a flag, 1.5 for a whole number.
"""

import re
from decimal import Decimal
from math import isfinite
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, model_validator

_DECIMAL = re.compile(r"[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,4})?")
_MAX_DIGITS = 40  # characters of a number in a string; JSON's own numbers have no more than 25

_FLAGS = dict.fromkeys(("true", "yes", "on", "1"), True) | dict.fromkeys(("false", "no", "off", "0"), False)

_CONTROL = (*range(0x20), *range(0x7F, 0xA0))  # Unicode's category Cc
_SPACES = {code: " " for code in _CONTROL if chr(code) not in "\t\n\r"}


class Form(BaseModel):
    """What every schema of a request is: fields of the kinds below, without what is not set.

    Fields that it does not have are passed over; `handler/parsing.py` tells the caller which they were.
    """

    model_config = ConfigDict(
        extra="ignore", strict=True, frozen=True, allow_inf_nan=False, hide_input_in_errors=True
    )

    @model_validator(mode="before")
    @classmethod
    def _what_is_set(cls, values: object) -> object:
        if not isinstance(values, dict):
            return values
        return {name: values[name] for name in cls.model_fields if _is_set(values.get(name))}


def _is_set(value: object) -> bool:
    return value is not None and not (isinstance(value, str) and value == "")


def _number(value: object) -> object:
    if isinstance(value, str) and _spells_a_number(value) and isfinite(float(value)):
        return float(value)
    return value


def _whole(value: object) -> object:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, str) and _spells_a_number(value):
        exact = Decimal(value)
        if exact.adjusted() < _MAX_DIGITS and exact == exact.to_integral_value():
            return int(exact)
    return value


def _spells_a_number(value: str) -> bool:
    return len(value) <= _MAX_DIGITS and _DECIMAL.fullmatch(value) is not None


def _flag(value: object) -> object:
    if isinstance(value, str):
        return _FLAGS.get(value.lower(), value)
    if isinstance(value, int | float) and value in (0, 1):
        return bool(value)
    return value


def _choice(value: object) -> object:
    return value.lower() if isinstance(value, str) and value.isascii() else value


def _without_control_characters(text: str) -> str:
    return text.translate(_SPACES)


def _is_one_line(text: str) -> str:
    for position, character in enumerate(text):
        if ord(character) in _CONTROL:
            raise ValueError(f"U+{ord(character):04X} at position {position} is not a character of text")
    return text


Number = Annotated[float, BeforeValidator(_number)]
Whole = Annotated[int, BeforeValidator(_whole)]
Flag = Annotated[bool, BeforeValidator(_flag)]
ANY_CASE = BeforeValidator(_choice)
"""Metadata of a `Literal` whose values are lower-case."""

Text = Annotated[str, AfterValidator(_without_control_characters)]
"""What people read or hear; half a surrogate pair is refused by pydantic, since it cannot be encoded."""
Line = Annotated[str, AfterValidator(_is_one_line)]
"""A name or an address, in which a control character would be a mistake or a trick."""
