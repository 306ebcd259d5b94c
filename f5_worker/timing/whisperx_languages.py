"""WhisperX's models by language: loaded on first use, beside the jobs, and what failed is remembered."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from f5_worker.errors import CannotStart
from f5_worker.job import JobControl
from f5_worker.timing import Unavailable

if TYPE_CHECKING:
    from f5_worker.timing.whisperx_model import AlignModel

MAX_WAIT = 30.0  # seconds from the start of a load that jobs wait for it; it goes on for later ones
RETRY_AFTER = 600.0  # seconds for which a load that failed is not begun again
_POLL = 0.05  # seconds between two looks at whether the job was cancelled


@dataclass(frozen=True)
class _Load:
    model: "Future[AlignModel]" = field(default_factory=Future)
    began: float = field(default_factory=time.monotonic)

    @property
    def failed(self) -> bool:
        return self.model.done() and self.model.exception() is not None


class LanguageModels:
    """Models by ISO 639-1 language, as `load` makes them; safe to use from any thread."""

    def __init__(self, load: "Callable[[str], AlignModel]") -> None:
        self._load = load
        self._loads: dict[str, _Load] = {}
        self._lock = threading.Lock()

    def preload(self, language: str) -> None:
        """Load a model here and now; raise `Unavailable` when it cannot be had."""
        load = self._loads[language] = _Load()
        self._fill(load, language)
        _result(load, language)

    def get(self, language: str, control: JobControl) -> "AlignModel":
        """The model of a language, loaded in a thread of its own if it must be.

        Raises `Unavailable` when it cannot be loaded, could not be a while ago, or takes too long.
        """
        load = self._begun(language)
        while not load.model.done():
            control.check()
            if time.monotonic() - load.began > MAX_WAIT:
                raise Unavailable(
                    f"its model for {language!r} is still being loaded; later jobs will have it"
                )
            wait([load.model], timeout=_POLL)
        return _result(load, language)

    def problem(self, language: str) -> str:
        """Why the model of a language cannot be had, as far as is known without loading it; else empty."""
        load = self._loads.get(language)
        if load is None or not load.failed or _is_old(load):
            return ""
        return _reason(load, language)

    def loaded(self) -> dict[str, "AlignModel"]:
        """The models that are ready."""
        loads = list(self._loads.items())
        return {name: load.model.result() for name, load in loads if load.model.done() and not load.failed}

    def _begun(self, language: str) -> _Load:
        with self._lock:
            load = self._loads.get(language)
            if load is None or (load.failed and _is_old(load)):
                load = self._loads[language] = _Load()
                arguments = (load, language)
                threading.Thread(target=self._fill, args=arguments, name="loading", daemon=True).start()
            return load

    def _fill(self, load: _Load, language: str) -> None:
        try:
            load.model.set_result(self._load(language))
        except BaseException as error:  # noqa: BLE001 - told to every job that asks for the model
            load.model.set_exception(error)


def _is_old(load: _Load) -> bool:
    return time.monotonic() - load.began > RETRY_AFTER


def _result(load: _Load, language: str) -> "AlignModel":
    if load.failed:
        raise Unavailable(_reason(load, language))
    return load.model.result()


def _reason(load: _Load, language: str) -> str:
    error = load.model.exception()
    if isinstance(error, CannotStart):
        return str(error)
    return f"no alignment model for the language {language!r} could be loaded ({type(error).__name__})"
