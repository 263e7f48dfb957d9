import json
from pathlib import Path

import pytest

from recsys.errors import UnknownIdError
from recsys.release.store import ReleaseStore
from serving.console.history import Past, Places, past_releases, report, trends
from tests.serving.marketplaces import AS_OF_US, Marketplace, publish


def test_releases_are_told_newest_first_with_what_they_are(tmp_path: Path, market: Marketplace) -> None:
    first = publish(tmp_path, market)
    second = publish(tmp_path, market, as_of=AS_OF_US + 86_400_000_000)
    (tmp_path / "releases" / first / "manifest.json").write_text("{}")
    newest, oldest = past_releases(ReleaseStore(tmp_path))

    assert (newest.release_id, newest.alias, newest.fault) == (second, "champion", "")
    assert newest.as_of is not None
    assert newest.as_of.isoformat() == "2026-01-02T00:00:00+00:00"
    assert (oldest.release_id, oldest.alias) == (first, "previous")
    assert "is not a release manifest" in oldest.fault


def test_a_report_has_every_model_and_every_segment(tmp_path: Path, market: Marketplace) -> None:
    release_id = publish(tmp_path, market)
    path = tmp_path / "releases" / release_id / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest["provenance"]["metrics"] = {
        "popularity/all/ndcg_at_20": 0.1,
        "recipe/all/ndcg_at_20": 0.3,
        "recipe/all/ndcg_at_20_low": 0.2,
        "recipe/all/ndcg_at_20_high": 0.4,
        "recipe/new_creators/ndcg_at_20": 0.2,
        "recipe/all/recall_at_20": 0.9,
        "recipe_over_popularity/all/ndcg_at_20": 0.2,
        "value/ece": 0.01,
        "value/promotions": 120.0,
        "value/bin_01/n": 60,
        "value/bin_01/expected": 0.1,
        "value/bin_01/happened": 0.2,
        "value/bin_02/n": 60,
        "value/bin_02/expected": 0.5,
        "value/bin_02/happened": 0.4,
        "places/lists": 250,
        "places/scarce_products": 3,
        "places/distinct_products_before": 60,
        "places/distinct_products_after": 70,
        "places/greatest_share_before": 0.5,
        "places/greatest_share_after": 0.25,
    }
    path.write_text(json.dumps(manifest))
    found = report(ReleaseStore(tmp_path), release_id)

    assert [(score.name, score.figure) for score in found.models] == [("recipe", 0.3), ("popularity", 0.1)]
    assert (found.models[0].low, found.models[0].high) == (0.2, 0.4)
    assert [(score.name, score.figure) for score in found.segments] == [
        ("all", 0.3),
        ("new_creators", 0.2),
    ]
    assert found.gain is not None
    assert found.gain.figure == 0.2
    assert (found.calibration_error, found.promotions) == (0.01, 120.0)
    assert found.told == ((0.1, 0.2), (0.5, 0.4))
    assert (found.earned, found.earned_simply) == (None, None)
    assert found.places == Places(distinct=(60, 70), commonest=(0.5, 0.25), scarce=3)
    for unknown in ("none", "../releases", ""):
        with pytest.raises(UnknownIdError):
            report(ReleaseStore(tmp_path), unknown)


def test_a_home_without_releases_has_no_past(tmp_path: Path) -> None:
    assert past_releases(ReleaseStore(tmp_path)) == []


def test_trends_are_of_what_was_measured_twice_on_one_scale() -> None:
    def night(figure: float, peer: float, **more: float) -> Past:
        ndcg = {"recipe/all/ndcg_at_20": figure, "popularity/all/ndcg_at_20": peer}
        return Past("r", "", None, {**ndcg, **more})

    newest_first = [
        night(0.4, 0.1, **{"value/ece": 0.02}),
        Past("r", "", None, {}, "damaged"),
        night(0.2, 0.2),
    ]
    (trend,) = trends(newest_first)

    assert trend.title == "NDCG@20 on first sales"
    assert trend.lines == (
        ("recipe", "0.0,30.0 320.0,0.0", 0.4),
        ("popularity", "0.0,30.0 320.0,45.0", 0.1),
    )
    assert trends(newest_first[:1]) == []
