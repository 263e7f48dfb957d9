import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.errors import DataError, UnknownIdError
from recsys.ids import MISSING, IdIndex

REAL_IDS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1)


def _index(*ids: str) -> IdIndex:
    return IdIndex.from_ids("creator", ids)


def test_ids_are_ordered_by_their_utf8_bytes_in_whatever_order_they_come() -> None:
    index = _index("é", "z", "a", "10", "9", "中", "😀")
    assert index.ids() == ["10", "9", "a", "z", "é", "中", "😀"]
    assert index.find_all(["10", "中", "a"]).tolist() == [0, 5, 2]


def test_a_miss_is_minus_one_before_between_and_after_the_known_ids() -> None:
    index = _index("b", "d", "f")
    assert index.find_all(["a", "b", "c", "f", "g"]).tolist() == [MISSING, 0, MISSING, 2, MISSING]
    assert MISSING == -1


def test_a_longer_id_is_not_cut_to_one_that_is_known() -> None:
    assert _index("abc").find_all(["abcd", "abc", "ab"]).tolist() == [MISSING, 0, MISSING]


def test_a_trailing_nul_does_not_alias_the_id_without_it() -> None:
    assert _index("abc", "longer").find("abc\0") == MISSING


@pytest.mark.parametrize("identifier", ["", "\ud800", "abc\ud800", "\0"])
def test_what_can_be_no_id_is_a_miss(identifier: str) -> None:
    assert _index("abc", "longer").find(identifier) == MISSING
    assert identifier not in _index("abc")


def test_an_empty_index_knows_nobody() -> None:
    assert len(_index()) == 0
    assert _index().find_all(["a", "b"]).tolist() == [MISSING, MISSING]
    assert _index("a").find_all([]).tolist() == []


def test_membership_and_length() -> None:
    index = _index("a", "b")
    assert "a" in index
    assert "c" not in index
    assert 0 not in index
    assert len(index) == 2


def test_require_names_the_kind_and_the_unknown_id() -> None:
    with pytest.raises(UnknownIdError, match="no creator with the id 'ghost'") as caught:
        _index("a").require("ghost")
    assert (caught.value.kind, caught.value.identifier) == ("creator", "ghost")
    assert _index("a", "b").require("b") == 1


@pytest.mark.parametrize("position", [-1, 2])
def test_an_index_out_of_range_never_wraps_around(position: int) -> None:
    with pytest.raises(IndexError, match=f"creator index {position} is outside 0 … 1"):
        _index("a", "b").id_of(position)


def test_a_repeated_id_is_refused_by_name() -> None:
    with pytest.raises(DataError, match="creator id 'a' appears twice"):
        _index("a", "b", "a")


def test_an_empty_id_is_refused() -> None:
    with pytest.raises(DataError, match="a creator id is empty; give it a real id"):
        _index("x", "")


def test_one_long_id_takes_its_own_length_and_no_more() -> None:
    ids = [str(number) for number in range(1_000)]
    long = "x" * 1_000_000
    short, index = _index(*ids), _index(*ids, long)
    assert (
        index.text.nbytes + index.offsets.nbytes == short.text.nbytes + short.offsets.nbytes + len(long) + 8
    )
    assert index.id_of(index.find(long)) == long
    assert index.find(long[:-1]) == MISSING


@pytest.mark.parametrize("form", [pa.string(), pa.large_string(), pa.dictionary(pa.int8(), pa.string())])
def test_an_arrow_column_gives_the_same_index(form: pa.DataType) -> None:
    ids = ["é", "z", "a", "10"]
    parts = [pa.array(part, pa.string()).cast(form) for part in (ids[:1], [], ids[1:])]
    column = pa.chunked_array(parts)
    assert IdIndex.from_ids("creator", column).ids() == _index(*ids).ids()
    assert IdIndex.from_ids("creator", parts[2].slice(1)).ids() == ["10", "a"]


@given(st.sets(REAL_IDS, max_size=40), st.sets(REAL_IDS, max_size=20))
def test_every_id_finds_its_place_and_no_other_id_does(known: set[str], asked: set[str]) -> None:
    index = IdIndex.from_ids("product", known)
    assert index.ids() == sorted(known, key=str.encode)
    assert [index.id_of(place) for place in range(len(index))] == index.ids()
    np.testing.assert_array_equal(index.find_all(index.ids()), np.arange(len(known)))
    for identifier in asked:
        assert (identifier in index) == (identifier in known)
