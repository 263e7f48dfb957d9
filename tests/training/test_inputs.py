from pathlib import Path

from features.settings import MarketplaceSettings
from tests.exports import DAY, START, Row, write_export
from training.inputs import open_night

SETTINGS = MarketplaceSettings(horizon_days=14.0)


def test_a_product_listed_after_the_cutoff_is_asked_of_nobody(tmp_path: Path) -> None:
    products: list[Row] = [
        {"product_id": "p1", "listed_at": START},
        {"product_id": "p2", "listed_at": START + 50 * DAY},
    ]
    sales: list[Row] = [
        {"creator_id": creator, "product_id": product, "ordered_at": START + day * DAY}
        for creator, product, day in [("c1", "p1", 10), ("c2", "p1", 52), ("c2", "p2", 52), ("c3", "p2", 52)]
    ]
    sales = [{**sale, "sale_id": f"s{place}"} for place, sale in enumerate(sales)]
    export = write_export(tmp_path / "export", products=products, sales=sales)
    with open_night(export, tmp_path / "home", SETTINGS, START + 60 * DAY) as night:
        test = night.test()

    assert [test.features.affinity.creators.id_of(int(place)) for place in test.creators] == ["c2"]
    assert test.task.relevant.toarray().tolist() == [[1, 0]]
    assert test.task.eligible.tolist() == [True, False]
