from collections.abc import Iterator
from contextlib import ExitStack

import numpy as np
import pytest
from threadpoolctl import threadpool_info, threadpool_limits

from recsys.blas import single_threaded


def _threads() -> set[int]:
    np.ones((2, 2)) @ np.ones((2, 2))
    return {library["num_threads"] for library in threadpool_info() if library["user_api"] == "blas"}


@pytest.fixture(autouse=True)
def two_threads() -> Iterator[None]:
    with threadpool_limits(2, "blas"):
        yield


def test_one_thread_within_and_as_many_as_before_afterwards() -> None:
    with single_threaded():
        assert _threads() == {1}
    assert _threads() == {2}


def test_an_error_within_lifts_the_limit_too() -> None:
    with pytest.raises(ValueError, match="within"), single_threaded():
        raise ValueError("within")
    assert _threads() == {2}


def test_the_limit_holds_until_the_last_has_left_in_whatever_order() -> None:
    with ExitStack() as first:
        first.enter_context(single_threaded())
        with ExitStack() as second:
            second.enter_context(single_threaded())
            first.close()
            assert _threads() == {1}
        assert _threads() == {2}
