from pathlib import Path

from benchmarks.known import read_known
from tests.exports import DAY, START, write_export


def test_all_that_happened_by_an_instant_is_known(tmp_path: Path) -> None:
    sales = [{"product_id": f"p{day}", "ordered_at": START + day * DAY} for day in (1, 2)]
    export = write_export(tmp_path / "export", sales=sales)

    everything = read_known(export, tmp_path / "home")
    earlier = read_known(export, tmp_path / "home", START + DAY)

    assert (everything.as_of, earlier.as_of) == (START + 2 * DAY, START + DAY)
    assert (everything.features.sold_units.nnz, earlier.features.sold_units.nnz) == (2, 1)
