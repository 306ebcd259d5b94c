"""What a field must be, as the end of a sentence: for errors, API.md's tables and the published schema."""

from collections.abc import Iterable
from dataclasses import dataclass
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import BaseModel
from pydantic.fields import FieldInfo


@dataclass(frozen=True)
class Rule:
    """Metadata of a field: completes the sentence "<field> must be ..." where its type does not say it."""

    text: str


@dataclass(frozen=True)
class Unit:
    """Metadata of a field that is a number: what it counts, such as "seconds"."""

    name: str


def rule_of(field: FieldInfo) -> str:
    """The rule that a field declares, or the one that follows from its type and its bounds."""
    declared = [item.text for item in field.metadata if isinstance(item, Rule)]
    if declared:
        return declared[0]
    kind = _kind(field.annotation)
    if get_origin(kind) is Literal:
        return one_of(get_args(kind))
    if kind is bool:
        return "true or false"
    if kind in (int, float):
        return _number(field, "a whole number" if kind is int else "a number")
    raise TypeError(f"a field of type {kind} needs a Rule")


def model_of(field: FieldInfo) -> type[BaseModel] | None:
    """The schema of a field that is an object."""
    kind = _kind(field.annotation)
    return kind if isinstance(kind, type) and issubclass(kind, BaseModel) else None


def one_of(values: tuple[str, ...]) -> str:
    """The values of an enumeration: "'a' or 'b'", "one of 'a', 'b', 'c'"."""
    return " or ".join(map(repr, values)) if len(values) < 3 else f"one of {quoted(values)}"


def quoted(values: Iterable[str]) -> str:
    """The values as a list: "'a', 'b'"."""
    return ", ".join(map(repr, values))


def _kind(annotation: Any) -> Any:
    """The type itself, without its metadata and without None."""
    if get_origin(annotation) is Annotated:
        return _kind(get_args(annotation)[0])
    if get_origin(annotation) in (Union, UnionType):
        return _kind(next(kind for kind in get_args(annotation) if kind is not type(None)))
    return annotation


def _number(field: FieldInfo, kind: str) -> str:
    units = [item.name for item in field.metadata if isinstance(item, Unit)]
    least = [item.ge for item in field.metadata if isinstance(item, Ge)]
    most = [item.le for item in field.metadata if isinstance(item, Le)]
    counted = " of ".join([kind, *units])
    return f"{counted} from {least[0]} to {most[0]}" if most else f"{counted}, {least[0]} or more"
