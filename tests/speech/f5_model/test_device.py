import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import torch

from f5_worker.speech.f5_model import references, solver, synthesizer
from f5_worker.speech.f5_model.device import DeviceThread
from f5_worker.speech.f5_model.synthesizer import Synthesizer
from testing.tiny_models import TinyModels
from tests.speech.f5_model.conftest import load, say


@pytest.fixture(scope="module")
def thread() -> DeviceThread:
    return DeviceThread(torch.device("cpu"))


def test_results_keep_their_order_and_come_from_one_other_thread(thread: DeviceThread) -> None:
    makers = set()

    def results() -> Iterator[int]:
        for number in range(50):
            makers.add(threading.get_ident())
            yield number

    assert list(thread.prefetch(results())) == list(range(50))
    assert len(makers) == 1
    assert threading.get_ident() not in makers


def test_the_next_result_is_made_while_one_is_used(thread: DeviceThread) -> None:
    second_begun = threading.Event()

    def results() -> Iterator[int]:
        yield 1
        second_begun.set()
        yield 2

    with closing(thread.prefetch(results())) as ahead:
        assert next(ahead) == 1
        assert second_begun.wait(60)  # would never come if the second waited for its turn


def test_it_is_never_more_than_one_ahead(thread: DeviceThread) -> None:
    made: list[int] = []

    def results() -> Iterator[int]:
        for number in range(10):
            made.append(number)
            yield number

    for used in thread.prefetch(results()):
        assert len(made) <= used + 2


def test_what_making_one_raises_is_raised_in_its_place(thread: DeviceThread) -> None:
    def results() -> Iterator[int]:
        yield 1
        raise ZeroDivisionError

    ahead = thread.prefetch(results())
    assert next(ahead) == 1
    with pytest.raises(ZeroDivisionError):
        next(ahead)


def test_closed_early_it_waits_for_the_one_being_made_and_makes_no_more(thread: DeviceThread) -> None:
    begun, go_on = threading.Event(), threading.Event()
    made: list[int] = []

    def results() -> Iterator[int]:
        made.append(1)
        yield 1
        begun.set()
        go_on.wait(60)
        made.append(2)
        yield 2
        made.append(3)
        yield 3

    ahead = thread.prefetch(results())
    next(ahead)
    begun.wait(60)
    threading.Timer(0.1, go_on.set).start()
    ahead.close()
    assert made == [1, 2]


def test_all_work_of_the_models_is_done_by_one_thread_over_many_jobs(
    models: TinyModels, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workers: dict[str, set[int]] = {}

    def spied(module: Any, name: str) -> None:
        original = getattr(module, name)

        def noted(*args: Any, **kwargs: Any) -> Any:
            workers.setdefault(name, set()).add(threading.get_ident())
            return original(*args, **kwargs)

        monkeypatch.setattr(module, name, noted)

    spied(synthesizer, "load_transformer")
    spied(synthesizer, "load_vocoder")
    spied(references, "prepare")
    spied(solver, "solve")
    spied(Synthesizer, "_decode")
    engine = load(models, tmp_path)
    for job in range(4):
        say(engine, "One. [pause:0.1s] Two.", target_rms=0.1 + job / 100)
    assert set(workers) == {"load_transformer", "load_vocoder", "prepare", "solve", "_decode"}
    assert len(set.union(*workers.values())) == 1
