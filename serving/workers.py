"""Several processes that do the same work, and are replaced where one ends."""

import logging
import os
import signal
import time
from collections.abc import Callable
from types import FrameType

# One that cannot begin would be begun again as fast as the machine can.
PAUSE_S = 1.0
_ENDING = (signal.SIGINT, signal.SIGTERM)
_log = logging.getLogger(__name__)


def in_processes(n: int, work: Callable[[], None]) -> None:
    """Do work in n processes forked from this one until SIGINT or SIGTERM, which each is told too.

    Whatever each opens is its own: nothing may be open here but what all are to share.
    """
    running: set[int] = set()
    ending = False

    def end(number: int, frame: FrameType | None) -> None:
        nonlocal ending
        ending = True
        for process in running:
            os.kill(process, signal.SIGTERM)

    before = {number: signal.signal(number, end) for number in _ENDING}
    try:
        while running or not ending:
            while len(running) < n and not ending:
                running.add(_forked(work))
                signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
            process, status = os.wait()
            running.discard(process)
            if not ending:
                _log.error("worker %d ended with %d, another takes its place", process, status)
                time.sleep(PAUSE_S)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _forked(work: Callable[[], None]) -> int:
    """The id of a new process that does the work and ends."""
    # Neither is told to end before it knows what that means to it.
    signal.pthread_sigmask(signal.SIG_BLOCK, _ENDING)
    process = os.fork()
    if process:
        return process
    status = 1
    try:
        for number in _ENDING:
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _ENDING)
        work()
        status = 0
    finally:
        # Not by `sys.exit`: what this process inherited is for the first one to tidy up.
        os._exit(status)
