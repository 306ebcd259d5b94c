"""The speech engines by name; an engine's module is imported only when it is the one asked for."""

from importlib import import_module

from f5_worker.errors import CannotStart
from f5_worker.settings import Settings
from f5_worker.speech import Engine

_ENGINES = {
    "espeak": "f5_worker.speech.espeak:EspeakEngine",
    "f5": "f5_worker.speech.f5:F5Engine",
}


def load_engine(settings: Settings) -> Engine:
    """Load and warm the engine that `TTS_ENGINE` names; raise `CannotStart` when that is impossible."""
    if settings.engine not in _ENGINES:
        raise CannotStart(
            f"TTS_ENGINE is {settings.engine!r}; it must be one of: {', '.join(sorted(_ENGINES))}"
        )
    module, name = _ENGINES[settings.engine].split(":")
    engine: type[Engine] = getattr(import_module(module), name)
    return engine.load(settings)
