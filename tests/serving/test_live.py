from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from fastapi.testclient import TestClient

from features.event_log import Event, Value
from features.open_log import open_log
from recsys.release.store import ReleaseStore
from serving.app import create_app
from serving.live import LiveCreators
from serving.loaded import load_champion
from serving.matcher import Matcher
from tests.serving.campaigning import with_campaigns
from tests.serving.marketplaces import Marketplace, publish

LIST, LATER = "/v1/creators/ada/products", "2026-01-02T00:00:00.000000Z"


def sale(name: str, product: str, creator: str = "ada", **row: Value) -> Event:
    state: dict[str, Value] = {
        "sale_id": name,
        "ordered_at": LATER,
        "creator_id": creator,
        "product_id": product,
        "content_id": "v1",
        "quantity": 3,
        "amount": 30.0,
        "commission_rate": 0.1,
        "refunded_quantity": 0,
        "status": "PLACED",
        "updated_at": LATER,
    }
    return Event("sales", state | row)


def signed_up(creator: str, followers: int, **row: Value) -> Event:
    state: dict[str, Value] = {
        "creator_id": creator,
        "follower_count": followers,
        "is_active": True,
        "updated_at": LATER,
    }
    return Event("creators", state | row)


@pytest.fixture
def own_home(tmp_path: Path, market: Marketplace) -> Path:
    publish(tmp_path, market)
    return tmp_path


@pytest.fixture
def base(own_home: Path) -> Matcher:
    return Matcher(with_campaigns(load_champion(ReleaseStore(own_home))))


@pytest.fixture
def service(own_home: Path) -> Iterator[TestClient]:
    with TestClient(create_app(own_home)) as client:
        yield client


def after(home: Path, base: Matcher, creator: str, *events: Event) -> Matcher:
    """What answers for a creator once some events are in the log."""
    log = open_log(home)
    log.append(events)
    return LiveCreators(log).matcher_for(base, creator)


def products(matcher: Matcher, creator: str) -> list[str]:
    return [match.product_id for match in matcher.products_for(creator, 10).matches]


def test_a_sale_is_in_the_next_answer_and_its_refund_in_the_one_after(service: TestClient) -> None:
    before = service.get(LIST)
    assert "soap" in [match["product_id"] for match in before.json()["matches"]]
    row = dict(sale("s1", "soap").row)

    assert service.post("/v1/events", json={"sales": [row]}).status_code == 200
    sold = service.get(LIST, headers={"If-None-Match": before.headers["etag"]})
    assert sold.status_code == 200
    # It is promoted now, and so no news; what is left is scored from a row that knows of it.
    assert "soap" not in [match["product_id"] for match in sold.json()["matches"]]
    assert sold.json()["matches"][0]["score"] != before.json()["matches"][0]["score"]
    rulings = service.get("/v1/creators/ada/eligibility", params={"product_id": "soap"}).json()["rulings"]
    assert [ruling["rule"] for ruling in rulings if not ruling["allowed"]] == ["not_promoted"]

    refund = row | {"refunded_quantity": 3, "updated_at": "2026-01-03T00:00:00Z"}
    assert service.post("/v1/events", json={"sales": [refund]}).status_code == 200
    again = service.get(LIST).json()["matches"]
    assert [match["product_id"] for match in again] == [m["product_id"] for m in before.json()["matches"]]
    assert [match["score"] for match in again] == pytest.approx(
        [match["score"] for match in before.json()["matches"]], rel=1e-5
    )


def test_who_signed_up_today_is_known_at_once(service: TestClient) -> None:
    path = "/v1/creators/gil/products"
    assert service.get(path).status_code == 404
    row = {"creator_id": "gil", "follower_count": 30_500, "region": "US", "updated_at": LATER}
    service.post("/v1/events", json={"creators": [row]})
    found = service.get(path).json()["matches"]
    assert found
    assert {match["new_creator"] for match in found} == {True}

    event = sale("s1", found[0]["product_id"], creator="gil").row
    service.post("/v1/events", json={"sales": [dict(event)]})
    sold = service.get(path).json()["matches"]
    assert found[0]["product_id"] not in [match["product_id"] for match in sold]
    assert {match["new_creator"] for match in sold} == {False}


def test_a_live_row_is_scored_like_any_other(own_home: Path, base: Matcher) -> None:
    """By hand: ada has cream 1 and serum 2; three tents give log2(1 + 3 · weight) after a day."""
    live = after(own_home, base, "ada", sale("s1", "tent")).release
    creator = live.creator_index("ada")
    names, affinity = live.affinity_of(creator)
    tents = np.log2(1 + 3 * 0.5 ** (-1 / 30))
    assert [live.product_id(int(name)) for name in names] == ["cream", "serum", "tent"]
    assert affinity.tolist() == pytest.approx([1, 2, tents], rel=1e-5)
    assert _units(live.sold_by(creator), live.product_index("tent")) == 3
    assert live.focus[creator] == base.release.focus[creator]
    assert live.scores_of(creator).tolist() != base.release.scores_of(creator).tolist()


def test_everyone_else_is_as_the_night_saw_them(own_home: Path, base: Matcher) -> None:
    live = after(own_home, base, "ada", sale("s1", "tent"), signed_up("gil", 10))
    for creator in ("bob", "cyd", "dan"):
        assert live.products_for(creator, 10) == base.products_for(creator, 10)
        assert LiveCreators(open_log(own_home)).matcher_for(base, creator) is base
    everyone = np.arange(6, dtype=np.int32)
    others = everyone[everyone != live.release.creator_index("ada")]
    assert (live.release.promoted(others, everyone) == base.release.promoted(others, everyone)).all()


def test_a_new_creator_is_valued_as_the_one_without_history_of_about_its_size(
    own_home: Path, base: Matcher
) -> None:
    """dan (30,000) and fay (2,000,000) have no history."""
    gil = after(own_home, base, "gil", signed_up("gil", 25_000, region="US", language="en"))
    mine, dans = gil.products_for("gil", 10).matches, base.products_for("dan", 10).matches
    assert [(match.product_id, match.expected_units) for match in mine] == [
        (match.product_id, match.expected_units) for match in dans
    ]
    assert mine[0].follower_count == 25_000
    assert gil.release.creators.recent_gmv is not None
    assert gil.release.creators.recent_gmv.tolist() == [0.0, 99.9, 0.0, 240.0, 0.0, 0.0, 0.0]


def test_what_a_creator_says_of_itself_counts_at_once(own_home: Path, base: Matcher) -> None:
    assert "soap" not in products(base, "bob")  # it asks for 1,000 followers
    bob = after(own_home, base, "bob", signed_up("bob", 1_000, region="FR"))
    assert "soap" in products(bob, "bob")
    match = bob.products_for("bob", 1).matches[0]
    assert (match.follower_count, match.region, match.new_creator) == (1_000, "FR", False)


def test_what_the_night_has_seen_or_nobody_knows_changes_nothing(own_home: Path, base: Matcher) -> None:
    old = {"updated_at": "2025-12-01T00:00:00.000000Z"}
    assert products(after(own_home, base, "bob", signed_up("bob", 1_000, **old)), "bob") == products(
        base, "bob"
    )
    # A sale of somebody of whom nothing else is known.
    assert after(own_home, base, "nil", sale("s9", "tent", creator="nil")) is base


def test_another_process_is_heard_and_rows_are_made_once(own_home: Path, base: Matcher) -> None:
    log = open_log(own_home)
    here, places = LiveCreators(log), log.places()
    assert here.matcher_for(base, "ada") is base
    open_log(own_home).append([sale("s1", "tent")])
    first = here.matcher_for(base, "ada")
    assert first is not base
    assert here.matcher_for(base, "ada") is first
    open_log(own_home).append([sale("s2", "lamp")])
    assert here.matcher_for(base, "ada") is not first
    assert (places.last_of("ada"), places.last_of("bob")) == (2, 0)


def _units(row: tuple[np.ndarray, np.ndarray], product: int) -> float:
    names, units = row
    return float(units[names == product].sum())
