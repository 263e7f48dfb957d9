"""The architecture page shows the house as it is: every module that it names exists, and none is missing."""

import re
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
PACKAGES = ("recsys", "features", "training", "serving")


def named_in_the_tree() -> Iterator[PurePosixPath]:
    """Paths of the tree under "The house": each line names siblings, indented by two below their folder."""
    folders: list[PurePosixPath] = []
    for line in PAGE.split("## The house")[1].split("```")[1].splitlines():
        names = re.findall(r"[\w/]+(?:\.py|/)(?=[,:\s])", re.split(r"  +", line.strip())[0] + " ")
        depth = (len(line) - len(line.lstrip())) // 2
        for name in names:
            path = PurePosixPath(*folders[depth - 1 : depth], name)
            yield path
            folders = [*folders[:depth], path]


def modules() -> set[PurePosixPath]:
    """Every module of the four packages, by its path in the repository."""
    found = (path.relative_to(ROOT) for package in PACKAGES for path in (ROOT / package).rglob("*.py"))
    return {PurePosixPath(path) for path in found if not path.name.startswith("__")}


def test_every_path_that_the_page_names_exists() -> None:
    tree = set(named_in_the_tree())
    assert {path.parts[0] for path in tree} == set(PACKAGES)
    for path in tree:
        assert (ROOT / path).exists(), path
    for text in re.findall(r"`((?:recsys|features|training|serving|docs)/[\w./-]+)`", PAGE):
        assert (ROOT / text).exists(), text


def test_every_module_is_in_the_tree_or_in_a_folder_that_is_told_as_one() -> None:
    tree = set(named_in_the_tree())
    opened = {parent for path in tree for parent in path.parents}
    missing = {path for path in modules() - tree if path.parent in opened or path.parent not in tree}

    assert missing == set()
