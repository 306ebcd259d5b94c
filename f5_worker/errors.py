"""What can go wrong, as stable codes and sentences a user can act on.

WorkerError   one job fails; the answer is {"error": "<CODE>: <sentence>"}
CannotStart   the worker cannot take jobs; it prints the sentence and exits with 1
"""

from enum import StrEnum


class Code(StrEnum):
    """The stable error codes of the job contract (API.md lists what each one means)."""

    INVALID_INPUT = "INVALID_INPUT"
    VOICE_NOT_FOUND = "VOICE_NOT_FOUND"
    VOICE_REJECTED = "VOICE_REJECTED"
    FETCH_REFUSED = "FETCH_REFUSED"
    FETCH_FAILED = "FETCH_FAILED"
    NOT_FOUND = "NOT_FOUND"
    STORAGE_FAILED = "STORAGE_FAILED"
    SYNTHESIS_FAILED = "SYNTHESIS_FAILED"
    TIMING_FAILED = "TIMING_FAILED"
    OUT_OF_MEMORY = "OUT_OF_MEMORY"
    CANCELLED = "CANCELLED"
    INTERNAL = "INTERNAL"


class WorkerError(Exception):
    """One job fails: a stable code, and a sentence that says what is wrong and what would be right.

    The sentence reaches the client, so it holds no path, no secret and no part of the caller's text.
    """

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


class CannotStart(Exception):
    """The worker cannot take jobs; its text is the one sentence printed before exit 1."""
