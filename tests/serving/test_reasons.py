from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TypeAlias

import numpy as np
import pytest

from features.weighting import ALL_CHANNELS
from recsys.pair_totals import StoredTotals
from recsys.release.store import ReleaseStore
from recsys.value.context import PRODUCT_FEATURES
from serving.loaded import LoadedRelease, load_champion
from serving.matcher import Matcher
from serving.reasons import MAX_REASONS, Evidence, Explainer, ReasonKind
from tests.recsys.value.examples import value_model
from tests.serving.campaigning import with_campaigns
from tests.serving.marketplaces import Marketplace, Product, publish

Explain: TypeAlias = Callable[[Marketplace, str, str], Mapping[ReasonKind, Evidence]]


@pytest.fixture
def explain(tmp_path: Path) -> Explain:
    """Evidence by kind of the reasons for a pair of a marketplace."""

    def of_pair(market: Marketplace, creator_id: str, product_id: str) -> Mapping[ReasonKind, Evidence]:
        publish(tmp_path, market)
        release = load_champion(ReleaseStore(tmp_path))
        reasons = Explainer(release, release.creator_index(creator_id)).reasons(
            release.product_index(product_id)
        )
        return {reason.kind: reason.evidence for reason in reasons}

    return of_pair


def without_sales(market: Marketplace, *pairs: tuple[str, str]) -> Marketplace:
    return replace(market, sold={pair: units for pair, units in market.sold.items() if pair not in pairs})


def with_product(market: Marketplace, changed: Product) -> Marketplace:
    kept = [product for product in market.products if product.product_id != changed.product_id]
    return replace(market, products=tuple(sorted([*kept, changed], key=lambda product: product.product_id)))


def test_creators_who_sold_what_this_one_sold_are_alike(explain: Explain, market: Marketplace) -> None:
    # bob sold serum as ada did, and is of another tier; cyd sold lamp too, but shares nothing with ada.
    evidence = explain(market, "ada", "lamp")[ReasonKind.SOLD_BY_ALIKE]
    assert evidence == {
        "creators": 1,
        "units": 7,
        "sold_same_products": 1,
        "same_tier_and_category": 0,
    }


def test_alike_goes_with_the_shared_sale(explain: Explain, market: Marketplace) -> None:
    without = without_sales(market, ("bob", "serum"))
    assert ReasonKind.SOLD_BY_ALIKE not in explain(without, "ada", "lamp")


def test_alike_goes_with_the_sale_of_the_product(explain: Explain, market: Marketplace) -> None:
    without = without_sales(market, ("bob", "lamp"))
    assert ReasonKind.SOLD_BY_ALIKE not in explain(without, "ada", "lamp")


def with_focus(market: Marketplace, creator_id: str, product_id: str) -> Marketplace:
    """All of a creator's affinity in one product, without a sale."""
    kept = {pair: value for pair, value in market.affinity.items() if pair[0] != creator_id}
    return replace(market, affinity={**kept, (creator_id, product_id): 1.0})


def test_creators_of_one_tier_and_focus_are_alike(explain: Explain, market: Marketplace) -> None:
    # dan sold nothing, is micro as ada is, and cream is of the category of most of ada's affinity.
    evidence = explain(with_focus(market, "dan", "cream"), "dan", "serum")[ReasonKind.SOLD_BY_ALIKE]
    assert evidence == {
        "creators": 1,
        "units": 10,
        "sold_same_products": 0,
        "same_tier_and_category": 1,
    }


def test_another_focus_or_tier_is_not_alike(explain: Explain, market: Marketplace) -> None:
    assert ReasonKind.SOLD_BY_ALIKE not in explain(with_focus(market, "dan", "tent"), "dan", "serum")
    assert ReasonKind.SOLD_BY_ALIKE not in explain(with_focus(market, "fay", "cream"), "fay", "serum")


def test_sold_similar_names_the_strongest_product_that_others_sold_too(
    explain: Explain, market: Marketplace
) -> None:
    # Of cyd's row, lamp adds 2 × 0.3 to serum and cream 1 × 0.5; bob sold both lamp and serum.
    evidence = explain(market, "cyd", "serum")[ReasonKind.SOLD_SIMILAR]
    assert evidence == {"product_id": "lamp", "title": "Desk lamp", "creators": 1}


def test_sold_similar_falls_back_on_the_next_product_with_sellers(
    explain: Explain, market: Marketplace
) -> None:
    evidence = explain(without_sales(market, ("bob", "lamp")), "cyd", "serum")[ReasonKind.SOLD_SIMILAR]
    assert evidence == {"product_id": "cream", "title": "Night cream", "creators": 1}


def test_sold_similar_goes_with_its_sellers(explain: Explain, market: Marketplace) -> None:
    nobody = without_sales(market, ("bob", "lamp"), ("ada", "cream"))
    assert ReasonKind.SOLD_SIMILAR not in explain(nobody, "cyd", "serum")


def test_sold_similar_does_not_count_the_creator_itself(explain: Explain, market: Marketplace) -> None:
    # Only ada sold both cream and serum.
    assert ReasonKind.SOLD_SIMILAR not in explain(market, "ada", "cream")


def test_category_record_counts_the_creators_own_units(explain: Explain, market: Marketplace) -> None:
    evidence = explain(market, "bob", "cream")[ReasonKind.CATEGORY_RECORD]
    assert evidence == {"category": "Beauty/Skin care", "units": 2}


def test_category_record_goes_with_the_sales(explain: Explain, market: Marketplace) -> None:
    without = without_sales(market, ("bob", "serum"))
    assert ReasonKind.CATEGORY_RECORD not in explain(without, "bob", "cream")


AUDIENCE = {("ada", "Home"): (12, 15), ("ada", "Beauty"): (3, 3), ("bob", "Home"): (2, 40)}


def test_what_the_audience_bought_is_of_the_products_category(explain: Explain, market: Marketplace) -> None:
    told = replace(market, audience=AUDIENCE)
    evidence = explain(told, "ada", "lamp")[ReasonKind.AUDIENCE_BOUGHT]
    assert evidence == {"buyers": 12, "units": 15, "category": "Home"}
    evidence = explain(told, "ada", "soap")[ReasonKind.AUDIENCE_BOUGHT]
    assert evidence == {"buyers": 3, "units": 3, "category": "Beauty"}
    # Another category's, another creator's.
    assert ReasonKind.AUDIENCE_BOUGHT not in explain(told, "ada", "serum")
    assert ReasonKind.AUDIENCE_BOUGHT not in explain(told, "cyd", "lamp")


def test_what_the_audience_bought_as_a_sentence(tmp_path: Path, market: Marketplace) -> None:
    publish(tmp_path, replace(market, audience=AUDIENCE))
    release = load_champion(ReleaseStore(tmp_path))
    reasons = Explainer(release, release.creator_index("ada")).reasons(release.product_index("lamp"))
    assert "12 of this creator's buyers bought 15 units in Home from other creators" in [
        reason.text for reason in reasons
    ]


def test_few_buyers_are_not_told_of(explain: Explain, market: Marketplace) -> None:
    assert ReasonKind.AUDIENCE_BOUGHT not in explain(replace(market, audience=AUDIENCE), "bob", "lamp")


def test_what_the_audience_bought_goes_with_its_purchases(explain: Explain, market: Marketplace) -> None:
    without = {pair: counts for pair, counts in AUDIENCE.items() if pair != ("ada", "Home")}
    assert ReasonKind.AUDIENCE_BOUGHT not in explain(replace(market, audience=without), "ada", "lamp")
    assert ReasonKind.AUDIENCE_BOUGHT not in explain(market, "ada", "lamp")


def test_rising_compares_two_periods(explain: Explain, market: Marketplace) -> None:
    evidence = explain(market, "ada", "lamp")[ReasonKind.RISING]
    assert evidence == {"recent_units": 9, "earlier_units": 2, "ratio": 4.5, "days": 7.0}


def test_a_rise_out_of_nothing_has_no_rate(explain: Explain, market: Marketplace) -> None:
    lamp = replace(market.products[1], earlier_units=0)
    evidence = explain(with_product(market, lamp), "ada", "lamp")[ReasonKind.RISING]
    assert evidence == {"recent_units": 9, "earlier_units": 0, "days": 7.0}


@pytest.mark.parametrize(("recent", "earlier"), [(9, 9), (9, 8), (2, 9), (4, 0)])
def test_rising_goes_with_the_rise(explain: Explain, market: Marketplace, recent: int, earlier: int) -> None:
    lamp = replace(market.products[1], recent_units=recent, earlier_units=earlier)
    assert ReasonKind.RISING not in explain(with_product(market, lamp), "ada", "lamp")


def test_pay_is_compared_with_the_median_of_the_category(explain: Explain, market: Marketplace) -> None:
    evidence = explain(market, "cyd", "serum")[ReasonKind.PAYS_ABOVE_CATEGORY]
    assert evidence["commission_rate"] == 0.2
    assert evidence["category_median"] == pytest.approx(0.15)
    assert evidence["category"] == "Beauty/Skin care"


def test_pay_that_was_agreed_is_told_as_such(explain: Explain, market: Marketplace) -> None:
    reasons = explain(replace(market, agreed={("cyd", "cream"): 0.25}), "cyd", "cream")
    assert reasons[ReasonKind.PAYS_ABOVE_CATEGORY]["commission_rate"] == 0.25
    lower = replace(market, agreed={("cyd", "serum"): 0.12})
    assert ReasonKind.PAYS_ABOVE_CATEGORY not in explain(lower, "cyd", "serum")


def test_pay_is_no_reason_at_the_median(explain: Explain, market: Marketplace) -> None:
    serum = replace(market.products[2], commission_rate=0.1)
    assert ReasonKind.PAYS_ABOVE_CATEGORY not in explain(with_product(market, serum), "cyd", "serum")


def test_a_new_creator_hears_of_its_peers(explain: Explain, market: Marketplace) -> None:
    # ada is of dan's region and tier, bob of his region only.
    evidence = explain(market, "dan", "serum")[ReasonKind.POPULAR_WITH_PEERS]
    assert evidence == {"creators": 1, "units": 10, "tier": "micro", "region": "US"}


def test_peers_are_no_reason_without_their_sales(explain: Explain, market: Marketplace) -> None:
    without = without_sales(market, ("ada", "serum"))
    assert ReasonKind.POPULAR_WITH_PEERS not in explain(without, "dan", "serum")


def test_peers_are_no_reason_for_a_creator_with_a_record(explain: Explain, market: Marketplace) -> None:
    known = replace(market, affinity={**market.affinity, ("dan", "tent"): 1.0})
    assert ReasonKind.POPULAR_WITH_PEERS not in explain(known, "dan", "serum")


def test_a_pair_without_evidence_has_no_reason(explain: Explain, market: Marketplace) -> None:
    assert explain(market, "fay", "soap") == {}


def test_reasons_are_few(explain: Explain, market: Marketplace) -> None:
    serum = replace(market.products[2], recent_units=9)
    sold = {**market.sold, ("bob", "cream"): 1.0}
    everything = replace(with_product(market, serum), sold=sold)
    # It also pays above its category.
    assert len(explain(everything, "ada", "serum")) == MAX_REASONS


def test_an_audience_that_knows_the_brand_is_told_where_it_reveals_nobody(matcher: Matcher) -> None:
    release = with_campaigns(matcher.release, ("a1", "dan", "cream", "PENDING"))
    soap = release.product_index("soap")

    def evidence(creator_id: str) -> Evidence | None:
        found = Explainer(release, release.creator_index(creator_id)).reasons(soap)
        return next((r.evidence for r in found if r.kind is ReasonKind.AUDIENCE_KNOWS_BRAND), None)

    # Of ada's 40 buyers 30 bought from glow, of all 55 as many.
    assert evidence("ada") == {
        "buyers": 30,
        "share": 0.75,
        "share_of_all_buyers": round(30 / 55, 4),
        "brand_id": "glow",
    }
    # All of cyd's did, and none of dan's.
    assert evidence("cyd") is None
    assert evidence("dan") is None


def with_clicks(release: LoadedRelease, views_and_clicks: Mapping[str, tuple[int, int]]) -> LoadedRelease:
    """The release in which ada's viewers saw and clicked products; usual is a click in 20 views."""
    products = [release.product_index(name) for name in views_and_clicks]
    totals = np.zeros((len(products), len(ALL_CHANNELS)), dtype=np.int64)
    channels = [ALL_CHANNELS.index(name) for name in ("views", "product_clicks")]
    totals[:, channels] = 1_000_000 * np.array(list(views_and_clicks.values()))
    n_creators, n_products = release.payload.affinity.values.shape
    starts = np.full(n_creators + 1, len(products))
    starts[0] = 0
    values = value_model(n_creators, n_products)
    known = values.context.products.copy()
    known[:, PRODUCT_FEATURES.index("log_click_rate")] = np.log(1 / 20)
    payload = replace(
        release.payload,
        totals=StoredTotals(starts, np.array(products, dtype=np.int32), totals),
        values=replace(values, context=replace(values.context, products=known)),
    )
    return replace(release, payload=payload)


def clicked(release: LoadedRelease, product_id: str = "soap", creator_id: str = "ada") -> Evidence | None:
    found = Explainer(release, release.creator_index(creator_id)).reasons(release.product_index(product_id))
    return next((one.evidence for one in found if one.kind is ReasonKind.VIEWERS_CLICKED), None)


def test_viewers_who_click_on_similar_products_more_often_than_usual_are_told_of(matcher: Matcher) -> None:
    # Of ada's row serum adds 2 × 0.4 to soap and cream 1 × 0.1; tent is not similar.
    seen = {"cream": (100, 4), "serum": (300, 36), "tent": (900, 400)}
    assert clicked(with_clicks(matcher.release, seen)) == {
        "product_id": "serum",
        "title": "Face serum",
        "products": 2,
        "recent_clicks": 40,
        "share": 0.1,
        "usual_share": 0.05,
    }


def test_what_viewers_clicked_as_a_sentence(matcher: Matcher) -> None:
    release = with_clicks(matcher.release, {"cream": (100, 4), "serum": (300, 36)})
    texts = [one.text for one in Explainer(release, 0).reasons(release.product_index("soap"))]
    assert (
        "this creator's viewers clicked on Face serum and 1 similar product some 40 times of late, "
        "in 10.0% of views; usual are 5.0%"
    ) in texts


@pytest.mark.parametrize(
    ("serum", "why"),
    [
        ((400, 24), "less than a quarter more than usual"),
        ((80, 9), "fewer than ten tell of somebody"),
        ((170, 12), "more than usual by chance"),
        ((400, 0), "nobody clicked, or no click was reported"),
        ((20, 21), "clicks without views"),
    ],
)
def test_clicks_that_tell_nothing_are_not_told(matcher: Matcher, serum: tuple[int, int], why: str) -> None:
    assert clicked(with_clicks(matcher.release, {"serum": serum})) is None, why


def test_what_viewers_clicked_goes_with_what_the_night_kept(matcher: Matcher) -> None:
    seen = with_clicks(matcher.release, {"serum": (300, 36)})
    assert clicked(seen) is not None
    assert clicked(seen, "tent") is None  # nothing in ada's row is similar
    assert clicked(seen, "soap", "bob") is None  # whose viewers clicked nothing
    assert clicked(replace(seen, payload=replace(seen.payload, totals=None))) is None
    assert clicked(replace(seen, payload=replace(seen.payload, values=None))) is None
