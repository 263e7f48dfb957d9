from pathlib import Path

import numpy as np
import pytest

from benchmarks.plan_cases import exact_worth, large, small_case, trust
from recsys.errors import UsageError
from recsys.plan.greedy import choose


@pytest.mark.parametrize("seed", range(12))
def test_a_plan_is_nearly_the_best_that_there_is(seed: int) -> None:
    coverage, limits = small_case(seed)
    best = exact_worth(coverage, limits)
    if best is None:
        with pytest.raises(UsageError):
            choose(coverage, limits)
        return
    chosen = choose(coverage, limits)
    assert limits.hold(chosen.candidates)
    assert 0.99 * best <= chosen.worth <= best + 1e-6


def test_who_is_trusted_reaches_those_who_trust(tmp_path: Path) -> None:
    file = tmp_path / "trust.tsv"
    file.write_text("truster\ttrusted\n7\t3\n9\t3\n3\t9\n9\t9\n7\t3\n", encoding="utf-8")
    coverage = trust(file)
    # People 3, 7 and 9; nobody trusts 7, and trust in oneself is none.
    np.testing.assert_array_equal(coverage.gains(coverage.untouched()), [2, 0, 1])


def test_the_large_one_has_the_size_asked_for() -> None:
    coverage = large(0, creators=500, pairs=20_000, shoppers=5_000)
    assert len(coverage) == 500
    assert 5_000 < len(coverage.audiences.members) < 22_000
    assert (coverage.chance < 1).all()
