import numpy as np

from f5_worker.timing.dtw_mfcc import mfcc
from f5_worker.timing.dtw_path import BAND, _band, warping_path


def test_a_sequence_that_is_played_at_another_pace_is_followed():
    features = np.random.default_rng(0).normal(size=(200, 8)).astype(np.float32)
    pace = np.sort(np.random.default_rng(1).integers(0, 200, 320))
    path = warping_path(features, features[pace])
    assert tuple(path[0]) == (0, 0)
    assert tuple(path[-1]) == (199, 319)
    assert (np.abs(pace[path[:, 1]] - path[:, 0]) <= 2).mean() > 0.99
    assert (np.diff(path, axis=0) >= 0).all()


def test_a_single_frame_matches_everything():
    one, many = np.zeros((1, 3), np.float32), np.ones((50, 3), np.float32)
    assert len(warping_path(one, many)) == len(warping_path(many, one)) == 50


def test_work_and_memory_are_bounded_by_the_band_for_a_hundred_seconds():
    lows, highs = _band(10_000, 10_000)
    widths = highs - lows
    assert widths.min() > 0
    assert widths.max() <= BAND + 1


def test_a_band_leads_from_corner_to_corner_whatever_the_lengths():
    for n, m in [(1, 5000), (5000, 1), (300, 7000), (4000, 4100)]:
        path = warping_path(np.zeros((n, 1), np.float32), np.zeros((m, 1), np.float32))
        assert (tuple(path[0]), tuple(path[-1])) == ((0, 0), (n - 1, m - 1))


def test_coefficients_come_every_ten_milliseconds_and_are_normal():
    features = mfcc(np.random.default_rng(0).normal(0, 0.1, 24_000).astype(np.float32))
    assert features.shape == (100, 26)
    assert np.allclose(features.mean(axis=0), 0, atol=1e-4)
    assert np.allclose(features.std(axis=0), 1, atol=1e-2)
