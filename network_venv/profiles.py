"""What each of the project's environments is made of: the worker's two, and what the tests need besides."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path

from network_venv import GB, SetupError
from network_venv.environment import environment_key
from network_venv.pythons import NEWEST, OLDEST, refusal


@dataclass(frozen=True)
class Profile:
    """What an environment is made of: its lock file, free bytes its build needs, modules it must import.

    A module may come with a function to call, "module:function", or may be missing, "module?". `sources`
    locks what has no wheel and is built, `wheel` is a URL or path of a prebuilt wheel that goes in too,
    if it can be installed; None and "" for none.
    """

    requirements: Path
    need: float
    modules: tuple[str, ...]
    sources: Path | None = None
    wheel: str = ""

    @property
    def key(self) -> str:
        """The name of its environment."""
        locks = [self.requirements, *([self.sources] if self.sources else [])]
        return environment_key(locks, self.wheel)


_ROOT = Path(__file__).resolve().parents[1]
_LOCKS = _ROOT / "requirements"
_NOTE_LOADED = "network_venv.warm_start.loaded:note_loaded"  # what comes before it, a start reads ahead
_BASE_MODULES = (
    *("runpod", "pydantic", "pydantic_settings", "numpy", "soundfile", "soxr"),
    *("espeakng_loader", "pysubs2", "ass", "boto3", "httpx", "httpcore", "tqdm"),
    *("babel.dates", "babel.numbers", "babel.units", "num2words", "py3langid", "pocketsphinx?"),
)
_RUNTIME_MODULES = (
    *("torch", "torchaudio", "f5_worker.timing.whisperx_model"),
    "f5_worker.speech.f5_model.upstream:import_upstream",
    *("pypinyin", "rjieba", "pydub", "faster_whisper"),
)
_RARE_MODULES = ("transformers", "whisperx.alignment", "google.cloud.speech")  # loaded when they are needed

# Measured: base 0.32 GB with its cache, plus 0.1 GB for uv and pip while it is built; runtime 7.1 GB.
PROFILES = {
    "base": Profile(_ROOT / "requirements-base.txt", 0.5 * GB, (*_BASE_MODULES, _NOTE_LOADED)),
    "runtime": Profile(
        _ROOT / "requirements-runtime.txt",
        10 * GB,
        (*_RUNTIME_MODULES, *_BASE_MODULES, _NOTE_LOADED, *_RARE_MODULES),
        wheel=os.environ.get("FLASH_ATTN_WHEEL", ""),
    ),
    "test": Profile(_LOCKS / "test.txt", 1.2 * GB, ("pytest", "hypothesis"), _LOCKS / "test-sources.txt"),
    "upstream": Profile(
        _LOCKS / "upstream.txt", 10 * GB, ("torch", "transformers"), _LOCKS / "upstream-sources.txt"
    ),
}


def find_profile(name: str) -> Profile:
    """The profile of that name; raise `SetupError` when there is none, or when not with this Python."""
    if name not in PROFILES:
        raise SetupError(f"WORKER_PROFILE is {name!r}: it must be one of {', '.join(PROFILES)}.")
    if problem := refusal(name):
        raise SetupError(
            f"{sys.executable} cannot make the {name} profile's environment: {problem}. Take a Python from "
            f"3.{OLDEST} to 3.{NEWEST[name]}: the system's (Debian, Ubuntu: python3 and python3-venv) or "
            f"uv's: uv python install 3.{NEWEST[name]}."
        )
    return PROFILES[name]
