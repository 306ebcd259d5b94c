"""Which timers there are, and the ladder that the settings ask for."""

import logging
from importlib import import_module
from typing import get_args

from f5_worker.errors import CannotStart
from f5_worker.schemas import TimingMethod
from f5_worker.settings import Settings
from f5_worker.start_report import stage
from f5_worker.timing import Timer, Unavailable
from f5_worker.timing.engine import EngineTimer
from f5_worker.timing.fallback_chain import Ladder

log = logging.getLogger(__name__)

# name -> "module:class", imported only when the timer is configured. One line a timer.
_TIMERS: dict[str, str] = {
    "whisperx": "f5_worker.timing.whisperx:WhisperXTimer",
    "google": "f5_worker.timing.google:GoogleTimer",
    "sphinx": "f5_worker.timing.sphinx:SphinxTimer",
    "dtw": "f5_worker.timing.dtw:DtwTimer",
}


def load_ladder(settings: Settings) -> Ladder:
    """Load the timers of `TIMING_METHODS`, in order, behind the engine's own.

    A timer that is not available in this worker is left out and said once; a name that no timer has
    raises `CannotStart`.
    """
    timers: list[Timer] = [EngineTimer.load(settings)]
    missing: dict[str, str] = {}
    for name in _names(settings.timing_methods):
        try:
            with stage(name):
                timers.append(_load(name, settings))
        except Unavailable as reason:
            missing[name] = str(reason)
    if missing:
        log.info("timers not available", extra=missing)
    return Ladder(timers, missing)


def _names(setting: str) -> list[str]:
    names = [name.strip() for name in setting.split(",") if name.strip()]
    for name in names:
        if name not in get_args(TimingMethod):
            known = ", ".join(get_args(TimingMethod))
            raise CannotStart(f"TIMING_METHODS names {name!r}; it may hold {known}.")
    return names


def _load(name: str, settings: Settings) -> Timer:
    if name not in _TIMERS:
        raise Unavailable("it is not part of this version")
    module, _, attribute = _TIMERS[name].partition(":")
    timer: Timer = getattr(import_module(module), attribute).load(settings)
    return timer
