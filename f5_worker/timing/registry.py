"""The fallback chain that the settings ask for, of the aligners in the catalog."""

import logging

from f5_worker.catalog import ALIGNERS, load
from f5_worker.errors import CannotStart
from f5_worker.settings import Settings
from f5_worker.start_report import stage
from f5_worker.timing import Aligner, Unavailable
from f5_worker.timing.engine import EngineAligner
from f5_worker.timing.fallback_chain import FallbackChain

log = logging.getLogger(__name__)


def load_fallback_chain(settings: Settings) -> FallbackChain:
    """Load the aligners of `TIMING_METHODS`, in order, behind the engine's own.

    An aligner that is not available in this worker, or fails while it loads, is left out and said once; a
    name that no aligner has raises `CannotStart`.
    """
    aligners: list[Aligner] = [EngineAligner.load(settings)]
    missing: dict[str, str] = {}
    for name in _names(settings.timing_methods):
        try:
            with stage(name):
                aligners.append(_load(name, settings))
        except Unavailable as reason:
            missing[name] = str(reason)
        except Exception as error:  # a worker that speaks and cannot time is better than none
            log.exception("aligner not loaded", extra={"aligner": name})
            missing[name] = f"it could not be loaded ({type(error).__name__})"
    if missing:
        log.info("aligners not available", extra=missing)
    return FallbackChain(aligners, missing)


def _names(setting: str) -> list[str]:
    names = [name.strip() for name in setting.split(",") if name.strip()]
    for name in names:
        if name not in ALIGNERS:
            raise CannotStart(f"TIMING_METHODS names {name!r}; it may hold {', '.join(ALIGNERS)}.")
    return names


def _load(name: str, settings: Settings) -> Aligner:
    aligner: Aligner = load(ALIGNERS[name]).load(settings)
    return aligner
