"""Rounded times keep their order and stay inside the audio."""

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from f5_worker.subtitles.clock import CENTISECONDS, MILLISECONDS, on_grid

times_in_order = st.lists(st.floats(0, 100), min_size=2, max_size=60).map(
    lambda times: list(zip(sorted(times)[::2], sorted(times)[1::2], strict=False))
)


@pytest.mark.parametrize("rate", [MILLISECONDS, CENTISECONDS])
@settings(derandomize=True, deadline=None)
@given(times=times_in_order, duration=st.floats(0, 100))
def test_ticks_are_in_order_without_overlap_and_inside_the_audio(
    rate: int, times: list[tuple[float, float]], duration: float
) -> None:
    ticks = on_grid(times, duration, rate)
    assert len(ticks) == len(times)
    assert all(start <= end for start, end in ticks)
    assert all(before[1] <= after[0] for before, after in pairwise(ticks))
    assert all(start >= 0 and end <= duration * rate + 1e-6 for start, end in ticks)


@settings(derandomize=True, deadline=None)
@given(times=times_in_order)
def test_a_time_moves_by_half_a_tick_at_most_unless_it_had_no_length(
    times: list[tuple[float, float]],
) -> None:
    ticks = on_grid(times, 101.0, MILLISECONDS)
    for (start, end), (left, right) in zip(times, ticks, strict=True):
        slack = 0.5 if round(start * MILLISECONDS) < round(end * MILLISECONDS) else 1.5
        assert abs(left - start * MILLISECONDS) <= slack + 1e-6
        assert abs(right - end * MILLISECONDS) <= slack + 1e-6


def test_times_are_rounded_not_cut() -> None:
    assert on_grid([(0.0996, 0.1999)], 1.0, MILLISECONDS) == [(100, 200)]
    assert on_grid([(0.096, 0.199)], 1.0, CENTISECONDS) == [(10, 20)]


def test_a_word_without_length_gets_a_free_tick() -> None:
    assert on_grid([(0.1, 0.1), (0.5, 0.6)], 1.0, CENTISECONDS) == [(10, 11), (50, 60)]
    assert on_grid([(0.1, 0.2), (0.3, 0.3), (0.3, 0.4)], 1.0, CENTISECONDS) == [(10, 20), (29, 30), (30, 40)]


def test_the_last_tick_is_not_lost_to_floating_point() -> None:
    assert on_grid([(0.0, 0.29)], 0.29, CENTISECONDS) == [(0, 29)]


def test_what_still_goes_on_when_the_next_begins_is_ended_there() -> None:
    times = [(0.0, 5.0), (1.0, 2.0), (3.0, 4.0), (3.5, 6.0)]
    assert on_grid(times, 6.0, CENTISECONDS) == [(0, 100), (100, 200), (300, 350), (350, 600)]


def test_an_end_past_the_audio_is_held_back() -> None:
    assert on_grid([(0.5, 1.2)], 1.0049, MILLISECONDS) == [(500, 1004)]
