import numpy as np
import pytest

from recsys.errors import ReleaseError, UnknownIdError
from serving.brand_market import BrandMarket, ShownCount, shown
from serving.matcher import Matcher
from tests.serving.campaigning import with_campaigns


def test_counts_that_tell_of_somebody_are_ranges() -> None:
    assert shown(9) == ShownCount(0, 9)
    assert shown(10) == ShownCount(10, 10)
    # Of 100 all but 4: these 4 would be told as well.
    assert shown(96, of=100) == ShownCount(91, 100)
    assert shown(90, of=100) == ShownCount(90, 90)
    assert shown(3, least=3) == ShownCount(3, 3)


def test_what_pairs_of_a_brand_bring(matcher: Matcher) -> None:
    market = BrandMarket.of(with_campaigns(matcher.release), "glow")
    creators, soap = np.array([0, 3], dtype=np.int32), np.array([3, 3], dtype=np.int32)
    pairs = market.pairs(creators, soap, np.array([3.0, 1.0], dtype=np.float32))
    # Units are 2 to the score, a buyer takes 2 of them; dan's odds to post are 3 to 1.
    np.testing.assert_allclose(pairs.buyers, [4, 1])
    np.testing.assert_allclose(pairs.gmv, [40, 10])
    np.testing.assert_allclose(pairs.posts, [0.5, 0.75])
    np.testing.assert_allclose(pairs.kept, 0.85)
    assert pairs.spent_each == 10
    # Of ada's 40 shoppers 30 know the brand, of dan's none.
    new, all_of_them = market.new_shoppers(pairs), market.sales(pairs)
    np.testing.assert_allclose(new.gains(new.untouched()), [0.5, 0.75])
    np.testing.assert_allclose(all_of_them.gains(all_of_them.untouched()), [2, 0.75])


def test_an_audience_is_counted_with_those_who_know_the_brand(matcher: Matcher) -> None:
    market = BrandMarket.of(with_campaigns(matcher.release), "glow")
    ada, dan, bob = (market.audience(creator) for creator in (0, 3, 1))
    assert ada == (ShownCount(40, 40), ShownCount(30, 30))
    assert dan == (ShownCount(15, 15), ShownCount(0, 9))
    assert bob == (ShownCount(0, 9), ShownCount(0, 9))


def test_an_unknown_brand_is_told_with_the_nearest(matcher: Matcher) -> None:
    with pytest.raises(
        UnknownIdError, match="no brand with the id 'glw' in this release; the nearest is 'glow'"
    ):
        BrandMarket.of(with_campaigns(matcher.release), "glw")


def test_a_release_that_knows_no_shoppers_says_so(valued_matcher: Matcher) -> None:
    with pytest.raises(ReleaseError, match="train anew"):
        BrandMarket.of(valued_matcher.release, "glow")
