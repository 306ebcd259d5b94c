"""The speech engine that the settings name; the module of no other engine is imported."""

from f5_worker.catalog import ENGINES, load
from f5_worker.errors import CannotStart
from f5_worker.settings import Settings
from f5_worker.speech import Engine


def load_engine(settings: Settings) -> Engine:
    """Load and warm the engine that `TTS_ENGINE` names; raise `CannotStart` when that is impossible."""
    if settings.engine not in ENGINES:
        raise CannotStart(
            f"TTS_ENGINE is {settings.engine!r}; it must be one of: {', '.join(sorted(ENGINES))}"
        )
    engine: type[Engine] = load(ENGINES[settings.engine])
    return engine.load(settings)
