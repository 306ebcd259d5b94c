from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest

from f5_worker.speech.f5_model.lru_cache import LruCache


def test_a_value_is_made_once_and_the_one_asked_for_longest_ago_makes_room() -> None:
    made: list[str] = []
    recent: LruCache[str, str] = LruCache(2)
    for key in "abacab":
        recent.get(key, lambda key=key: made.append(key) or key)
    assert made == ["a", "b", "c", "b"]


def test_what_could_not_be_made_is_tried_again() -> None:
    recent: LruCache[str, int] = LruCache(2)
    with pytest.raises(ZeroDivisionError):
        recent.get("a", lambda: 1 // 0)
    assert recent.get("a", lambda: 7) == 7


def test_jobs_at_once_share_one_value() -> None:
    recent: LruCache[str, object] = LruCache(2)
    together = Barrier(4)

    def ask(_: int) -> object:
        together.wait()
        return recent.get("a", object)

    with ThreadPoolExecutor(4) as pool:
        assert len(set(pool.map(ask, range(4)))) == 1
