"""What a GPU needs and a CPU can show: half precision from end to end, and few shapes."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import torch

from f5_worker.speech import Speech, SpeechOptions
from f5_worker.speech.f5 import MODEL_SECONDS, F5Engine
from f5_worker.speech.f5_model import synthesizer
from f5_worker.speech.f5_model.batches import BUCKET, plan
from f5_worker.speech.f5_model.mel import HOP
from f5_worker.text.chunks import build_script
from f5_worker.text.language import in_one_language
from testing.tiny_models import TinyModels
from tests.speech.f5_model.conftest import load, say

TEXT = "One and two. [pause:0.1s] Three, four and five. [pause:0.1s] And these are some more."
WORDS = "I have been a silent spectator, watching species evolve, empires rise and fall. But remember this: "


@pytest.fixture
def half() -> Iterator[None]:
    """A CPU that does as a GPU does: 16-bit weights."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(synthesizer, "_has_half", lambda _: True)
        yield


def difference(one: Speech, other: Speech) -> float:
    """How far apart two are, as a share of the loudness; 1.4 for two that have nothing in common."""
    assert one.spans == other.spans
    return float(np.linalg.norm(one.audio - other.audio) / np.linalg.norm(other.audio))


def test_in_half_precision_the_speech_is_nearly_the_same(
    models: TinyModels, engine: F5Engine, tmp_path: Path, half: None
) -> None:
    one_by_one, together = (load(models, tmp_path, F5_BATCH=batch) for batch in ("1", "2"))
    assert together.describe()["precision"] == "float16"
    single, batched = say(one_by_one, TEXT), say(together, TEXT)
    assert 0 < difference(single, say(engine, TEXT)) < 0.3  # random weights make much of little
    assert 0 < difference(batched, single) < 0.05


def test_whatever_the_texts_the_batches_have_few_shapes(models: TinyModels, tmp_path: Path) -> None:
    """The shapes that graphs would be captured for; a chunk by itself keeps its own length."""
    engine = load(models, tmp_path, F5_BATCH="8")
    seen = set()
    for length in range(20, 3000, 211):
        for speed in (0.7, 1.0, 1.6):
            options = SpeechOptions(seed=1, speed=speed)
            reference = engine._references.get(engine.default_voice, options.target_rms)
            script = build_script(
                (WORDS * 40)[length % 17 :][:length], in_one_language("en"), engine.budget(None, options)
            )
            texts = [chunk.text for chunk in script.chunks]
            batches = plan(engine._synthesizer.inputs(texts, reference, options), 8)
            seen |= {(len(batch.inputs), batch.length) for batch in batches if len(batch.inputs) > 1}
    longest = -(-int(MODEL_SECONDS * 24_000 / HOP) // BUCKET)  # in buckets
    possible = {(size, BUCKET * count) for size in (2, 4, 8) for count in range(1, longest + 1)}
    assert len(possible) == 51
    assert seen <= possible
    assert len(seen) > 5


def test_noise_comes_from_a_generator_of_the_device(engine: F5Engine) -> None:
    """The global generators are left alone, so that nothing beside a job can change its bytes."""
    torch.manual_seed(5)
    before = torch.random.get_rng_state()
    first = say(engine, "Hello there.")
    assert torch.equal(before, torch.random.get_rng_state())
    torch.manual_seed(6)
    assert np.array_equal(first.audio, say(engine, "Hello there.").audio)
