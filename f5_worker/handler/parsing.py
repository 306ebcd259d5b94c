"""A job's `input` ─▶ a typed request, or one sentence that says what is wrong with it."""

import difflib
import json

from pydantic import BaseModel, TypeAdapter, ValidationError

from f5_worker.errors import Code, WorkerError
from f5_worker.schemas import AN_ID, SCHEMAS, JobId, Request, TtsRequest

_JOB_ID: TypeAdapter[str] = TypeAdapter(JobId)


def parse_request(payload: object, max_text_chars: int) -> Request:
    """Check a job's `input` and give it its type; raise `WorkerError(INVALID_INPUT)` in one sentence."""
    if not isinstance(payload, dict):
        raise _invalid(f"input is {_show(payload)}; it must be an object with the fields of an endpoint")
    endpoint = payload.get("endpoint", "tts")
    if not isinstance(endpoint, str) or endpoint not in SCHEMAS:
        raise _invalid(
            f"endpoint is {_show(endpoint)}; it must be one of {', '.join(SCHEMAS)}{_hint(endpoint)}"
        )
    try:
        request = SCHEMAS[endpoint].model_validate(payload)
    except ValidationError as error:
        raise _invalid("; ".join(_sentences(error, SCHEMAS[endpoint]))) from None
    if isinstance(request, TtsRequest) and len(request.text) > max_text_chars:
        raise _invalid(
            f"text has {len(request.text)} characters; it must have at most {max_text_chars}: "
            "split it into several jobs"
        )
    return request


_MAX_PROBLEMS = 3  # told at once; a caller who sent nonsense is not helped by a hundred
_PRIVATE = frozenset({"text", "ref_text", "voice_data", "voice_file_url", "local_voice"})  # never echoed


def _invalid(message: str) -> WorkerError:
    return WorkerError(Code.INVALID_INPUT, message)


def _sentences(error: ValidationError, schema: type[BaseModel]) -> list[str]:
    problems = error.errors(include_url=False, include_context=False)
    told = [
        _sentence(problem["type"], problem["loc"], problem["msg"], problem["input"], schema)
        for problem in problems
    ]
    return list(dict.fromkeys(told))[:_MAX_PROBLEMS]


def _sentence(
    kind: str, loc: tuple[int | str, ...], reason: str, value: object, schema: type[BaseModel]
) -> str:
    reason = reason.removeprefix("Value error, ")
    if not loc:  # a rule about several fields
        return reason
    path = [str(part) for part in loc]
    owner = _owner(schema, path[:-1])
    name = path[-1]
    if kind == "extra_forbidden":
        known = [field for field in owner.model_fields if field != "endpoint"]
        return f"{_show(name)} is not a field{_hint(name, known)}"
    right = owner.model_fields[name].description
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
        annotation = schema.model_fields[name].annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            schema = annotation
    return schema


def _hint(name: object, known: list[str] | None = None) -> str:
    names = known if known is not None else list(SCHEMAS)
    near = difflib.get_close_matches(name, names, n=1) if isinstance(name, str) else []
    if near:
        return f"; did you mean {near[0]!r}?"
    return f"; known fields are {', '.join(names) or 'none but endpoint'}" if known is not None else ""


def _show(value: object, *, private: bool = False) -> str:
    """A value as a caller may see it again: short, and never their text."""
    match value:
        case dict():
            return "an object"
        case list():
            return "a list"
        case str() if private:
            return f"a string of {len(value)} characters"
        case str() if len(value) > 40:
            return f"a string of {len(value)} characters that starts with {value[:40]!a}"
        case str():
            return ascii(value)
        case _:
            return json.dumps(value)


def check_job_id(value: object) -> str:
    """The platform's job id, which names the job's files; raise `WorkerError(INVALID_INPUT)` if it cannot."""
    try:
        return _JOB_ID.validate_python(value, strict=True)
    except ValidationError:
        raise _invalid(f"the job's id is {_show(value)}; it must be {AN_ID}") from None
