"""`python night_once.py EXPORT HOME`: one night in a process of its own, and what it took, as JSON.

Runs in any checkout that has `run_night`, so that two of them can be measured in one run.
"""

import json
import re
import resource
import sys
import time
from pathlib import Path

from training.nightly import NightOptions, run_night


def main(export: Path, home: Path) -> None:
    """Train and print seconds by stage, peak memory, the release's size and what the gate said."""
    begins: list[tuple[str, float]] = []
    start = time.perf_counter()
    result = run_night(
        NightOptions(data=export, home=home), lambda step: begins.append((step, time.perf_counter()))
    )
    end = time.perf_counter()
    usage = resource.getrusage(resource.RUSAGE_SELF)
    ends = [at for _, at in begins[1:]] + [end]
    release = home / "releases" / result.release_id
    figure = result.judgement.figure("recipe", "all", "ndcg", 20)
    print(
        json.dumps(
            {
                "seconds": end - start,
                "cpu_seconds": usage.ru_utime + usage.ru_stime,
                "stages": {step: until - at for (step, at), until in zip(begins, ends, strict=True)},
                "peak_mb": _peak_mb(),
                "release_bytes": sum(file.stat().st_size for file in release.rglob("*") if file.is_file()),
                "release_id": result.release_id,
                "ndcg": figure.value,
                "passed": result.verdict.passed,
            }
        )
    )


def _peak_mb() -> float:
    # Of this program alone: what `getrusage` tells begins with the memory of whoever started it.
    found = re.search(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text(encoding="ascii"))
    return int(found[1]) * 1024 / 1e6 if found else float("nan")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
