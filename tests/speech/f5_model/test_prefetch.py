import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from f5_worker.speech.f5_model.prefetch import prefetch


def test_results_keep_their_order_and_come_from_one_other_thread() -> None:
    makers = set()

    def results() -> Iterator[int]:
        for number in range(50):
            makers.add(threading.get_ident())
            yield number

    assert list(prefetch(results())) == list(range(50))
    assert len(makers) == 1
    assert threading.get_ident() not in makers


def test_the_next_result_is_made_while_one_is_used() -> None:
    second_begun = threading.Event()

    def results() -> Iterator[int]:
        yield 1
        second_begun.set()
        yield 2

    with closing(prefetch(results())) as ahead:
        assert next(ahead) == 1
        assert second_begun.wait(60)  # would never come if the second waited for its turn


def test_it_is_never_more_than_one_ahead() -> None:
    made: list[int] = []

    def results() -> Iterator[int]:
        for number in range(10):
            made.append(number)
            yield number

    for used in prefetch(results()):
        assert len(made) <= used + 2


def test_what_making_one_raises_is_raised_in_its_place() -> None:
    def results() -> Iterator[int]:
        yield 1
        raise ZeroDivisionError

    ahead = prefetch(results())
    assert next(ahead) == 1
    with pytest.raises(ZeroDivisionError):
        next(ahead)


def test_closed_early_it_waits_for_the_one_being_made_and_makes_no_more() -> None:
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

    ahead = prefetch(results())
    next(ahead)
    begun.wait(60)
    threading.Timer(0.1, go_on.set).start()
    ahead.close()
    assert made == [1, 2]
