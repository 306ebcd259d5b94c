import subprocess
import sys

import pytest

from f5_worker.errors import CannotStart
from f5_worker.settings import Settings
from f5_worker.speech.registry import load_engine


def test_the_engine_is_the_one_that_the_environment_names(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TTS_ENGINE", "espeak")
    assert load_engine(Settings()).name == "espeak"


def test_an_unknown_engine_is_refused_with_the_names_of_the_known_ones(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TTS_ENGINE", "espaek")
    with pytest.raises(CannotStart, match=r"TTS_ENGINE is 'espaek'; it must be one of: .*espeak"):
        load_engine(Settings())


def test_an_engine_is_imported_only_when_it_is_asked_for() -> None:
    program = "import sys; import f5_worker.speech.registry; print('f5_worker.speech.espeak' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
