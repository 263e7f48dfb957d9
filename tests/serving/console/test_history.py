from pathlib import Path

from recsys.release.store import ReleaseStore
from serving.console.history import line, past_releases
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


def test_a_home_without_releases_has_no_past(tmp_path: Path) -> None:
    assert past_releases(ReleaseStore(tmp_path)) == []


def test_the_line_runs_from_zero_at_the_bottom_to_the_greatest_at_the_top() -> None:
    assert line([0.0, 0.1, 0.2]) == "0.0,60.0 160.0,30.0 320.0,0.0"
    assert line([0.3]) == ""
    assert line([0.0, 0.0]) == "0.0,60.0 320.0,60.0"
