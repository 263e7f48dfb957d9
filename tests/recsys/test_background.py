from threading import Event, current_thread

import pytest

from recsys.background import in_background


def test_work_goes_on_in_a_thread_of_its_name_until_the_block_ends() -> None:
    begun, said = Event(), list[str]()

    def work(ending: Event) -> None:
        said.append(current_thread().name)
        begun.set()
        ending.wait(10)
        said.append("ended")

    with in_background("beside", work):
        assert begun.wait(10)
        assert said == ["beside"]
    assert said == ["beside", "ended"]


def test_work_ends_where_the_block_fails_too() -> None:
    ended = Event()

    def work(ending: Event) -> None:
        ending.wait(10)
        ended.set()

    with pytest.raises(ValueError, match="broken"), in_background("beside", work):
        raise ValueError("broken")
    assert ended.is_set()
