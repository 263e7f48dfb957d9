import os
import signal
import subprocess
import sys
import time
from pathlib import Path

WORK = """
import os, pathlib, sys, time
from serving import workers
def work():
    (pathlib.Path(sys.argv[1]) / str(os.getpid())).touch()
    time.sleep(60)
workers.PAUSE_S = 0.01
workers.in_processes(2, work)
print("over")
"""


def names(folder: Path, n: int) -> set[str]:
    """What processes left there, as soon as it is of so many."""
    end = time.monotonic() + 30
    while time.monotonic() < end:
        found = {path.name for path in folder.iterdir()}
        if len(found) >= n:
            return found
        time.sleep(0.02)
    raise TimeoutError


def runs(process: str) -> bool:
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return False
    return True


def test_who_ends_is_replaced_and_all_end_with_the_first(tmp_path: Path) -> None:
    command = [sys.executable, "-c", WORK, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as first:
        before = names(tmp_path, 2)
        assert len(before) == 2
        os.kill(int(min(before)), signal.SIGKILL)
        after = names(tmp_path, 3)
        assert not runs(min(before))
        first.send_signal(signal.SIGTERM)
        said, log = first.communicate(timeout=10)
    assert (first.returncode, said) == (0, "over\n")
    assert f"worker {min(before)} ended with 9, another takes its place" in log
    assert not any(runs(process) for process in after)
