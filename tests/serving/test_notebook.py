from pathlib import Path

import pytest
from pydantic import ValidationError

from recsys.errors import ReleaseError, UnknownIdError
from serving.matcher import Matcher
from serving.notebook import Matches
from tests.serving.campaigning import with_campaigns


@pytest.fixture
def shop(matcher: Matcher) -> Matches:
    return Matches(Matcher(with_campaigns(matcher.release, ("a1", "dan", "cream", "PENDING"))))


def test_matches_are_rows_with_why_in_words(shop: Matches) -> None:
    products = shop.products("ada", k=2, exclude_promoted=None)
    answer = shop.matcher.products_for("ada", 2)
    found = answer.matches

    assert products["product_id"].tolist() == [match.product_id for match in found]
    assert products["rank"].tolist() == [1, 2]
    assert products["why"].tolist() == ["; ".join(reason.text for reason in match.reasons) for match in found]
    assert shop.products("ada", k=1, skip=1)["product_id"].tolist() == products["product_id"].tolist()[1:]
    assert (products.attrs["currency"], products.attrs["objective"]) == ("EUR", answer.objective)


def test_creators_plans_and_requests_are_frames_too(shop: Matches) -> None:
    assert (shop.creators("cream", min_followers=20_000)["follower_count"] >= 20_000).all()
    assert shop.creators_of_brand("glow", k=1)["rank"].tolist() == [1]
    plan = shop.plan("glow", 2, exclude_promoted=False)
    assert {"added", "pays", "audience_low", "audience_high"} <= set(plan.columns)
    assert plan.attrs["stop_after"] == plan["pays"].sum()
    assert shop.requests("glow", sample_cost=0.0)["approve"].tolist() == [True]


def test_what_cannot_be_asked_is_told(shop: Matches) -> None:
    with pytest.raises(ValidationError, match="less than or equal to 200"):
        shop.products("ada", k=1_000)
    with pytest.raises(UnknownIdError):
        shop.products("nobody")
    assert shop.creators("cream", min_followers=10_000_000).empty


def test_the_champion_of_a_home_is_opened_or_one_by_its_id(home: Path, tmp_path: Path) -> None:
    champion = Matches.of(home)
    assert Matches.of(home, champion.release.release_id).products("ada").equals(champion.products("ada"))
    with pytest.raises(ReleaseError, match="recsys train"):
        Matches.of(tmp_path)
