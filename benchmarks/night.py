"""`python -m benchmarks.night OUT`: what a night takes in markets of three sizes, and on a plain export.

Each night is a process of its own. `--beside DIR` runs the same nights with the code of another checkout
too, one after the other, so that both are measured in one run. `OUT/night.json` holds the figures of this
tree, `OUT/night.md` all tables.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pyarrow.parquet import ParquetFile

from benchmarks.plain import write_plain
from benchmarks.tables import table
from training.simulation.export import simulate
from training.simulation.settings import SimulationSettings

SIZES: Final = ((2_000, 500), (8_000, 2_000), (32_000, 8_000))
PLAIN: Final = "plain 31000x31000"
NIGHT: Final = Path(__file__).with_name("night_once.py")
THIS_TREE: Final = Path(__file__).parents[1]
HEADER: Final = (
    "market",
    "rows",
    "seconds",
    "CPU seconds",
    "peak memory, GB",
    "release, bytes a creator",
    "NDCG@20",
)


@dataclass(frozen=True, slots=True)
class Night:
    """What a night of so many `rows` took; `seconds` on the clock, `stages` in seconds by step."""

    rows: int
    seconds: float
    cpu_seconds: float
    stages: Mapping[str, float]
    peak_mb: float
    release_bytes_per_creator: float
    ndcg: float
    passed: bool

    def as_json(self) -> dict[str, object]:
        """For `night.json`."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}

    def cells(self, market: str) -> Sequence[str]:
        """A row of the table."""
        return (
            market,
            f"{self.rows:,}",
            f"{self.seconds:.0f}",
            f"{self.cpu_seconds:.0f}",
            f"{self.peak_mb / 1000:.2f}",
            f"{self.release_bytes_per_creator:,.0f}",
            f"{self.ndcg:.4f}",
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; answers its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.night", description=__doc__)
    parser.add_argument("out", type=Path, metavar="OUT", help="folder for markets, figures and tables")
    parser.add_argument("--beside", type=Path, metavar="DIR", help="another checkout to measure as well")
    parser.add_argument("--only", metavar="NAME", help=f"one market: {', '.join(markets(Path()))}")
    given = parser.parse_args(arguments)
    out: Path = given.out
    exports = markets(out / "markets")
    if given.only is not None and given.only not in exports:
        parser.error(f"--only {given.only!r} is no market; choose one of {', '.join(exports)}")
    trees = {"this tree": THIS_TREE} | ({"beside": given.beside.resolve()} if given.beside else {})
    found: dict[str, dict[str, Night]] = {tree: {} for tree in trees}
    for name, export in exports.items():
        if given.only in (None, name):
            n_creators = _ensure(name, export)
            for tree, folder in trees.items():
                night = _run(folder, export, out / "homes" / tree.replace(" ", "-"), n_creators)
                found[tree][name] = night
                print(f"{tree}, {name}: {night.seconds:.0f} s, {night.peak_mb:.0f} MB", flush=True)
    nights = found["this tree"]
    (out / "night.json").write_text(
        json.dumps({name: night.as_json() for name, night in nights.items()}, indent=2) + "\n",
        encoding="utf-8",
    )
    text = report(found)
    (out / "night.md").write_text(text, encoding="utf-8")
    print(text)
    return 0


def markets(folder: Path) -> dict[str, Path]:
    """The exports by name."""
    names = [*(f"{creators}x{products}" for creators, products in SIZES), PLAIN]
    return {name: folder / name.replace(" ", "-") for name in names}


def report(found: Mapping[str, Mapping[str, Night]]) -> str:
    """A table a tree, then the stages of this tree's nights and, with two trees, the ratios."""
    lines: list[str] = []
    for tree, nights in found.items():
        rows = [night.cells(market) for market, night in nights.items()]
        lines += [f"### Nights, {tree}", "", *table(HEADER, rows), ""]
    ours = found["this tree"]
    steps = list(dict.fromkeys(step for night in ours.values() for step in night.stages))
    rows = [[step, *(f"{night.stages[step]:.1f}" for night in ours.values())] for step in steps]
    lines += ["### Seconds by stage, this tree", "", *table(("stage", *ours), rows), ""]
    if beside := found.get("beside"):
        rows = [
            [
                market,
                f"{night.seconds / beside[market].seconds:.2f}",
                f"{night.cpu_seconds / beside[market].cpu_seconds:.2f}",
                f"{night.peak_mb / beside[market].peak_mb:.2f}",
            ]
            for market, night in ours.items()
        ]
        lines += [
            "### This tree over the one beside",
            "",
            *table(("market", "seconds", "CPU seconds", "peak memory"), rows),
            "",
        ]
    return "\n".join(lines)


def _ensure(name: str, export: Path) -> int:
    """Make the export where it is absent; answers its number of creators."""
    if not export.exists():
        # Made beside, then renamed: a run that is killed leaves no half export.
        partial = export.with_name(f".{export.name}.partial")
        shutil.rmtree(partial, ignore_errors=True)
        if name == PLAIN:
            write_plain(partial)
        else:
            creators, products = (int(part) for part in name.split("x"))
            simulate(partial, SimulationSettings(creators=creators, products=products))
        partial.rename(export)
    return int(name.removeprefix("plain ").partition("x")[0])


def _rows(export: Path) -> int:
    """Of all tables together."""
    return sum(ParquetFile(table).metadata.num_rows for table in export.glob("*.parquet"))


def _run(tree: Path, export: Path, home: Path, n_creators: int) -> Night:
    shutil.rmtree(home, ignore_errors=True)
    done = subprocess.run(  # noqa: S603 - ourselves
        # -P: what lies beside the script hides no package of the tree.
        [sys.executable, "-P", str(NIGHT), str(export.resolve()), str(home.resolve())],
        cwd=tree,
        env={**os.environ, "PYTHONPATH": str(tree)},
        stdout=subprocess.PIPE,
        check=True,
        text=True,
    )
    told = json.loads(done.stdout.splitlines()[-1])
    shutil.rmtree(home)
    return Night(
        rows=_rows(export),
        seconds=told["seconds"],
        cpu_seconds=told["cpu_seconds"],
        stages=told["stages"],
        peak_mb=told["peak_mb"],
        release_bytes_per_creator=told["release_bytes"] / n_creators,
        ndcg=told["ndcg"],
        passed=told["passed"],
    )


if __name__ == "__main__":
    sys.exit(main())
