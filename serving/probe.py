"""Asks a release both ways before anyone else does: what cannot be answered is never served.

Installed as a check of releases (`recsys.release.checks`): the night's gate and every promotion run it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Final

import numpy as np

from recsys.arrays import Float64, Int32, Int64
from recsys.release.reader import Release
from serving.filters import CreatorFilter, ProductFilter
from serving.loaded import LOAD_ERRORS, LoadedRelease
from serving.matcher import Matcher
from serving.matches import Answer

# So many of each kind are asked for: the largest, the newest, those without history, those with most.
OF_A_KIND: Final = 4
AT_RANDOM: Final = 16
# Of so many products every sampled creator's estimates are looked at.
PRODUCTS: Final = 1_000
# No brand of more products is asked for: its answer scores them all for everyone, and says nothing new.
BRAND_PRODUCTS: Final = 1_000
K: Final = 20
NUMBERS: Final = (
    "score",
    "chance_of_sale",
    "expected_units",
    "expected_gmv",
    "expected_commission",
    "expected_commission_low",
    "expected_commission_high",
    "commission_per_unit",
)
MEND: Final = "see is_active of creators and products, listed_at, min_followers and regions in the export"


def faults(release: Release) -> Sequence[str]:
    """What keeps a release from being served, each as a sentence; nothing where all is well."""
    try:
        matcher = Matcher(LoadedRelease.of(release))
        return [*faults_of_estimates(matcher.release), *faults_of_answers(matcher)]
    except LOAD_ERRORS as error:
        return [f"the service cannot answer from it: {error}"]


def sampled_creators(release: LoadedRelease) -> Int32:
    """Creators to ask for: the largest, the newest, those of most and of no history, some at random."""
    history = np.diff(release.payload.affinity.values.indptr)
    joined = release.payload.creators["joined_at"].fill_null(0).to_numpy()
    return _sample(release.creators.follower_count, joined, history, -history)


def sampled_products(release: LoadedRelease) -> Int32:
    """Products to ask for: the dearest, the newest, the most and the least promoted, some at random."""
    products, promoters = release.products, release.promoters
    return _sample(products.price, products.listed_at, promoters, -promoters)


def _sample(*kinds: Int64 | Float64) -> Int32:
    n = len(kinds[0])
    most = [np.argsort(-kind, kind="stable")[:OF_A_KIND] for kind in kinds]
    drawn = np.random.default_rng(0).permutation(n)[:AT_RANDOM]
    return np.unique(np.concatenate([*most, drawn])).astype(np.int32)


def faults_of_estimates(release: LoadedRelease) -> Iterator[str]:
    """Estimates of sampled creators with very many products, promoted already or not."""
    if release.values is None:
        return
    n_products = release.payload.model.n_products
    some = np.sort(np.random.default_rng(0).permutation(n_products)[:PRODUCTS]).astype(np.int32)
    for creator in sampled_creators(release).tolist():
        alone = np.array([creator], dtype=np.int32)
        scores = release.payload.model.score_products(release.view_of(alone), some)[0]
        found = release.values.estimate(np.full_like(some, creator), some, scores)
        for field in fields(found):
            if not np.isfinite(getattr(found, field.name)).all():
                yield f"what creator {release.creator_id(creator)} would sell is no number ({field.name})"
                return


def faults_of_answers(matcher: Matcher) -> Iterator[str]:
    """Answers in both directions, without what is promoted already and with it."""
    release = matcher.release
    creators = [release.creator_id(creator) for creator in sampled_creators(release).tolist()]
    sampled = sampled_products(release).tolist()
    products = [release.product_id(product) for product in sampled]
    brands = brands_of(release, sampled)
    to_creators, to_products, to_brands = [], [], []
    for exclude in (True, False):
        wanted, asked = ProductFilter(exclude_promoted=exclude), CreatorFilter(exclude_promoted=exclude)
        to_creators += [matcher.products_for(creator, K, wanted) for creator in creators]
        to_products += [matcher.creators_for_product(product, K, asked) for product in products]
        to_brands += [matcher.creators_for_brand(brand, K, asked) for brand in brands]
    if not any(answer.matches for answer in to_creators):
        yield f"none of {len(creators)} creators that were asked for is given any product; {MEND}"
    if not any(answer.matches for answer in to_products):
        yield f"none of {len(products)} products that were asked for is given any creator; {MEND}"
    yield from _of_matches([*to_creators, *to_products, *to_brands])


def brands_of(release: LoadedRelease, products: Sequence[int]) -> Sequence[str]:
    """A few of the brands of some products, none of them of more than `BRAND_PRODUCTS`."""
    brands = sorted({release.products.brand.require(product) for product in products})
    small = [brand for brand in brands if len(release.products_of_brand(brand)) <= BRAND_PRODUCTS]
    return small[:OF_A_KIND]


def _of_matches(answers: Sequence[Answer]) -> Iterator[str]:
    for match in (match for answer in answers for match in answer.matches):
        if wrong := [name for name in NUMBERS if not _is_number(getattr(match, name))]:
            pair = f"creator {match.creator_id} with product {match.product_id}"
            yield f"{pair}: {', '.join(wrong)} is no number"
            return


def _is_number(value: float | None) -> bool:
    return value is None or bool(np.isfinite(value))
