import pytest

from serving.valid import InvalidValueError, named_counts, nearest_of, require_known


def test_a_slip_is_told_with_the_nearest_value() -> None:
    with pytest.raises(
        InvalidValueError, match="region: 'us' is not in this release; the nearest is 'US'"
    ) as told:
        require_known("region", "us", ["GB", "US"])
    assert told.value.field == "region"
    require_known("region", "US", ["GB", "US"])


def test_where_nothing_is_near_some_are_named() -> None:
    assert nearest_of("zz", ["GB", "US"]) == "there are 'GB', 'US'"
    assert nearest_of("zz", [f"b{n}" for n in range(20)]).endswith("and 12 more")
    assert nearest_of("zz", []) == "there is none"


def test_counts_are_given_by_name() -> None:
    assert named_counts("regions", ["US=3", "a=b=0"]) == {"US": 3, "a=b": 0}
    for wrong in ("US", "=3", "US=-1", "US=many"):
        with pytest.raises(InvalidValueError, match="such as US=3"):
            named_counts("regions", [wrong])
