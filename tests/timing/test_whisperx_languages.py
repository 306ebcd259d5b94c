"""Models of further languages: loaded beside the jobs, and waited for once."""

import threading
from collections.abc import Iterator

import pytest

from f5_worker.errors import CannotStart, Code, WorkerError
from f5_worker.job import JobControl
from f5_worker.timing import Unavailable, whisperx_languages
from f5_worker.timing.whisperx_languages import LanguageModels


class Loader:
    """Loads a name for a model, once it is let go; `asked` counts."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.began, self.go_on = threading.Event(), threading.Event()
        self.error: BaseException | None = None

    def __call__(self, language: str) -> str:
        self.asked.append(language)
        self.began.set()
        self.go_on.wait()
        if self.error is not None:
            raise self.error
        return f"model of {language}"


@pytest.fixture
def loader() -> Iterator[Loader]:
    loads = Loader()
    yield loads
    loads.go_on.set()


def models_of(loader: Loader) -> LanguageModels:
    return LanguageModels(loader)  # type: ignore[arg-type] # it hands models on and looks into none


def test_a_model_is_loaded_once_for_all_jobs(loader: Loader) -> None:
    models = models_of(loader)
    loader.go_on.set()
    assert [models.get("de", JobControl()) for _ in range(3)] == ["model of de"] * 3
    assert models.loaded() == {"de": "model of de"}
    assert loader.asked == ["de"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (CannotStart("the hub is away"), "the hub is away"),
        (OSError("/a/path"), "no alignment model for the language 'zh' could be loaded (OSError)"),
        (MemoryError(), "no alignment model for the language 'zh' could be loaded (MemoryError)"),
    ],
)
def test_what_failed_is_remembered_and_not_tried_again_for_a_while(
    loader: Loader, error: Exception, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    models, loader.error = models_of(loader), error
    loader.go_on.set()
    assert models.problem("zh") == ""
    for _ in range(2):
        with pytest.raises(Unavailable) as failed:
            models.get("zh", JobControl())
        assert str(failed.value) == models.problem("zh") == reason
    assert loader.asked == ["zh"]
    assert models.loaded() == {}
    monkeypatch.setattr(whisperx_languages, "RETRY_AFTER", 0.0)
    loader.error = None
    assert models.problem("zh") == ""
    assert models.get("zh", JobControl()) == "model of zh"


def test_a_load_that_hangs_is_waited_for_once_and_its_model_is_used_when_it_comes(
    loader: Loader, monkeypatch: pytest.MonkeyPatch
) -> None:
    models = models_of(loader)
    monkeypatch.setattr(whisperx_languages, "MAX_WAIT", 0.1)
    for _ in range(2):
        with pytest.raises(Unavailable, match="still being loaded"):
            models.get("zh", JobControl())
    monkeypatch.setattr(whisperx_languages, "MAX_WAIT", 1e6)
    loader.go_on.set()
    assert models.get("zh", JobControl()) == "model of zh"
    assert loader.asked == ["zh"]


def test_another_language_does_not_wait_for_a_load_that_hangs(loader: Loader) -> None:
    models = LanguageModels(lambda language: loader(language) if language == "zh" else "other")  # type: ignore[arg-type, return-value] # as above
    hanging = threading.Thread(target=models.get, args=("zh", JobControl()))
    hanging.start()
    loader.began.wait()
    assert models.get("de", JobControl()) == "other"
    assert hanging.is_alive()
    loader.go_on.set()
    hanging.join()


def test_a_cancelled_job_stops_waiting_for_a_model(loader: Loader) -> None:
    control = JobControl()
    control.cancel("enough")
    with pytest.raises(WorkerError) as stopped:
        models_of(loader).get("zh", control)
    assert stopped.value.code is Code.CANCELLED
