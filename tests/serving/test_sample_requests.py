from dataclasses import replace

import pyarrow as pa
import pytest

from recsys.errors import UnknownIdError
from serving.loaded import LoadedRelease
from serving.matcher import Matcher
from serving.sample_requests import rank_requests
from serving.valid import InvalidValueError
from tests.serving.campaigning import with_campaigns


def with_quota(release: LoadedRelease, quota: int) -> LoadedRelease:
    """Every product has so many samples left to give."""
    products = release.payload.products
    column = pa.array([quota] * len(products), pa.int64())
    place = products.column_names.index("sample_quota")
    table = products.set_column(place, "sample_quota", column)
    quotas = replace(release.products, sample_quota=column.to_numpy())
    return replace(release, payload=replace(release.payload, products=table), products=quotas)


def test_only_the_brands_pending_applications_are_ranked(matcher: Matcher) -> None:
    release = with_campaigns(
        matcher.release,
        ("a1", "dan", "cream", "PENDING"),
        ("a2", "dan", "lamp", "PENDING"),
        ("a3", "ada", "soap", "APPROVED"),
        ("a4", "cyd", "soap", "PENDING"),
    )
    ranked = rank_requests(release, "glow", sample_cost=0.0)
    assert {request.application_id for request in ranked.requests} == {"a1", "a4"}
    assert (ranked.pending, ranked.approved) == (2, 2)
    assert [request.rank for request in ranked.requests] == [1, 2]


def test_who_shares_shoppers_with_a_creator_that_has_a_sample_adds_less(matcher: Matcher) -> None:
    alone = with_campaigns(matcher.release, ("a1", "cyd", "soap", "PENDING"))
    beside = with_campaigns(
        matcher.release, ("a0", "ada", "soap", "POSTED"), ("a1", "cyd", "soap", "PENDING")
    )
    (first,), (second,) = (rank_requests(release, "glow", 0.0).requests for release in (alone, beside))
    assert first.overlap == pytest.approx(0, abs=1e-9)
    assert second.overlap > 0
    assert second.added_gmv < first.added_gmv
    assert second.expected_gmv == first.expected_gmv


def test_approvals_stay_within_the_quota(matcher: Matcher) -> None:
    release = with_quota(
        with_campaigns(
            matcher.release, *((f"a{name}", name, "soap", "PENDING") for name in ("ada", "cyd", "dan"))
        ),
        1,
    )
    ranked = rank_requests(release, "glow", sample_cost=0.0)
    assert [request.approve for request in ranked.requests] == [True, False, False]
    best = max(ranked.requests, key=lambda request: request.chance_to_post * request.expected_gmv)
    assert ranked.requests[0] == best
    assert ranked.requests[1].why == "would pay, but no sample of the product is left for it"


def test_what_does_not_pay_is_declined_and_takes_nothing_from_others(matcher: Matcher) -> None:
    release = with_campaigns(
        matcher.release, ("a1", "ada", "soap", "PENDING"), ("a2", "dan", "soap", "PENDING")
    )
    ranked = rank_requests(release, "glow", sample_cost=1_000.0)
    assert ranked.approved == 0
    for request in ranked.requests:
        assert request.margin < 0
        assert "more than it adds" in request.why
        assert request.overlap == pytest.approx(0, abs=1e-2)


def test_a_brand_without_applications_has_none(matcher: Matcher) -> None:
    assert rank_requests(with_campaigns(matcher.release), "glow").requests == ()


def test_bad_requests_are_told(matcher: Matcher) -> None:
    release = with_campaigns(matcher.release)
    with pytest.raises(UnknownIdError, match="nearest is 'glow'"):
        rank_requests(release, "glov")
    with pytest.raises(InvalidValueError, match="sample_cost"):
        rank_requests(release, "glow", -1.0)
