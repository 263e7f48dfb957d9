from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from features.engine import Engine
from features.samples import build_posting, read_applications
from recsys.campaign import Posting
from tests.exports import DAY, START, Row
from tests.features.reading import facts_of

NOW = START + 40 * DAY
CREATORS: list[Row] = [{"creator_id": name} for name in ("ann", "bob", "zoe")]
PRODUCTS: list[Row] = [{"product_id": "pan", "brand_id": "home"}, {"product_id": "tea", "brand_id": "drinks"}]


def _sample(name: str, creator: str, product: str, status: str, days_ago: float, **given: object) -> Row:
    row = {"application_id": name, "creator_id": creator, "product_id": product, "status": status}
    return {**row, "requested_at": NOW - round(days_ago * DAY), **given}


def _read(tmp_path: Path, engine: Engine, *samples: Row) -> tuple[pa.Table, pa.Table]:
    """Applications, and the products in their order."""
    facts = facts_of(tmp_path, engine, creators=CREATORS, products=PRODUCTS, samples=list(samples))
    snapshot = facts.at(NOW)
    products = engine.table(f"SELECT * FROM {snapshot.products} ORDER BY product_index")
    return read_applications(snapshot), products


def _posting(tmp_path: Path, engine: Engine, *samples: Row) -> Posting:
    applications, products = _read(tmp_path, engine, *samples)
    return build_posting(applications, products, len(CREATORS), NOW - 14 * DAY)


def test_pending_and_granted_come_in_the_order_of_request(tmp_path: Path, engine: Engine) -> None:
    found, _ = _read(
        tmp_path,
        engine,
        _sample("late", "bob", "tea", "PENDING", 1),
        _sample("early", "ann", "pan", "POSTED", 30, posted_at=NOW - 20 * DAY),
        _sample("no", "zoe", "pan", "REJECTED", 10),
        _sample("yet", "zoe", "tea", "APPROVED", 5),
    )
    assert found["application_id"].to_pylist() == ["early", "yet", "late"]
    assert found["posted"].to_pylist() == [True, False, False]
    assert found["creator_index"].to_pylist() == [0, 2, 1]


def test_a_creator_who_always_posts_is_more_likely_to(tmp_path: Path, engine: Engine) -> None:
    samples = [
        _sample(
            f"{creator}{n}", creator, "pan" if n % 2 else "tea", "POSTED" if n in posted else "APPROVED", 30
        )
        for creator, posted in (("ann", range(1, 20)), ("bob", range(0, 20, 4)))
        for n in range(20)
    ]
    posting = _posting(tmp_path, engine, *samples)
    brand = np.zeros(3, dtype=np.int32)
    ann, bob, zoe = posting.chance(np.arange(3, dtype=np.int32), brand).tolist()
    assert ann > 0.8
    assert bob < 0.4
    # Of zoe nothing is known.
    assert bob < zoe < ann
    assert posting.creator_odds[2] == pytest.approx(1.0)


def test_a_sample_of_late_says_nothing_yet(tmp_path: Path, engine: Engine) -> None:
    old = [_sample(f"o{n}", "ann", "pan", "POSTED" if n % 2 else "APPROVED", 30) for n in range(10)]
    late = [_sample(f"l{n}", "bob", "pan", "APPROVED", 3) for n in range(10)]
    posting = _posting(tmp_path, engine, *old, *late)
    assert posting.usual == pytest.approx(0.5)
    assert posting.creator_odds[1] == pytest.approx(1.0)


def test_without_samples_any_chance_is_as_good(tmp_path: Path, engine: Engine) -> None:
    posting = _posting(tmp_path, engine)
    assert posting.usual == pytest.approx(0.5)
    np.testing.assert_allclose(posting.brand_odds, 1.0)
