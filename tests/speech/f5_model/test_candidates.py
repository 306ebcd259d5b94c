import threading
from collections import Counter
from typing import Any

import numpy as np
import pytest

from f5_worker.audio import Audio
from f5_worker.job import JobControl, Progress
from f5_worker.speech import SpeechOptions
from f5_worker.speech.f5 import F5Engine
from f5_worker.speech.f5_model.candidates import BestOf, Candidate, Verify
from f5_worker.speech.f5_model.model_input import ModelInput

TEXTS = ["The first of them.", "The second, which is bad.", "The third of them."]


class Ear:
    """Hears a fixed share of each text, attempt by attempt; the last is heard ever after."""

    def __init__(self, **shares: list[float]) -> None:
        self.shares = {text: shares.get(text.split()[1].strip(",."), [1.0]) for text in TEXTS}
        self.heard: Counter[str] = Counter()

    def __call__(self, audio: Audio, model_input: ModelInput) -> float:
        text = model_input.text
        self.heard[text] += 1
        shares = self.shares[text]
        return shares[min(self.heard[text], len(shares)) - 1]


def candidates(
    engine: F5Engine, verify: Verify | None, most: int = 3, progress: list[Progress] | None = None
) -> dict[int, Candidate]:
    options = SpeechOptions(seed=3, nfe_step=4, speed=2.0)
    reference = engine._references.get(engine.default_voice, 0.1)
    inputs = engine._synthesizer.inputs(TEXTS, reference, options)
    control = JobControl(progress.append if progress is not None else lambda _: None)
    best_of = BestOf(engine._synthesizer, most)
    return {
        candidate.model_input.index: candidate
        for candidate in best_of.candidates(inputs, reference, options, verify, control)
    }


def test_a_good_first_draw_is_kept(engine: F5Engine) -> None:
    kept = candidates(engine, Ear())
    assert [(kept[index].attempts, kept[index].match) for index in range(3)] == [(1, 1.0)] * 3


def test_a_bad_chunk_alone_is_drawn_again_until_it_is_good(engine: F5Engine) -> None:
    ear = Ear(second=[0.4, 0.95])
    kept = candidates(engine, ear)
    assert (kept[1].attempts, kept[1].match) == (2, 0.95)
    assert [ear.heard[text] for text in TEXTS] == [1, 2, 1]


@pytest.mark.parametrize(
    ("shares", "best"), [([0.1, 0.7, 0.3], 2), ([0.5, 0.5, 0.5], 1), ([0.1, 0.2, 0.3], 3)]
)
def test_the_best_of_bad_draws_is_kept(engine: F5Engine, shares: list[float], best: int) -> None:
    kept = candidates(engine, Ear(second=shares))[1]
    assert (kept.attempts, kept.match) == (3, shares[best - 1])
    enough = candidates(engine, Ear(second=[*[0.0] * (best - 1), 1.0]))[
        1
    ]  # the same attempt, taken for its own sake
    assert np.array_equal(kept.wave, enough.wave)


def test_draws_differ_and_a_request_draws_the_same_again(engine: F5Engine) -> None:
    first, second = (candidates(engine, Ear(second=[*[0.0] * attempts, 1.0]))[1].wave for attempts in (0, 1))
    assert not np.array_equal(first, second)
    assert np.array_equal(second, candidates(engine, Ear(second=[0.0, 1.0]))[1].wave)


def test_chunks_that_were_good_sound_the_same_whatever_the_others_need(engine: F5Engine) -> None:
    alone, beside = candidates(engine, Ear()), candidates(engine, Ear(second=[0.0, 0.0, 0.0]))
    assert all(np.array_equal(alone[index].wave, beside[index].wave) for index in (0, 2))


def test_progress_counts_chunks_and_not_draws(engine: F5Engine) -> None:
    seen: list[Progress] = []
    candidates(engine, Ear(first=[0.0, 0.0, 0.0], second=[0.0, 1.0]), progress=seen)
    assert [(report.done, report.total) for report in seen] == [(1, 3), (2, 3), (3, 3)]


def test_nobody_listens_where_nobody_is_asked(engine: F5Engine) -> None:
    assert [candidate.match for candidate in candidates(engine, None).values()] == [None] * 3


def test_the_next_chunk_is_spoken_while_one_is_listened_to(
    engine: F5Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = threading.Semaphore(0)
    solve = engine._synthesizer._solve

    def counted(*args: Any) -> Any:
        begun.release()
        return solve(*args)

    monkeypatch.setattr(engine._synthesizer, "_solve", counted)
    begun_while_listening: list[bool] = []

    def verify(_: Audio, __: ModelInput) -> float:
        if len(begun_while_listening) < len(TEXTS) - 1:  # there is no chunk after the last
            begun_while_listening.append(begun.acquire(timeout=60) and begun.acquire(timeout=60))
            begun.release()  # the one that was begun is listened to next
        return 1.0

    candidates(engine, verify)
    assert begun_while_listening == [True, True]


def test_a_job_that_fails_has_stopped_speaking(engine: F5Engine) -> None:
    def fail(_: Audio, __: str) -> float:
        raise RuntimeError("deaf")

    before = threading.active_count()
    with pytest.raises(RuntimeError, match="deaf"):
        candidates(engine, fail)
    assert threading.active_count() == before
