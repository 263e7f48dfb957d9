from dataclasses import replace

import numpy as np

from serving.console.sales import sales_of
from serving.loaded import LoadedRelease
from serving.matcher import Matcher


def sold(release: LoadedRelease, *units: int) -> LoadedRelease:
    """Every product sold so many units by window, oldest first."""
    past = np.tile(np.array(units, dtype=np.int64), (len(release.products.price), 1))
    return replace(release, products=replace(release.products, past_units=past))


def test_sales_are_told_from_the_oldest_window_to_the_last(matcher: Matcher) -> None:
    sales = sales_of(sold(matcher.release, 0, 1_000, 500), 0)

    assert sales is not None
    assert sales.points == "0.0,60.0 160.0,0.0 320.0,30.0"
    assert sales.lately == "500 sold in the last 7 days"
    assert sales.course == "Units sold by 7 days, oldest first: 0, 1,000, 500"


def test_what_sold_nothing_has_no_line(matcher: Matcher) -> None:
    sales = sales_of(sold(matcher.release, 0, 0, 0, 0), 0)

    assert sales is not None
    assert (sales.points, sales.lately) == ("", "none sold in the last 28 days")


def test_a_release_that_knows_two_windows_has_no_course(matcher: Matcher) -> None:
    lamp = matcher.release.product_index("lamp")

    assert matcher.release.products.past_units[lamp].tolist() == [2, 9]
    assert sales_of(matcher.release, lamp) is None
