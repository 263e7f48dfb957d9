"""Why a creator matches a product, each reason with the evidence it was computed from."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from itertools import islice
from typing import TypeAlias

import numpy as np

from recsys.arrays import Bool, Float32, Float64, Int32, stored_in
from recsys.plan.overlap import LEAST_SHOWN
from serving.catalog import RATE_DECIMALS
from serving.columns import NULL_CODE
from serving.loaded import LoadedRelease, entries

MAX_REASONS = 4
# Fewer units than this rise and fall by chance.
MIN_RISING_UNITS = 5
MIN_RISING_RATIO = 1.25
# Fewer buyers could be told apart, and are together by chance.
MIN_AUDIENCE_BUYERS = 3
# Fewer buyers of the brand among an audience than so many times the usual are no likeness.
MIN_BRAND_RATIO = 1.25
# Of a creator's own products so many speak for one by what its viewers clicked.
MOST_CLICKED = 3
# Fewer clicks than so many times the usual, or within so many deviations of it, tell nothing.
MIN_CLICK_RATIO, CLICK_DEVIATIONS = 1.25, 2.0

Evidence: TypeAlias = Mapping[str, str | int | float]


class ReasonKind(StrEnum):
    """What a reason rests on."""

    SOLD_BY_ALIKE = "sold_by_alike"
    CATEGORY_RECORD = "category_record"
    AUDIENCE_BOUGHT = "audience_bought"
    VIEWERS_CLICKED = "viewers_clicked"
    AUDIENCE_KNOWS_BRAND = "audience_knows_brand"
    SOLD_SIMILAR = "sold_similar"
    POPULAR_WITH_PEERS = "popular_with_peers"
    RISING = "rising"
    PAYS_ABOVE_CATEGORY = "pays_above_category"


@dataclass(frozen=True, slots=True)
class Reason:
    """One reason as a sentence, and the numbers behind it."""

    kind: ReasonKind
    text: str
    evidence: Evidence


@dataclass(frozen=True, slots=True)
class Basis:
    """What a match rests on.

    `own_units` were sold by this creator of this product, `own_products` are in its history; of the other
    creators `promoters` promote the product, `alike` of whom are like this one: they sold what it sold, or
    have its follower tier and main category. One without history is like those of its tier and region.
    """

    own_units: int
    own_products: int
    promoters: int
    alike: int


@dataclass(frozen=True)
class Explainer:
    """Finds the reasons for one creator's matches; what they share is computed once."""

    release: LoadedRelease
    creator: int

    def reasons(self, product: int) -> tuple[Reason, ...]:
        """The first `MAX_REASONS` reasons that hold, the creator's own record before the product's."""
        held = (reason for reason in self._looked_for(product) if reason is not None)
        return tuple(islice(held, MAX_REASONS))

    def _looked_for(self, product: int) -> Iterator[Reason | None]:
        """Each kind of reason in turn; none is looked for before it is wanted."""
        release, creator = self.release, self.creator
        yield self._sold_by_alike(product)
        yield _category_record(release, creator, product)
        yield _audience_bought(release, creator, product)
        similar = _strongest_similar(release, creator, product)
        yield _viewers_clicked(release, creator, similar)
        yield _audience_knows_brand(release, creator, product)
        yield _sold_similar(release, creator, product, similar)
        yield self._popular_with_peers(product)
        yield _rising(release, product)
        yield self._pays_above_category(product)

    def basis(self, product: int) -> Basis:
        """What a match with a product rests on."""
        release = self.release
        promoters, _ = entries(release.promoted_by_product, product)
        others = promoters[promoters != self.creator]
        own = len(release.history(self.creator))
        alike = self._overlapping[others] | self._of_one_focus(others) if own else self._peers(others)
        return Basis(
            own_units=_cell(release.sold_by(self.creator), product),
            own_products=own,
            promoters=len(others),
            alike=int(np.count_nonzero(alike)),
        )

    def _peers(self, others: Int32) -> Bool:
        """Which of some creators have this one's follower tier and region."""
        creators, creator = self.release.creators, self.creator
        same_tier = creators.tier.codes[others] == creators.tier.codes[creator]
        peers: Bool = same_tier & (creators.region.codes[others] == creators.region.codes[creator])
        return peers

    def _sold_by_alike(self, product: int) -> Reason | None:
        """Creators like this one sold the product."""
        sellers, units = entries(self.release.sellers, product)
        sold = (units > 0) & (sellers != self.creator)
        sellers, units = sellers[sold], units[sold]
        sharing, focused = self._overlapping[sellers], self._of_one_focus(sellers)
        alike = sharing | focused
        creators, total = int(np.count_nonzero(alike)), round(float(units[alike].sum(dtype=np.float64)))
        if creators == 0:
            return None
        return Reason(
            ReasonKind.SOLD_BY_ALIKE,
            f"{counted(creators, 'creator')} like this one sold {counted(total, 'unit')} of it",
            {
                "creators": creators,
                "units": total,
                "sold_same_products": int(np.count_nonzero(sharing)),
                "same_tier_and_category": int(np.count_nonzero(focused)),
            },
        )

    @cached_property
    def _overlapping(self) -> Bool:
        """The creators who sold something that this one sold."""
        (own, units), sellers = self.release.sold_by(self.creator), self.release.sellers
        mask = np.zeros(len(self.release.focus), dtype=np.bool_)
        _, at = stored_in(sellers, own[units > 0])
        mask[sellers.indices[at[sellers.data[at] > 0]]] = True
        return mask

    def _popular_with_peers(self, product: int) -> Reason | None:
        """A creator without history of its own: its peers sold this."""
        release, creators = self.release, self.release.creators
        if len(release.history(self.creator)):
            return None
        sellers, units = entries(release.sellers, product)
        alike = self._peers(sellers) & (units > 0) & (sellers != self.creator)
        peers, total = int(np.count_nonzero(alike)), round(float(units[alike].sum(dtype=np.float64)))
        if peers == 0:
            return None
        tier, region = creators.tier.require(self.creator), creators.region[self.creator]
        where = "" if region is None else f" in {region}"
        evidence: dict[str, str | int | float] = {"creators": peers, "units": total, "tier": tier}
        if region is not None:
            evidence["region"] = region
        return Reason(
            ReasonKind.POPULAR_WITH_PEERS,
            f"{counted(peers, f'{tier}-tier creator')}{where} sold {counted(total, 'unit')} of this",
            evidence,
        )

    @cached_property
    def commission_rates(self) -> Float64:
        """What each product pays this creator."""
        return self.release.commission_rates(self.creator)

    def _pays_above_category(self, product: int) -> Reason | None:
        """The commission rate is above the median of the category."""
        products = self.release.products
        rate, open_rate = float(self.commission_rates[product]), float(products.commission_rate[product])
        # Rates are decimals; a median of two halves would show its binary rounding.
        median = round(float(products.category_commission[product]), RATE_DECIMALS)
        if rate <= median:
            return None
        path = products.category.require(product)
        agreed = "" if rate == open_rate else f" as agreed with this creator (others get {open_rate:.1%})"
        return Reason(
            ReasonKind.PAYS_ABOVE_CATEGORY,
            f"pays {rate:.1%} commission{agreed}, above the median of {median:.1%} in {path}",
            {"commission_rate": rate, "category_median": median, "category": path},
        )

    def _of_one_focus(self, others: Int32) -> Bool:
        """Which of some creators have this one's follower tier and most affinity in the same category."""
        focus, tier = self.release.focus, self.release.creators.tier.codes
        if focus[self.creator] == NULL_CODE:
            return np.zeros(len(others), dtype=np.bool_)
        alike: Bool = (focus[others] == focus[self.creator]) & (tier[others] == tier[self.creator])
        return alike


def _sold_similar(
    release: LoadedRelease, creator: int, product: int, similar: Sequence[int]
) -> Reason | None:
    """Other creators sold both this product and the one of the creator's own that speaks most for it."""
    for own in similar:
        shared = np.intersect1d(_sellers(release, own), _sellers(release, product), assume_unique=True)
        others = int(np.count_nonzero(shared != creator))
        if others:
            title = _name(release, own)
            return Reason(
                ReasonKind.SOLD_SIMILAR,
                f"{counted(others, 'other creator')} sold both this and {title}, which this creator promotes",
                {"product_id": release.product_id(own), "title": title, "creators": others},
            )
    return None


def _strongest_similar(release: LoadedRelease, creator: int, product: int) -> Sequence[int]:
    """Other products of the creator's row by what they add to the item–item score, greatest first."""
    if release.similarity is None:
        return ()
    history, affinity = release.affinity_of(creator)
    neighbours, similarity = entries(release.similarity, product)
    if not len(neighbours):
        return ()
    # Ascending, as a column of a canonical matrix is.
    near = np.minimum(neighbours.searchsorted(history), len(neighbours) - 1)
    contribution = affinity * similarity[near]
    speaks = (neighbours[near] == history) & (contribution > 0) & (history != product)
    shared = history[speaks]
    strongest: list[int] = shared[np.lexsort((shared, -contribution[speaks]))].tolist()
    return strongest


def _category_record(release: LoadedRelease, creator: int, product: int) -> Reason | None:
    """The creator sold products of this category before."""
    category = release.products.category
    sold, units = release.sold_by(creator)
    total = round(float(units[category.codes[sold] == category.codes[product]].sum(dtype=np.float64)))
    if total <= 0:
        return None
    path = category.require(product)
    return Reason(
        ReasonKind.CATEGORY_RECORD,
        f"this creator has sold {counted(total, 'unit')} in {path}",
        {"category": path, "units": total},
    )


def _audience_bought(release: LoadedRelease, creator: int, product: int) -> Reason | None:
    """Buyers of this creator bought products of this category from other creators."""
    audience, category = release.payload.audience, release.products.category
    code = int(category.codes[product])
    buyers, units = (_cell(entries(matrix, creator), code) for matrix in (audience.buyers, audience.units))
    if buyers < MIN_AUDIENCE_BUYERS:
        return None
    path = category.require(product)
    return Reason(
        ReasonKind.AUDIENCE_BOUGHT,
        f"{buyers} of this creator's buyers bought {counted(units, 'unit')} in {path} from other creators",
        {"buyers": buyers, "units": units, "category": path},
    )


def _viewers_clicked(release: LoadedRelease, creator: int, similar: Sequence[int]) -> Reason | None:
    """This creator's viewers clicked on what speaks most for the product more often than others' do."""
    usual, found = release.click_rates, release.clicked(creator) if similar else None
    if usual is None or found is None:
        return None
    seen, views, clicks = found
    if clicks.sum() < LEAST_SHOWN:
        return None
    known = set(seen.tolist())
    similar = [one for one in similar if one in known][:MOST_CLICKED]
    # Few are looked for: less work than what `np.isin` does first.
    at = (seen[:, np.newaxis] == np.array(similar, dtype=np.int32)).any(axis=1)
    watched, clicked, expected = (float(each[at].sum()) for each in (views, clicks, views * usual[seen]))
    surely = expected + CLICK_DEVIATIONS * expected**0.5
    if clicked < max(LEAST_SHOWN, MIN_CLICK_RATIO * expected, surely) or clicked > watched:
        return None
    title, share, usually = _name(release, similar[0]), clicked / watched, expected / watched
    others = f" and {counted(len(similar) - 1, 'similar product')}" if len(similar) > 1 else ""
    return Reason(
        ReasonKind.VIEWERS_CLICKED,
        f"this creator's viewers clicked on {title}{others} some {counted(round(clicked), 'time')} of late, "
        f"in {share:.1%} of views; usual are {usually:.1%}",
        {
            "product_id": release.product_id(similar[0]),
            "title": title,
            "products": len(similar),
            "recent_clicks": round(clicked),
            "share": round(share, 4),
            "usual_share": round(usually, 4),
        },
    )


def _audience_knows_brand(release: LoadedRelease, creator: int, product: int) -> Reason | None:
    """This creator's buyers are like the brand's: clearly more of them bought from it than of all buyers."""
    data = release.payload.campaign
    if data is None:
        return None
    sizes, brands = data.shoppers.sizes, release.products.brand
    kinds, row = data.shoppers.by_creator.of(creator), int(release.brand_rows[brands.codes[product]])
    both = int(sizes[kinds[data.shoppers.by_brand.has(row, kinds)]].sum())
    buyers, everybody, knowing = int(sizes[kinds].sum()), release.all_buyers, int(release.brand_buyers[row])
    # Neither count, nor what it leaves of the audience, may tell of somebody.
    if both < LEAST_SHOWN or buyers - both < LEAST_SHOWN:
        return None
    if both * everybody < MIN_BRAND_RATIO * knowing * buyers:
        return None
    share, usual = both / buyers, knowing / everybody
    brand = brands.require(product)
    return Reason(
        ReasonKind.AUDIENCE_KNOWS_BRAND,
        f"{share:.0%} of this creator's buyers bought from {brand}, of all buyers {usual:.0%}",
        {"buyers": both, "share": round(share, 4), "share_of_all_buyers": round(usual, 4), "brand_id": brand},
    )


def _rising(release: LoadedRelease, product: int) -> Reason | None:
    """The product sold clearly more in the latest period than in the one before."""
    recent = int(release.products.recent_units[product])
    earlier = int(release.products.earlier_units[product])
    if recent < MIN_RISING_RATIO * earlier or recent < MIN_RISING_UNITS:
        return None
    days = release.momentum_days
    evidence: dict[str, str | int | float] = {"recent_units": recent, "earlier_units": earlier, "days": days}
    speed = ""
    # Out of nothing, a rise has no rate.
    if earlier > 0:
        evidence["ratio"] = round(recent / earlier, 2)
        speed = f" {recent / earlier:.1f}-fold"
    recently = f"{counted(recent, 'unit')} in the last {days:g} days"
    text = f"sales are rising{speed}: {recently}, {earlier} in those before"
    return Reason(ReasonKind.RISING, text, evidence)


def _sellers(release: LoadedRelease, product: int) -> Int32:
    """Indexes of the creators with net units of a product, ascending."""
    sellers, units = entries(release.sellers, product)
    return sellers[units > 0]


def _cell(row: tuple[Int32, Float32], column: int) -> int:
    """One cell of a row of counts, 0 where nothing is stored."""
    columns, values = row
    return round(float(values[columns == column].sum(dtype=np.float64)))


def _name(release: LoadedRelease, product: int) -> str:
    return release.products.title[product] or release.product_id(product)


def counted(number: int, singular: str) -> str:
    """A number with its noun."""
    return f"{number} {singular}" if number == 1 else f"{number} {singular}s"
