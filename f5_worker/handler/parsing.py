"""A job's `input` ─▶ a typed request, or one sentence that says what is wrong with it."""

import difflib
import itertools
import json
from collections.abc import Iterable, Iterator
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError

from f5_worker.errors import Code, WorkerError
from f5_worker.rules import model_of, rule_of
from f5_worker.schemas import AN_ID, SCHEMAS, JobId, Request, TtsRequest

_JOB_ID: TypeAdapter[str] = TypeAdapter(JobId)


def parse_request(payload: object, max_text_chars: int) -> tuple[Request, list[str]]:
    """Check a job's `input` and give it its type, with a warning for each field that no schema has.

    Raises `WorkerError(INVALID_INPUT)` in one sentence.
    """
    if not isinstance(payload, dict):
        raise _invalid(f"input is {_show(payload)}; it must be an object with the fields of an endpoint")
    endpoint = _endpoint(payload.get("endpoint"))
    schema = SCHEMAS[endpoint]
    warnings = _unknown_fields(payload, schema)
    try:
        request = schema.model_validate(payload | {"endpoint": endpoint})
    except ValidationError as error:
        raise _invalid("; ".join([*_sentences(error, schema), *warnings][:_MAX_PROBLEMS])) from None
    if isinstance(request, TtsRequest) and len(request.text) > max_text_chars:
        raise _invalid(
            f"text has {len(request.text)} characters; it must have at most {max_text_chars}: "
            "split it into several jobs"
        )
    return request, warnings


_MAX_PROBLEMS = 3  # told at once; a caller who sent nonsense is not helped by a hundred
_MAX_UNKNOWN = 5  # fields named in warnings
_MAX_NAME = 64  # characters of a name that is compared with the known ones: time goes with its square
_MAX_SHOWN = 40  # characters of a value
_PRIVATE = frozenset(
    {"text", "ref_text", "voice_data", "voice_file_url", "text_file_url", "local_voice"}
)  # never echoed


def _invalid(message: str) -> WorkerError:
    return WorkerError(Code.INVALID_INPUT, message)


def _endpoint(value: object) -> str:
    """The endpoint that a request names, in any letter case; `tts` where it names none."""
    if value is None or value == "":
        return "tts"
    name = value.lower() if isinstance(value, str) else ""
    if name not in SCHEMAS:
        hint = _did_you_mean(name, SCHEMAS)
        raise _invalid(f"endpoint is {_show(value)}; it must be one of {', '.join(SCHEMAS)}{hint}")
    return name


def _unknown_fields(payload: dict[Any, Any], schema: type[BaseModel]) -> list[str]:
    """A warning for each field that its schema does not have, at most `_MAX_UNKNOWN` of them."""
    unknown = list(_unknown(payload, schema, ""))
    each = ((path, name, known) for path, names, known in unknown for name in names)
    told = [
        f"{_show(f'{path}{name}')} is not a field{_did_you_mean(str(name), known) or '; it was ignored'}"
        for path, name, known in itertools.islice(each, _MAX_UNKNOWN)
    ]
    left = sum(len(names) for _, names, _ in unknown) - len(told)
    return [*told, f"{left} more names in the input are not fields"] if left else told


def _unknown(
    payload: dict[Any, Any], schema: type[BaseModel], path: str
) -> Iterator[tuple[str, list[Any], list[str]]]:
    """For an object and each object in it: its path, its unknown names, and what they could have been."""
    fields = schema.model_fields
    known = [name for name in fields if name != "endpoint"]
    yield path, [name for name in payload if name not in fields], known
    for name in known:
        inner = model_of(fields[name])
        if inner and isinstance(payload.get(name), dict):
            yield from _unknown(payload[name], inner, f"{path}{name}.")


def _did_you_mean(name: str, known: Iterable[str]) -> str:
    if len(name) > _MAX_NAME:
        return ""
    near = difflib.get_close_matches(name.lower(), known, n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def _sentences(error: ValidationError, schema: type[BaseModel]) -> list[str]:
    problems = error.errors(include_url=False, include_context=False)
    told = [
        _sentence(problem["type"], problem["loc"], problem["msg"], problem["input"], schema)
        for problem in problems
    ]
    return list(dict.fromkeys(told))


def _sentence(
    kind: str, loc: tuple[int | str, ...], reason: str, value: object, schema: type[BaseModel]
) -> str:
    reason = reason.removeprefix("Value error, ")
    if not loc:  # a rule about several fields
        return reason
    path = [str(part) for part in loc]
    name = path[-1]
    right = rule_of(_owner(schema, path[:-1]).model_fields[name])
    if kind == "missing":
        return f"{'.'.join(path)} is missing; it must be {right}"
    if kind == "string_unicode":
        reason = "it holds half of a surrogate pair"
    unusable = kind in ("value_error", "string_unicode")
    found = f"not usable: {reason}" if unusable else _show(value, private=name in _PRIVATE)
    return f"{'.'.join(path)} is {found}; it must be {right}"


def _owner(schema: type[BaseModel], path: list[str]) -> type[BaseModel]:
    """The schema that a nested field belongs to: `subtitles.style` gives `SubtitleStyle`."""
    for name in path:
        schema = model_of(schema.model_fields[name]) or schema
    return schema


def _show(value: object, *, private: bool = False) -> str:
    """A value as a caller may see it again: short, and never their text."""
    match value:
        case dict():
            return "an object"
        case list():
            return "a list"
        case str() if private:
            return f"a string of {len(value)} characters"
        case str() if len(value) > _MAX_SHOWN:
            return f"a string of {len(value)} characters that starts with {value[:_MAX_SHOWN]!a}"
        case str():
            return ascii(value)
        case _:
            shown = json.dumps(value)
            return shown if len(shown) <= _MAX_SHOWN else f"{shown[:_MAX_SHOWN]}..."


def check_job_id(value: object) -> str:
    """The platform's job id, which names the job's files; raise `WorkerError(INVALID_INPUT)` if it cannot."""
    try:
        return _JOB_ID.validate_python(value, strict=True)
    except ValidationError:
        raise _invalid(f"the job's id is {_show(value)}; it must be {AN_ID}") from None
