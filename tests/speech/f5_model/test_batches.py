import torch
from hypothesis import given
from hypothesis import strategies as st

from f5_worker.speech.f5_model.batches import BUCKET, plan
from f5_worker.speech.f5_model.passages import Passage


def passages(frames: list[int]) -> list[Passage]:
    return [Passage(index, "", torch.zeros(1), count) for index, count in enumerate(frames)]


@given(st.lists(st.integers(1, 4000), min_size=1, max_size=60), st.sampled_from([1, 2, 4, 8, 32]))
def test_every_chunk_is_in_one_batch_that_holds_it(frames: list[int], most: int) -> None:
    batches = plan(passages(frames), most)
    indices = [passage.index for batch in batches for passage in batch.passages]
    assert sorted(indices) == list(range(len(frames)))
    for batch in batches:
        assert len(batch.passages) in {1, 2, 4, 8, 16, 32}
        assert len(batch.passages) <= most
        longest = max(passage.frames for passage in batch.passages)
        assert longest <= batch.length < longest + BUCKET
        assert batch.length == longest if len(batch.passages) == 1 else batch.length % BUCKET == 0


@given(st.lists(st.integers(1, 4000), min_size=1, max_size=60))
def test_one_at_a_time_pads_nothing(frames: list[int]) -> None:
    assert [batch.length for batch in plan(passages(frames), 1)] == sorted(frames)


def test_the_shapes_follow_from_the_request_alone() -> None:
    frames = [700, 300, 1500, 900, 310]
    shapes = [(len(batch.passages), batch.length) for batch in plan(passages(frames), 8)]
    assert shapes == [(4, 1024), (1, 1500)]


def test_few_shapes_occur_whatever_the_texts() -> None:
    seen = {
        (len(batch.passages), batch.length)
        for count in range(1, 41)
        for batch in plan(passages([800 + 37 * index % 1000 for index in range(count)]), 8)
        if len(batch.passages) > 1
    }
    assert len(seen) <= 3 * (1900 // BUCKET)  # three sizes, and the lengths between 800 and 1800
