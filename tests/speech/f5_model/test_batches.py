import torch
from hypothesis import given
from hypothesis import strategies as st

from f5_worker.speech.f5_model.batches import BUCKET, SINGLE_BUCKET, plan
from f5_worker.speech.f5_model.model_input import ModelInput


def inputs(frames: list[int]) -> list[ModelInput]:
    return [ModelInput(index, "", torch.zeros(1), count) for index, count in enumerate(frames)]


@given(st.lists(st.integers(1, 4000), min_size=1, max_size=60), st.sampled_from([1, 2, 4, 8, 32]))
def test_every_chunk_is_in_one_batch_that_holds_it(frames: list[int], most: int) -> None:
    batches = plan(inputs(frames), most)
    indices = [each.index for batch in batches for each in batch.inputs]
    assert sorted(indices) == list(range(len(frames)))
    for batch in batches:
        assert len(batch.inputs) in {1, 2, 4, 8, 16, 32}
        assert len(batch.inputs) <= most
        longest = max(each.frames for each in batch.inputs)
        assert longest <= batch.length < longest + BUCKET
        assert batch.length == longest if len(batch.inputs) == 1 else batch.length % BUCKET == 0


@given(st.lists(st.integers(1, 4000), min_size=1, max_size=60))
def test_one_at_a_time_pads_nothing(frames: list[int]) -> None:
    assert [batch.length for batch in plan(inputs(frames), 1)] == sorted(frames)


def test_the_shapes_follow_from_the_request_alone() -> None:
    frames = [700, 300, 1500, 900, 310]
    shapes = [(len(batch.inputs), batch.length) for batch in plan(inputs(frames), 8)]
    assert shapes == [(4, 1024), (1, 1500)]


def test_few_shapes_occur_whatever_the_texts() -> None:
    seen = {
        (len(batch.inputs), batch.length)
        for count in range(1, 41)
        for batch in plan(inputs([800 + 37 * index % 1000 for index in range(count)]), 8)
        if len(batch.inputs) > 1
    }
    assert len(seen) <= 3 * (1900 // BUCKET)  # three sizes, and the lengths between 800 and 1800


@given(st.lists(st.integers(1, 2100), min_size=1, max_size=60))
def test_on_a_gpu_single_chunks_have_few_lengths_too(frames: list[int]) -> None:
    for batch in plan(inputs(frames), 8, SINGLE_BUCKET):
        longest = max(each.frames for each in batch.inputs)
        bucket = SINGLE_BUCKET if len(batch.inputs) == 1 else BUCKET
        assert batch.length % bucket == 0
        assert longest <= batch.length < longest + bucket
