import pyarrow as pa

from features.columns import numbers


def test_columns_are_doubles_and_nothing_stands_for_none() -> None:
    table = pa.table({"n": pa.array([3, None, 2**63 - 1]), "x": pa.array([0.5, None, -1.0])})
    assert numbers(table, "n").tolist() == [3.0, 0.0, 2.0**63]
    assert numbers(table, "x").tolist() == [0.5, 0.0, -1.0]
