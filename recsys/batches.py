"""Work in batches of rows, so that memory does not grow with creators."""

from collections.abc import Iterator

CELLS = 16_000_000


def batches(n_rows: int, n_columns: int, cells: int | None = None) -> Iterator[slice]:
    """Slices that cover 0 … n_rows in order, each of at most `cells` (`CELLS`) cells of a dense matrix."""
    size = max(1, (CELLS if cells is None else cells) // max(n_columns, 1))
    for start in range(0, n_rows, size):
        yield slice(start, min(start + size, n_rows))
