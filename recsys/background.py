"""Work that goes on beside other work, in a thread of its own."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Event, Thread


@contextmanager
def in_background(name: str, work: Callable[[Event], None]) -> Iterator[None]:
    """Do work in a thread of that name until the block ends.

    The work is given an event, and is to end once that is set; the block ends when it has.
    """
    ending = Event()
    thread = Thread(target=work, args=(ending,), name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ending.set()
        thread.join()
