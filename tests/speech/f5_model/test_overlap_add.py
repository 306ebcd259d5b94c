import numpy as np
import pytest

from f5_worker.audio import SAMPLE_RATE, Audio
from f5_worker.speech.f5_model.overlap_add import OverlapAdd


def waves(*lengths: int) -> list[Audio]:
    random = np.random.default_rng(0)
    return [random.uniform(-1, 1, length).astype(np.float32) for length in lengths]


def joined(parts: list[Audio], pauses: list[float], cross_fade: float, lead_in: float = 0.0) -> OverlapAdd:
    overlap_add = OverlapAdd([len(part) for part in parts], pauses, cross_fade, lead_in)
    for index in reversed(range(len(parts))):  # the order must not matter
        overlap_add.add(index, parts[index])
    return overlap_add


def one_after_another(parts: list[Audio], fade: int) -> np.ndarray:
    """Upstream's way: each wave is faded into all that came before it, which is copied every time."""
    whole = parts[0].astype(np.float64)
    for part in parts[1:]:
        shared = whole[-fade:] * np.linspace(1, 0, fade) + part[:fade] * np.linspace(0, 1, fade)
        whole = np.concatenate([whole[:-fade], shared, part[fade:]])
    return whole


def test_it_joins_as_upstream_does() -> None:
    parts = waves(30_000, 20_000, 25_000, 40_000)
    ours = joined(parts, [0, 0, 0, 0], 0.15).audio
    expected = one_after_another(parts, int(0.15 * SAMPLE_RATE))
    assert len(ours) == len(expected)
    assert np.abs(ours - expected).max() <= np.finfo(np.float32).eps


def test_no_cross_fade_puts_waves_end_to_end() -> None:
    parts = waves(1000, 2000, 10)
    assert np.array_equal(joined(parts, [0, 0, 0], 0.0).audio, np.concatenate(parts))


def test_places_meet_in_the_middle_of_a_cross_fade() -> None:
    overlap_add = joined(waves(10_000, 10_000, 10_000), [0, 0, 0], 0.1)
    audible = [placement.audible for placement in overlap_add.placements]
    assert audible == [(0, 8800), (8800, 16_400), (16_400, 25_200)]
    assert audible[-1][1] == len(overlap_add.audio)


def test_a_wave_is_unchanged_where_it_is_heard_alone() -> None:
    parts = waves(9000, 8000, 7000)
    overlap_add = joined(parts, [0, 0, 0], 0.05, lead_in=0.5)
    for placement, part in zip(overlap_add.placements, parts, strict=True):
        inside = slice(placement.fade_in, placement.length - placement.fade_out)
        assert np.array_equal(
            overlap_add.audio[placement.start : placement.start + placement.length][inside], part[inside]
        )


@pytest.mark.parametrize("pause", [0.001, 0.25, 1.5])
def test_a_pause_is_exact_silence_and_nothing_is_faded_into_it(pause: float) -> None:
    first, second = waves(5000, 6000)
    audio = joined([first, second], [pause, pause], 0.15, lead_in=pause).audio
    silence = np.zeros(round(pause * SAMPLE_RATE), np.float32)
    assert np.array_equal(audio, np.concatenate([silence, first, silence, second, silence]))


def test_waves_shorter_than_the_cross_fade_never_overlap_by_three() -> None:
    overlap_add = joined(waves(3000, 100, 101, 3000), [0, 0, 0, 0], 1.0)
    ends = [placement.start + placement.length for placement in overlap_add.placements]
    assert all(overlap_add.placements[i + 2].start >= ends[i] for i in range(2))
    assert [placement.audible[0] for placement in overlap_add.placements[1:]] == [
        placement.audible[1] for placement in overlap_add.placements[:-1]
    ]
