from dataclasses import replace

import numpy as np
import pytest

from recsys.arrays import Float32, Int32, empty_csr
from recsys.errors import ReleaseError
from recsys.models.blend import BlendScorer
from recsys.value.estimates import Estimates
from serving.matcher import Matcher
from tests.serving.marketplaces import AS_OF_US, Marketplace
from tests.serving.values import Whole, with_values


def test_the_instant_of_a_release_in_microseconds_is_that_of_its_facts(matcher: Matcher) -> None:
    assert matcher.release.as_of_us == AS_OF_US


def test_the_focus_of_a_creator_is_the_category_of_most_of_its_affinity(matcher: Matcher) -> None:
    release = matcher.release
    names = [release.products.category.values[code] if code >= 0 else None for code in release.focus]
    # ada, bob, cyd, dan, eve, fay
    assert names == ["Beauty/Skin care", "Home", "Home", None, "Outdoor", None]


def test_own_share_is_the_part_of_affinity_in_a_products_category(matcher: Matcher) -> None:
    release = matcher.release
    # bob has affinity 3 with lamp and 1 with serum; cream is of serum's category.
    share = dict(zip(["cream", "lamp", "serum", "soap", "tent", "vase"], release.own_share(1), strict=True))
    expected = {"cream": 0.25, "lamp": 0.75, "serum": 0.25, "soap": 0, "tent": 0, "vase": 0}
    assert share == pytest.approx(expected)
    assert not release.own_share(release.creator_index("dan")).any()


def test_promoters_are_counted_and_promoted_pairs_found(
    large_matcher: Matcher, large_market: Marketplace
) -> None:
    release = large_matcher.release
    known = large_market.affinity.keys() | large_market.sold.keys()
    expected = np.array(
        [[(c, p) in known for p in large_market.product_ids] for c in large_market.creator_ids]
    )
    assert (release.promoters == expected.sum(axis=0)).all()
    products = np.array([3, 1, 7], dtype=np.int32)
    for creators in (np.array([5], dtype=np.int32), np.array([2, 9, 4, 0], dtype=np.int32)):
        assert (release.promoted(creators, products) == expected[creators][:, products]).all()


def test_an_audience_of_other_categories_is_refused(matcher: Matcher) -> None:
    payload, n_creators = matcher.release.payload, len(matcher.release.creators.is_active)
    other = replace(payload.audience, units=empty_csr((n_creators, 2)))
    with pytest.raises(ReleaseError, match="its audience has"):
        replace(matcher.release, payload=replace(payload, audience=other)).check_alignment()


class NoNumbers(Whole):
    """A value model that lost its mind."""

    def estimate(
        self, creators: Int32, products: Int32, scores: Float32, *, asked: bool = False
    ) -> Estimates:
        nothing = np.full(len(products), np.nan)
        return Estimates(*(nothing,) * 7, nothing > 0)


def test_a_value_model_without_numbers_is_refused(matcher: Matcher) -> None:
    with_values(matcher.release).check_values()
    with pytest.raises(ReleaseError, match="estimates that are no numbers"):
        replace(matcher.release, values=NoNumbers()).check_values()


def test_a_list_is_scored_as_the_night_folded_its_creator_in(large_matcher: Matcher) -> None:
    payload = large_matcher.release.payload
    for creator in range(len(payload.view)):
        alone = np.array([creator], dtype=np.int32)
        expected = payload.model.lists(payload.view[alone])[0]
        assert large_matcher.release.scores_of(creator).tobytes() == expected.tobytes()
        np.testing.assert_allclose(
            expected, payload.model.score(payload.rows[creator : creator + 1])[0], rtol=1e-4, atol=1e-5
        )


def test_no_list_folds_a_creator_of_the_release_in_anew(
    large_matcher: Matcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BlendScorer, "view", None)
    assert large_matcher.products_for("c005", 5).matches
