from pathlib import Path

from benchmarks.swaps import Tags, run
from tests.serving.marketplaces import generated, publish


def test_swaps_under_load_fail_nobody_and_mix_nothing(tmp_path: Path) -> None:
    publish(tmp_path, generated(seed=3, n_creators=30, n_products=40))
    found = run(tmp_path, swaps=2, interval_s=2.0)
    assert (found.failed, found.mixed) == (0, 0)
    # Each client of each worker sees the release change.
    assert found.served >= 4
    assert found.answers > 20


def test_a_tag_of_another_release_is_noticed() -> None:
    tags = Tags()
    assert tags.fits("a", b"one")
    assert tags.fits("a", b"one")
    assert not tags.fits("a", b"two")
