"""A warm engine on tiny models."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from f5_worker.job import JobControl
from f5_worker.speech import Speech, SpeechOptions
from f5_worker.speech.f5 import F5Engine
from f5_worker.text.chunks import build_script
from f5_worker.text.language import in_one_language
from testing.tiny_models import TinyModels, make_models
from tests.conftest import settings_for

ROOT = Path(__file__).parents[3]

Say = Callable[..., Speech]


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> None:
    torch.set_num_threads(1)


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> TinyModels:
    return make_models(tmp_path_factory.mktemp("tiny"))


@pytest.fixture(scope="session")
def engine(models: TinyModels, tmp_path_factory: pytest.TempPathFactory) -> F5Engine:
    return load(models, tmp_path_factory.mktemp("volume"))


def load(models: TinyModels, volume: Path, **variables: str) -> F5Engine:
    return F5Engine.load(settings_for(volume, **models.environment() | variables))


def say(engine: F5Engine, text: str, language: str = "en", **options: Any) -> Speech:
    """Speak with few steps, for speed; what is tested does not depend on how many there are."""
    voice = options.pop("voice", None)
    control = options.pop("control", JobControl())
    asked = SpeechOptions(**{"seed": 7, "nfe_step": 4} | options)
    return engine.speak(
        build_script(text, in_one_language(language), engine.budget(voice, asked)), voice, asked, control
    )
