"""The weights of the channels on small markets of which it is known what tells the next sale."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest

from features.engagement import CHANNELS
from features.settings import MarketplaceSettings
from features.weighting import DEFAULT_WEIGHTS, SALES
from recsys.models.ridge import Ridge
from tests.exports import DAY, START, Row, write_tables
from tests.recsys.models.examples import record_fits
from training.holdout import Holdout
from training.inputs import open_night
from training.search.channels import MOST_TRIALS, choose_channels
from training.search.trials import ENOUGH_CREATORS

GROUPS, PRODUCTS = 10, 100
# Validation judges days 32 to 46.
SETTINGS = MarketplaceSettings(horizon_days=14.0, half_life_days=30.0)
AS_OF = START + 60 * DAY
Draw = Callable[[np.random.Generator, int], Sequence[int]]


def _of_group(rng: np.random.Generator, group: int) -> Sequence[int]:
    """Five products of a taste, in random order."""
    place = rng.permutation(PRODUCTS // GROUPS)[:5] * GROUPS + group
    return [int(product) for product in place]


def _of_all(rng: np.random.Generator, _: int) -> Sequence[int]:
    return [int(product) for product in rng.permutation(PRODUCTS)[:5]]


def _sale(creator: int, product: int, day: int) -> Row:
    return {"creator_id": f"c{creator:03}", "product_id": f"p{product:03}", "ordered_at": START + day * DAY}


def _seen(creator: int, product: int, **totals: int) -> Row:
    empty = dict.fromkeys(CHANNELS, 0)
    names: Row = {"creator_id": f"c{creator:03}", "product_id": f"p{product:03}"}
    return {**names, "period_start": START + 20 * DAY, **empty, **totals}


def _validation(home: Path, sales: list[Row], engagement: list[Row]) -> Holdout:
    for name, rows in (("s", sales), ("e", engagement)):
        key = "sale_id" if name == "s" else "content_id"
        rows[:] = [{**row, key: f"{name}{place}"} for place, row in enumerate(rows)]
    products: list[Row] = [{"product_id": f"p{number:03}"} for number in range(PRODUCTS)]
    tables = {"sales": sales, "engagement": engagement, "products": products}
    with open_night(write_tables(home / "export", tables), home, SETTINGS, AS_OF) as night:
        return night.validation()


def _noisy(home: Path, creators: int = 150) -> Holdout:
    """Creators sell what they like; what is seen in their videos is drawn from everything."""
    rng = np.random.default_rng(5)
    sales: list[Row] = []
    engagement: list[Row] = []
    for creator in range(creators):
        first, second, third, *later = _of_group(rng, creator % GROUPS)
        sales += [_sale(creator, product, 20) for product in (first, second, third)]
        sales += [_sale(creator, product, 40) for product in later]
        engagement += [
            _seen(creator, product, **{channel: int(rng.integers(1, 1_000)) for channel in CHANNELS})
            for product in (*_of_all(rng, 0), *_of_all(rng, 0))
        ]
    return _validation(home, sales, engagement)


def _carted(home: Path, creators: int = 150) -> Holdout:
    """What went into carts sells next; what sold before and what was viewed are drawn from everything."""
    rng = np.random.default_rng(6)
    sales: list[Row] = []
    engagement: list[Row] = []
    for creator in range(creators):
        carted = _of_all(rng, 0)
        sales += [_sale(creator, product, 20) for product in set(_of_all(rng, 0)) - set(carted)]
        sales += [_sale(creator, product, 40) for product in carted[:3]]
        engagement += [_seen(creator, product, add_to_carts=int(rng.integers(1, 9))) for product in carted]
        engagement += [
            _seen(creator, product, views=int(rng.integers(1, 9_000)))
            for _ in range(4)
            for product in _of_all(rng, 0)
        ]
    return _validation(home, sales, engagement)


@pytest.fixture(scope="module")
def noisy(tmp_path_factory: pytest.TempPathFactory) -> Holdout:
    return _noisy(tmp_path_factory.mktemp("noisy"))


@pytest.fixture(scope="module")
def carted(tmp_path_factory: pytest.TempPathFactory) -> Holdout:
    return _carted(tmp_path_factory.mktemp("carted"))


def test_engagement_that_is_noise_falls(noisy: Holdout) -> None:
    chosen = choose_channels(noisy)

    assert chosen.weights[SALES] == DEFAULT_WEIGHTS[SALES]
    assert sum(chosen.weights[channel] for channel in CHANNELS) < 0.5 * sum(
        DEFAULT_WEIGHTS[channel] for channel in CHANNELS
    )
    assert chosen.figure > chosen.default_figure


def test_carts_that_tell_the_next_sale_stay_while_views_that_tell_nothing_do_not_rise(
    carted: Holdout,
) -> None:
    chosen = choose_channels(carted)

    assert chosen.weights["add_to_carts"] >= DEFAULT_WEIGHTS["add_to_carts"]
    ratio = chosen.weights["views"] / chosen.weights["add_to_carts"]
    assert ratio <= DEFAULT_WEIGHTS["views"] / DEFAULT_WEIGHTS["add_to_carts"]
    assert chosen.figure >= chosen.default_figure


def test_a_channel_that_is_empty_keeps_its_weight(carted: Holdout) -> None:
    weights = choose_channels(carted).weights

    for channel in set(CHANNELS) - {"views", "add_to_carts"}:
        assert weights[channel] == DEFAULT_WEIGHTS[channel]


def test_it_never_fits_more_than_it_may(noisy: Holdout, monkeypatch: pytest.MonkeyPatch) -> None:
    fitted = record_fits(monkeypatch, Ridge)

    chosen = choose_channels(noisy)
    assert chosen.n_trials == len(fitted)
    assert len(CHANNELS) < len(fitted) <= MOST_TRIALS


def test_with_too_few_creators_with_history_the_default_stays(tmp_path: Path) -> None:
    validation = _noisy(tmp_path, ENOUGH_CREATORS - 1)
    chosen = choose_channels(validation)

    assert chosen.weights == DEFAULT_WEIGHTS
    assert (chosen.n_trials, chosen.n_creators) == (0, ENOUGH_CREATORS - 1)
    assert np.isnan(chosen.figure)


def test_only_creators_with_history_are_asked(carted: Holdout, tmp_path: Path) -> None:
    sales = [_sale(creator, creator % 7, 40) for creator in range(100)]
    known = [_sale(creator, 50, 20) for creator in range(ENOUGH_CREATORS - 1)]
    validation = _validation(tmp_path, sales + known, [_seen(500, 3, views=9)])

    assert len(validation.creators) == 100
    assert choose_channels(validation).n_creators == ENOUGH_CREATORS - 1
    assert choose_channels(carted).n_creators == len(carted.creators)


def test_where_only_sales_are_known_there_is_nothing_to_choose(tmp_path: Path) -> None:
    sales = [_sale(creator, creator % 7 + day, day) for creator in range(60) for day in (20, 40)]
    chosen = choose_channels(_validation(tmp_path, sales, []))

    assert chosen.weights == DEFAULT_WEIGHTS
    assert (chosen.n_trials, chosen.n_creators) == (0, 60)


@pytest.mark.parametrize(("misled", "clicks"), [(1, DEFAULT_WEIGHTS["product_clicks"]), (12, 0.0)])
def test_what_one_creator_gains_moves_nothing(tmp_path: Path, misled: int, clicks: float) -> None:
    """Some sell next the one product that they showed without any click; the crowd is not concerned."""
    crowd = range(100, 180)
    sales = [_sale(creator, creator % 5, 20) for creator in crowd]
    sales += [_sale(creator, (creator + 1) % 5, 40) for creator in crowd]
    engagement: list[Row] = []
    for creator in range(misled):
        sales.append(_sale(creator, 79, 40))
        engagement += [_seen(creator, product, product_clicks=5) for product in range(50, 79)]
        engagement.append(_seen(creator, 79, views=5))
    validation = _validation(tmp_path, sales, engagement)

    assert choose_channels(validation).weights["product_clicks"] == clicks


def test_the_rows_of_the_task_follow_the_weights_and_its_segments_stay(carted: Holdout) -> None:
    sales_only = carted.with_weights({**dict.fromkeys(CHANNELS, 0.0), SALES: 4.0})
    place = 17
    own = sales_only.features.affinity.values.toarray()[carted.creators[place]]

    assert sales_only.task.rows.affinity.toarray()[place].tolist() == own.tolist()
    assert sales_only.task.rows.affinity.nnz < carted.task.rows.affinity.nnz
    assert sales_only.task.creator_segments is carted.task.creator_segments
    assert sales_only.task.relevant is carted.task.relevant
