from dataclasses import replace

import pytest

from recsys.errors import UnknownIdError, UsageError
from serving.campaigns import Campaign, plan_campaign
from serving.filters import CreatorFilter
from serving.loaded import LoadedRelease
from serving.matcher import Matcher
from serving.valid import InvalidValueError
from tests.serving.campaigning import with_campaigns

EVERYONE = CreatorFilter(exclude_promoted=False)


@pytest.fixture(scope="module")
def release(matcher: Matcher) -> LoadedRelease:
    return with_campaigns(matcher.release)


def test_new_shoppers_are_where_nobody_knows_the_brand(release: LoadedRelease) -> None:
    plan = plan_campaign(release, Campaign("glow", 3, filters=EVERYONE, sample_cost=0.0))
    by_creator = {sample.creator_id: sample for sample in plan.samples}
    # Ada's and cyd's shoppers know glow already; those of bob and fay are too few to tell of.
    assert by_creator.keys() == {"dan", "bob", "fay"}
    # Eve is inactive.
    assert plan.candidates == 5
    assert [sample.rank for sample in plan.samples] == [1, 2, 3]
    assert plan.samples[0].total_added == plan.samples[0].added
    assert all(sample.pays for sample in plan.samples)


def test_sales_count_those_who_know_the_brand_but_nobody_twice(release: LoadedRelease) -> None:
    both = plan_campaign(
        release, Campaign("glow", 2, "gmv", filters=EVERYONE, include=("ada", "cyd"), sample_cost=0.0)
    )
    first, second = both.samples
    assert first.added == pytest.approx(first.chance_to_post * first.expected_gmv, abs=0.01)
    assert second.added < second.chance_to_post * second.expected_gmv


def test_it_stops_where_the_next_costs_more_than_it_adds(release: LoadedRelease) -> None:
    dear = plan_campaign(release, Campaign("glow", 5, "gmv", filters=EVERYONE, sample_cost=40.0))
    assert 0 < dear.stop_after < 5
    assert [sample.pays for sample in dear.samples] == [n < dear.stop_after for n in range(5)]
    assert all((sample.margin > 0) == sample.pays for sample in dear.samples)
    free = plan_campaign(release, Campaign("glow", 5, "gmv", filters=EVERYONE, sample_cost=0.0))
    assert free.stop_after == 5


def test_a_budget_and_minimums_hold(release: LoadedRelease) -> None:
    plan = plan_campaign(
        release,
        Campaign(
            "glow",
            3,
            "gmv",
            budget=10.0,
            sample_cost=5.0,
            filters=EVERYONE,
            min_by_region={"GB": 1},
            min_by_tier={"nano": 1},
        ),
    )
    assert {sample.creator_id for sample in plan.samples} == {"bob", "cyd"}
    assert plan.samples[-1].total_cost == 10.0
    assert sum(plan.tiers.values()) == 2


def test_those_included_come_first_and_those_excluded_never(release: LoadedRelease) -> None:
    plan = plan_campaign(
        release, Campaign("glow", 4, filters=EVERYONE, include=("cyd",), exclude=("dan",), sample_cost=0.0)
    )
    assert (plan.samples[0].creator_id, plan.samples[0].required) == ("cyd", True)
    assert "dan" not in {sample.creator_id for sample in plan.samples}


def test_a_quota_of_samples_holds(release: LoadedRelease) -> None:
    # Camp's only product has two samples to give.
    plan = plan_campaign(release, Campaign("camp", 4, "gmv", filters=EVERYONE, sample_cost=0.0))
    assert len(plan.samples) == 2


@pytest.mark.parametrize(
    ("campaign", "says"),
    [
        (Campaign("glow", 9, filters=EVERYONE), "samples: 9 is more than .* at most 5"),
        (Campaign("glow", 1, filters=CreatorFilter(region="us")), "region: 'us' .* nearest is 'US'"),
        (Campaign("glow", 1, filters=CreatorFilter(language="dee")), "language: 'dee' .* nearest is 'de'"),
        (Campaign("glow", 1, filters=CreatorFilter(category="Beaty")), "category: 'Beaty' .* 'Beauty'"),
        (Campaign("glow", 1, min_by_region={"gb": 1}), "min_by_region: 'gb' .* nearest is 'GB'"),
        (Campaign("glow", 1, min_by_tier={"nanno": 1}), "min_by_tier: 'nanno' .* nearest is 'nano'"),
        (Campaign("glow", 1, include=("eve",)), "include: 'eve' may promote no product of the brand"),
        (Campaign("glow", 1, filters=CreatorFilter(min_followers=9_000_000)), "has nobody to send to"),
        (
            Campaign("glow", 2, filters=EVERYONE, min_by_region={"GB": 2}),
            "at least 2 creators are asked for with region GB, but only 1",
        ),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_can(
    release: LoadedRelease, campaign: Campaign, says: str
) -> None:
    with pytest.raises(UsageError, match=says):
        plan_campaign(release, campaign)


@pytest.mark.parametrize(
    ("field", "value"),
    [("samples", 0), ("budget", 0.0), ("sample_cost", -1.0), ("shopper_worth", -1.0), ("objective", "sales")],
)
def test_a_campaign_of_nothing_is_refused(field: str, value: float | str) -> None:
    with pytest.raises(InvalidValueError, match=field):
        replace(Campaign("glow", 1), **{field: value})  # type: ignore[arg-type]


def test_include_and_exclude_contradict_each_other() -> None:
    with pytest.raises(InvalidValueError, match="include: 'ada' is in exclude too"):
        Campaign("glow", 1, include=("ada", "bob"), exclude=("ada",))


def test_unknown_ids_are_told(release: LoadedRelease) -> None:
    with pytest.raises(UnknownIdError, match="nearest is 'glow'"):
        plan_campaign(release, Campaign("glo", 1))
    with pytest.raises(UnknownIdError, match="nobody"):
        plan_campaign(release, Campaign("glow", 1, exclude=("nobody",)))
