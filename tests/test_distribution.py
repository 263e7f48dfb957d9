"""What is installed, and what is in the repository."""

import importlib.metadata
import re
import subprocess
from pathlib import Path

ROOT = Path(__file__).parents[1]
PACKAGES = ("recsys", "features", "training", "serving")


def test_no_other_distribution_owns_one_of_the_four_packages() -> None:
    owners = importlib.metadata.packages_distributions()

    for package in PACKAGES:
        assert set(owners.get(package, ())) <= {"creator-product-recsys"}


def test_constraints_pin_every_dependency_and_hold_no_url() -> None:
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pinned = {line.split("==")[0].lower().replace("_", "-") for line in lines}
    wanted = importlib.metadata.requires("creator-product-recsys") or []

    assert all(re.fullmatch(r"[A-Za-z0-9._-]+==[A-Za-z0-9.+!_-]+", line) for line in lines)
    for requirement in wanted:
        assert re.split(r"[\[<>=; ]", requirement)[0].lower().replace("_", "-") in pinned


def test_no_module_is_above_400_lines() -> None:
    listed = subprocess.run(["git", "ls-files", "*.py"], cwd=ROOT, capture_output=True, text=True, check=True)
    long = [name for name in listed.stdout.split() if (ROOT / name).read_text().count("\n") > 400]

    assert long == []


def test_the_packages_are_typed() -> None:
    assert all((ROOT / package / "py.typed").exists() for package in PACKAGES)
