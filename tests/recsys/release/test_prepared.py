import numpy as np

from recsys.release.prepared import Prepared, PreparedList, PreparedLists


def prepared_list(*entries: str) -> PreparedList:
    return PreparedList(np.arange(len(entries), dtype=np.int32), tuple(entry.encode() for entry in entries))


def said(found: PreparedList | None) -> list[str] | None:
    return None if found is None else [entry.decode() for entry in found.entries]


def test_lists_come_back_as_they_were_and_where_there_is_none_that_is_said() -> None:
    lists = PreparedLists.of(4, 3, [(1, prepared_list("a", "ü\\n", "c")), (3, prepared_list())])
    prepared = Prepared(lists, PreparedLists.of(0, 3, []), 0.1)
    restored = Prepared.from_state(prepared.state())
    assert restored.explore == 0.1
    for found in (lists, restored.creators):
        assert [said(found.list_of(index)) for index in range(4)] == [None, ["a", "ü\\n", "c"], None, []]
        assert found.places == 3
        first = found.list_of(1)
        assert first is not None
        assert first.listed.tolist() == [0, 1, 2]
