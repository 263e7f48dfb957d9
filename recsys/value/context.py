"""What is known of creators, products and pairs when a promotion is to be valued, and its features."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

import numpy as np

from recsys.arrays import CSR, Array, Float32, Float64, Int32, Int64, csr_of_parts
from recsys.value.demand import DemandCalendar
from recsys.value.specialty import Specialty
from recsys.value.taste import Taste

CREATOR_FEATURES = (
    "log_followers",
    "log_reach",
    "log_recent_contents",
    "log_promotions",
    "log_skill",
    "usual_log_price",
    "without_history",
)
PRODUCT_FEATURES = (
    "log_yield",
    "log_click_rate",
    "log_trend",
    "log_click_trend",
    "log_promoters",
    "new_promoter_share",
    "log_new_promoter_yield",
    "log_price",
    "log_price_in_category",
    "log_kept",
)
PAIR_FEATURES = (
    "score",
    "specialty",
    "taste",
    "log_category_skill",
    "price_gap",
    "abs_price_gap",
    "log_demand",
    "tried",
    "log_expected",
)
FEATURES = (*CREATOR_FEATURES, *PRODUCT_FEATURES, *PAIR_FEATURES)


@dataclass(frozen=True, slots=True)
class PaidShares:
    """What shoppers pay of the list price: on the average, and what nine of ten orders lie between."""

    low: float
    mean: float
    high: float


@dataclass(frozen=True)
class PairContext:
    """Point-in-time features of creators and products, from which those of any pair follow.

    `creators` (creators × `CREATOR_FEATURES`) and `products` (products × `PRODUCT_FEATURES`) come from
    `features.valuation`. `categories` is the category of each product, `specialty` says how well categories
    fit creators, `taste` how much better than usual pairs sell, and `category_skill` (creators × categories)
    stores the log of how much better than its `log_skill` a creator sells where it has a record. `record`
    (creators × products) stores, of pairs promoted before, the log of how much better they sold than all this
    lets expect. `price` (products) is the list price, of which shoppers pay `paid`, `rates` the open rates of
    commission, and `rate_bonus` (creators × products) stores how much more those of collaborations are, which
    override. `horizon` and `as_of` are in microseconds (of UTC).
    """

    creators: Float32
    products: Float32
    category_skill: CSR
    record: CSR
    categories: Int32
    specialty: Specialty
    taste: Taste
    price: Float64
    paid: PaidShares
    rates: Float64
    rate_bonus: CSR
    demand: DemandCalendar
    horizon: int
    as_of: int

    def features(
        self, creators: Int32, products: Int32, scores: Float32, since: Int64 | None = None
    ) -> Float32:
        """The features of pairs, n × `FEATURES`, should their promotion begin at `since`, by default as of.

        `scores` are the affinity scores of the pairs.
        """
        of_creator, of_product = self.creators[creators], self.products[products]
        skill = of_creator[:, CREATOR_FEATURES.index("log_skill")]
        category_skill = skill + _at(self.category_skill, creators, self.categories[products])
        gap = (
            of_product[:, PRODUCT_FEATURES.index("log_price")]
            - of_creator[:, CREATOR_FEATURES.index("usual_log_price")]
        )
        fit = self.specialty.fit(creators, self.categories[products])
        taste = self.taste.deviation(creators, products)
        demand = np.log(self.demand_ahead[self.categories[products]])
        if since is not None:
            demand = np.log(self.demand.factor(self.categories[products], since, self.horizon))
        record = _at(self.record, creators, products)
        expected = (
            of_creator[:, CREATOR_FEATURES.index("log_reach")]
            + of_product[:, PRODUCT_FEATURES.index("log_yield")]
            + of_product[:, PRODUCT_FEATURES.index("log_click_trend")]
            + category_skill
            + record
            + demand
        )
        of_pair = np.column_stack(
            [scores, fit, taste, category_skill, gap, np.abs(gap), demand, record != 0, expected]
        )
        return np.concatenate([of_creator, of_product, of_pair], axis=1).astype(np.float32)

    @cached_property
    def demand_ahead(self) -> Float64:
        """The factor of each category over the horizon from as of: one for all pairs that are asked about."""
        every = np.arange(int(self.categories.max(initial=-1)) + 1, dtype=np.int32)
        return self.demand.factor(every, np.full(len(every), self.as_of, dtype=np.int64), self.horizon)

    def commission_rates(self, creators: Int32, products: Int32) -> Float64:
        """The rate that each pair earns: that of its collaboration, else the open one."""
        return self.rates[products] + _at(self.rate_bonus, creators, products)

    def state(self) -> dict[str, Array]:
        """The arrays from which `from_state` restores it."""
        arrays: dict[str, Array] = {
            name: getattr(self, name) for name in ("creators", "products", "categories", "price", "rates")
        }
        for name in ("category_skill", "record", "rate_bonus"):
            matrix: CSR = getattr(self, name)
            parts = {"data": matrix.data, "indices": matrix.indices, "indptr": matrix.indptr}
            arrays |= {f"{name}.{part}": values for part, values in parts.items()}
        arrays |= {f"demand.{name}": values for name, values in self.demand.state().items()}
        arrays["specialty.creators"] = self.specialty.creators
        arrays["specialty.categories"] = self.specialty.categories
        arrays["taste.creators"], arrays["taste.products"] = self.taste.creators, self.taste.products
        arrays["paid"] = np.array([self.paid.low, self.paid.mean, self.paid.high])
        return arrays | {"instants": np.array([self.horizon, self.as_of], dtype=np.int64)}

    @classmethod
    def from_state(cls, state: dict[str, Array]) -> Self:
        """Restore what `state` gave."""
        creators = state["creators"].astype(np.float32, copy=False)
        categories = state["categories"].astype(np.int32, copy=False)
        horizon, as_of = state["instants"].tolist()
        prefix = "demand."
        demand = {
            name.removeprefix(prefix): values for name, values in state.items() if name.startswith(prefix)
        }
        return cls(
            creators,
            state["products"].astype(np.float32, copy=False),
            _matrix(state, "category_skill", (len(creators), int(categories.max(initial=-1)) + 1)),
            _matrix(state, "record", (len(creators), len(categories))),
            categories,
            Specialty(
                state["specialty.creators"].astype(np.float32, copy=False),
                state["specialty.categories"].astype(np.float32, copy=False),
            ),
            Taste(
                state["taste.creators"].astype(np.float32, copy=False),
                state["taste.products"].astype(np.float32, copy=False),
            ),
            state["price"].astype(np.float64, copy=False),
            PaidShares(*state["paid"].tolist()),
            state["rates"].astype(np.float64, copy=False),
            _matrix(state, "rate_bonus", (len(creators), len(categories))),
            DemandCalendar.from_state(demand),
            horizon,
            as_of,
        )


def _matrix(state: dict[str, Array], name: str, shape: tuple[int, int]) -> CSR:
    data, indices, indptr = (state[f"{name}.{part}"] for part in ("data", "indices", "indptr"))
    return csr_of_parts(data, indices, indptr, shape)


def _at(matrix: CSR, rows: Int32, columns: Int32) -> Float64:
    """The entries at (row, column) pairs; 0 where nothing is stored."""
    if not len(rows):
        # SciPy gives a sparse array, not an empty one.
        return np.zeros(0)
    # SciPy wants to write to the flags of the index arrays, which fails where they are read-only.
    return np.asarray(matrix[np.array(rows), np.array(columns)], dtype=np.float64)
