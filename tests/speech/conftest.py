from collections.abc import Callable
from pathlib import Path

import pytest

from f5_worker.job import JobControl, Progress
from f5_worker.settings import Settings
from f5_worker.speech import Speech, SpeechOptions
from f5_worker.speech.espeak import EspeakEngine
from f5_worker.text.chunks import build_script
from f5_worker.text.language import in_one_language

Say = Callable[..., Speech]


@pytest.fixture(scope="session")
def engine() -> EspeakEngine:
    return EspeakEngine.load(Settings())


@pytest.fixture
def say(engine: EspeakEngine) -> Say:
    """Speak a text: `say("Hallo", language="de", speed=1.5)`; `progress` gets every report."""

    def speak(
        text: str,
        language: str = "en",
        speed: float = 1.0,
        seed: int = 1,
        progress: Callable[[Progress, JobControl], None] = lambda _, __: None,
    ) -> Speech:
        options = SpeechOptions(seed=seed, speed=speed)
        control = JobControl(lambda report: progress(report, control))
        return engine.speak(
            build_script(text, in_one_language(language), engine.budget(None, options)),
            None,
            options,
            control,
        )

    return speak


def children() -> set[int]:
    """Processes that this one has started and that are still there, zombies included."""
    tasks = Path("/proc/self/task").glob("*/children")
    return {int(pid) for task in tasks for pid in task.read_text().split()}
