import pytest

from recsys import batches


@pytest.mark.parametrize(
    ("rows", "columns", "expected"),
    [
        (5, 4, [(0, 2), (2, 4), (4, 5)]),
        (2, 4, [(0, 2)]),
        (3, 100, [(0, 1), (1, 2), (2, 3)]),
        (3, 0, [(0, 3)]),
        (0, 4, []),
    ],
)
def test_batches_cover_the_rows_in_order_within_the_bound_of_cells(
    monkeypatch: pytest.MonkeyPatch, rows: int, columns: int, expected: list[tuple[int, int]]
) -> None:
    monkeypatch.setattr(batches, "CELLS", 10)
    assert [(part.start, part.stop) for part in batches.batches(rows, columns)] == expected
