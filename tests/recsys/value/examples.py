"""Value models for the tests."""

import numpy as np

from recsys.arrays import csr
from recsys.value.asking import Asking
from recsys.value.context import CREATOR_FEATURES, FEATURES, PRODUCT_FEATURES, PaidShares, PairContext
from recsys.value.demand import DemandCalendar
from recsys.value.model import UnitsModel, ValueModel
from recsys.value.specialty import Specialty
from recsys.value.taste import Taste
from recsys.value.untried import Untried

DAY = 86_400_000_000
AS_OF = 20_000 * DAY
HORIZON = 14 * DAY
N_CATEGORIES = 3


def context(n_creators: int, n_products: int, seed: int = 0) -> PairContext:
    """Everything at random; some creators have a record in a category, some pairs a collaboration."""
    rng = np.random.default_rng(seed)
    categories = (np.arange(n_products) % N_CATEGORIES).astype(np.int32)
    products = rng.normal(0, 0.5, (n_products, len(PRODUCT_FEATURES)))
    products[:, PRODUCT_FEATURES.index("log_yield")] -= 4.0
    products[:, PRODUCT_FEATURES.index("log_kept")] = -rng.random(n_products) / 2
    creators = rng.normal(0, 0.5, (n_creators, len(CREATOR_FEATURES)))
    creators[:, CREATOR_FEATURES.index("log_reach")] += 4.0
    creators[:, CREATOR_FEATURES.index("without_history")] = np.arange(n_creators) % 4 == 0
    skill = rng.normal(0, 0.5, (n_creators, N_CATEGORIES)) * (rng.random((n_creators, N_CATEGORIES)) < 0.5)
    bonus = 0.1 * (rng.random((n_creators, n_products)) < 0.2)
    return PairContext(
        creators=creators.astype(np.float32),
        products=products.astype(np.float32),
        category_skill=csr(skill.ravel(), *np.divmod(np.arange(skill.size), N_CATEGORIES), skill.shape),
        record=csr(
            0.3 * (rng.random((n_creators, n_products)) < 0.2).ravel(),
            *np.divmod(np.arange(n_creators * n_products), n_products),
            (n_creators, n_products),
        ),
        categories=categories,
        specialty=Specialty(
            rng.normal(0, 1, (n_creators, 2)).astype(np.float32),
            rng.normal(0, 1, (N_CATEGORIES, 2)).astype(np.float32),
        ),
        taste=Taste(
            rng.normal(0, 0.5, (n_creators, 3)).astype(np.float32),
            rng.normal(0, 0.5, (n_products, 3)).astype(np.float32),
        ),
        price=rng.uniform(1, 50, n_products).round(2),
        paid=PaidShares(0.7, 0.9, 1.0),
        rates=rng.uniform(0.05, 0.3, n_products),
        rate_bonus=csr(bonus.ravel(), *np.divmod(np.arange(bonus.size), n_products), bonus.shape),
        demand=DemandCalendar(
            np.array([AS_OF + DAY, AS_OF - DAY]),
            np.array([AS_OF + 3 * DAY, AS_OF]),
            np.arange(N_CATEGORIES) == np.array([[0], [1]]),
            lift=1.5,
        ),
        horizon=HORIZON,
        as_of=AS_OF,
    )


def units_model(seed: int = 0) -> UnitsModel:
    """Random coefficients."""
    rng = np.random.default_rng(seed)
    n = len(FEATURES)
    return UnitsModel(
        centre=rng.normal(0, 1, n),
        scale=rng.uniform(0.5, 2, n),
        coefficients=rng.normal(0, 0.1, n),
        low=np.full(n, -50.0),
        high=np.full(n, 50.0),
        intercept=0.3,
        strays=np.array([0.4, -0.3, -3.0, 3.0]),
        untried=Untried(0.4, 0.8, 0.1, 1.0, 2.0, 0.2, 0.5),
    )


def asking() -> Asking:
    """Creators without history promote with a chance of a tenth, others with more the more they post."""
    weights = np.array([1.0, -np.log(9.0) - 1.0, 0.5, 0.0])
    return Asking(weights, np.array([0.0, 0.0, -5.0]), np.array([1.0, 5.0, 5.0]))


def value_model(n_creators: int, n_products: int, seed: int = 0) -> ValueModel:
    """A random model on a random context."""
    return ValueModel(units_model(seed), context(n_creators, n_products, seed), asking())
