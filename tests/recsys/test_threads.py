from collections.abc import Iterator
from threading import Barrier, Lock, current_thread

import numpy as np
import pytest
from threadpoolctl import threadpool_info

from recsys.threads import MOST, in_threads


def test_results_come_in_the_order_of_the_pieces() -> None:
    assert in_threads(lambda piece: piece * piece, range(20)) == [piece * piece for piece in range(20)]
    assert in_threads(len, []) == []


@pytest.mark.parametrize(("cores", "expected"), [(None, 1), (1, 1), (3, 3), (64, MOST)])
def test_there_are_as_many_threads_as_cores_and_no_more_than_fit_in_memory(
    monkeypatch: pytest.MonkeyPatch, cores: int | None, expected: int
) -> None:
    monkeypatch.setattr("os.cpu_count", lambda: cores)
    together = Barrier(expected, timeout=20)
    lock, within, most = Lock(), 0, 0

    def work(_: int) -> None:
        nonlocal within, most
        with lock:
            within += 1
            most = max(most, within)
        together.wait()
        with lock:
            within -= 1

    in_threads(work, range(3 * expected))
    assert most == expected


def test_linear_algebra_has_one_thread_inside() -> None:
    def threads(_: int) -> Iterator[int]:
        np.ones((2, 2)) @ np.ones((2, 2))
        return iter([one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"])

    assert {number for numbers in in_threads(threads, range(3)) for number in numbers} == {1}


def test_an_error_in_a_piece_is_raised() -> None:
    def fail(piece: int) -> None:
        raise ValueError(f"piece {piece}")

    with pytest.raises(ValueError, match="piece 0"):
        in_threads(fail, range(3))


def test_one_piece_needs_no_thread() -> None:
    assert in_threads(lambda _: current_thread(), [0]) == [current_thread()]
