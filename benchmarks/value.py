"""`python -m benchmarks.value OUT`: is what the value model tells true, and do its lists earn more?

Calibration, coverage and totals on simulated markets, and captured net revenue on Online Retail. Tables go to
`OUT/value.md`, figures to `OUT/value.json`, the reliability diagram to `OUT/value.png`.
"""

import json
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.calibration import calibration_section, judge_markets
from benchmarks.command import run_command
from benchmarks.revenue import OURS, Captured, capture, revenue_section
from benchmarks.value_report import ValueReport
from training.plots import reliability


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; answers its exit code, that of the converters where the data is missing."""
    return run_command("value", __doc__, _sections, arguments)


def figures(report: ValueReport, captured: Captured) -> dict[str, object]:
    """What goes to `value.json`; `lift` is in the export's currency, a creator."""
    lifts = {name: captured.lift(name) for name in captured.by_policy if name != OURS}
    return {
        "promotions": report.n,
        "ece": report.ece,
        "worst_segment_ece": report.worst_segment_ece,
        "coverage80": report.coverage80,
        "segments": {name: {"n": n, "ece": error} for name, (n, error) in report.segments.items()},
        "online_retail": {
            name: {"lift": lift.mean, "ci_low": lift.low, "ci_high": lift.high}
            for name, lift in lifts.items()
        },
    }


def _sections(out: Path) -> Iterator[str]:
    report = judge_markets(out / "value")
    yield calibration_section(report)
    captured = capture(out / "exports" / "online-retail", out / "value" / "homes" / "online-retail")
    yield revenue_section(captured)
    text = json.dumps(figures(report, captured), indent=2)
    (out / "value.json").write_text(text + "\n", encoding="utf-8")
    reliability(report.reliability, "chance of a sale").savefig(out / "value.png", dpi=120)


if __name__ == "__main__":
    sys.exit(main())
