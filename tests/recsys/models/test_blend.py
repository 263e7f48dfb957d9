import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recsys.arrays import Float32, csr, empty_csr
from recsys.errors import UsageError
from recsys.models.als import ALS
from recsys.models.blend import Blend, BlendScorer
from recsys.models.contract import CreatorRows, LinearScorer, ModelState, Recommender, Scorer, TrainingData
from recsys.models.half_step import HalfStep
from recsys.models.ials import Confidence, IALSScorer
from recsys.models.item_item import ItemItem
from recsys.models.popularity import Popularity, PopularityScorer
from recsys.models.prior import AttributePrior
from recsys.models.profile import Profile
from recsys.models.recipe import default_recipe
from recsys.models.recommend import recommend
from tests.recsys.models.examples import N_CREATORS, N_PRODUCTS, example, one_hot, sparse

PARTS = (ItemItem(), Popularity(), ALS(factors=4, iterations=3), Profile())


def _standardised(scores: Float32) -> np.ndarray:
    raw = scores.astype(np.float64)
    standardised: np.ndarray = (raw - raw.mean(axis=1, keepdims=True)) / raw.std(axis=1, keepdims=True)
    return standardised


@pytest.fixture(scope="module")
def data() -> TrainingData:
    return example()


@pytest.fixture(scope="module")
def scorer(data: TrainingData) -> BlendScorer:
    return Blend(PARTS, (1.0, 2.0, 3.0, 2.0), AttributePrior(), evidence=2.0).fit(data)


def test_a_score_is_the_weighted_sum_of_standardised_scores(data: TrainingData) -> None:
    weights, evidence = (1.0, 3.0), 2.0
    prior = AttributePrior()
    blended = Blend((ItemItem(), Popularity()), weights, prior, evidence).fit(data).score(data.rows[:-1])

    rows = data.rows[:-1]
    first, second, fallback = (
        _standardised(part.fit(data).score(rows)) for part in (ItemItem(), Popularity(), prior)
    )
    known = np.array([data.rows.affinity[[creator]].nnz for creator in range(len(rows))])
    own = (known / (known + evidence))[:, np.newaxis]
    expected = own * (1 / 4 * first + 3 / 4 * second) + (1 - own) * fallback
    np.testing.assert_allclose(blended, expected, atol=2e-5)


@given(seed=st.integers(0, 1_000), known=st.integers(0, N_PRODUCTS), scale=st.floats(0.01, 100))
def test_a_score_says_of_every_creator_how_far_a_product_stands_out(
    scorer: BlendScorer, seed: int, known: int, scale: float
) -> None:
    # Busy or idle, of one taste or of many: each list has one mean, and is as wide as its parts agree.
    rng = np.random.default_rng(seed)
    affinity = scale * rng.gamma(0.5, size=N_PRODUCTS) * (rng.permutation(N_PRODUCTS) < known)
    rows = CreatorRows(sparse(affinity.tolist()), one_hot(rng.integers(0, 4, size=1), 4))
    scores = scorer.score(rows).astype(np.float64)
    assert scores.mean() == pytest.approx(0, abs=1e-4)
    assert scores.std() < 1 + 1e-3


def test_lists_are_as_wide_as_their_parts_agree(data: TrainingData) -> None:
    part, other = Blend((ItemItem(),), (1.0,), AttributePrior(), 1e-6), Profile()
    agreeing = (
        replace(part, parts=(ItemItem(), ItemItem()), weights=(0.5, 0.5)).fit(data).score(data.rows[:3])
    )
    differing = replace(part, parts=(ItemItem(), other), weights=(0.5, 0.5)).fit(data).score(data.rows[:3])
    np.testing.assert_allclose(agreeing.std(axis=1), 1, rtol=1e-4)
    assert (differing.std(axis=1) < 0.95).all()


def test_a_creator_without_history_gets_the_order_of_the_prior(
    scorer: BlendScorer, data: TrainingData
) -> None:
    newcomer = CreatorRows(empty_csr((1, N_PRODUCTS)), data.rows.attributes[[3]])
    prior = AttributePrior().fit(data)
    np.testing.assert_array_equal(
        recommend(scorer, newcomer, N_PRODUCTS).indices, recommend(prior, newcomer, N_PRODUCTS).indices
    )


def test_a_part_of_weight_zero_has_no_say(data: TrainingData) -> None:
    alone = Blend((ItemItem(),), (5.0,), AttributePrior()).fit(data).score(data.rows)
    muted = Blend((ItemItem(), Profile()), (1.0, 0.0), AttributePrior()).fit(data).score(data.rows)
    np.testing.assert_allclose(muted, alone, atol=1e-6)


def test_parts_that_weigh_nothing_can_be_left_out(data: TrainingData) -> None:
    whole = Blend(PARTS, (0.0, 2.0, 0.0, 1.0), AttributePrior())
    needed = whole.without_idle()
    assert (needed.parts, needed.weights) == ((PARTS[1], PARTS[3]), (2.0, 1.0))
    np.testing.assert_allclose(needed.fit(data).score(data.rows), whole.fit(data).score(data.rows), atol=2e-5)


def test_only_the_ratio_of_the_weights_counts(data: TrainingData) -> None:
    small = Blend((ItemItem(), Profile()), (1.0, 3.0), AttributePrior()).fit(data).score(data.rows)
    large = Blend((ItemItem(), Profile()), (10.0, 30.0), AttributePrior()).fit(data).score(data.rows)
    np.testing.assert_array_equal(small, large)


def test_a_part_that_ranks_all_alike_adds_nothing(scorer: BlendScorer, data: TrainingData) -> None:
    standardised = scorer.standardised(data.rows)
    # The last creator has no history: its item–item list is flat.
    assert not standardised[0, -1].any()
    np.testing.assert_allclose(standardised[0, :-1].std(axis=1), 1, rtol=1e-4)
    np.testing.assert_allclose(standardised[0, :-1].mean(axis=1), 0, atol=1e-5)


def test_one_products_column_is_the_same_as_in_whole_lists(scorer: BlendScorer, data: TrainingData) -> None:
    products = np.array([7, 0, 24, 7], dtype=np.int32)
    columns = scorer.score_products(scorer.view(data.rows), products)
    np.testing.assert_allclose(columns, scorer.score(data.rows)[:, products], atol=1e-5)


def test_single_pairs_score_as_in_whole_lists(
    monkeypatch: pytest.MonkeyPatch, scorer: BlendScorer, data: TrainingData
) -> None:
    rng = np.random.default_rng(0)
    creators, products = rng.integers(0, N_CREATORS, size=200), rng.integers(0, N_PRODUCTS, size=200)
    whole = scorer.score(data.rows)[creators, products]
    view = scorer.view(data.rows)
    np.testing.assert_allclose(scorer.score_pairs(view, creators, products), whole, atol=1e-5)
    monkeypatch.setattr("recsys.batches.CELLS", 7)
    np.testing.assert_allclose(scorer.score_pairs(view, creators, products), whole, atol=1e-5)
    assert scorer.score_pairs(view, creators[:0], products[:0]).shape == (0,)


def test_pairs_cost_no_lists() -> None:
    n_products, factors = 200_000, 8
    rng = np.random.default_rng(0)
    weights = rng.standard_normal((factors, n_products)).astype(np.float32)
    half_step = HalfStep.of(weights.T, unobserved=0.1, penalty=1.0)
    part = IALSScorer(half_step, Confidence(np.ones(n_products, dtype=np.float32), 0.0))
    scorer = BlendScorer.of((part, PopularityScorer(weights[:1])), np.array([1.0]), 1.0)
    known = csr(np.ones(50), np.arange(50), rng.integers(0, n_products, size=50), (50, n_products))
    view = scorer.view(CreatorRows.without_attributes(known))
    creators, products = rng.integers(0, 50, size=1_000), rng.integers(0, n_products, size=1_000)
    tracemalloc.start()
    scorer.score_pairs(view, creators, products)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    one_list = 4 * n_products
    assert peak < one_list / 2


def test_nothing_scores_a_list_to_say_what_it_is_like(
    monkeypatch: pytest.MonkeyPatch, data: TrainingData
) -> None:
    scorer = Blend(PARTS, (1.0, 2.0, 3.0, 2.0), AttributePrior()).fit(data)
    rows = data.rows[np.arange(2_000) % N_CREATORS]
    scorer.view(rows[:1])
    monkeypatch.setattr("recsys.batches.CELLS", 100 * N_PRODUCTS)
    tracemalloc.start()
    view = scorer.view(rows)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    held = sum(
        part.nbytes if isinstance(part, np.ndarray) else part.data.nbytes + part.indices.nbytes
        for part in view.embeddings
    )
    # One list of each creator would be 200,000 bytes more.
    assert peak < 3 * held + 200_000


def test_a_view_does_not_depend_on_its_batches(
    monkeypatch: pytest.MonkeyPatch, scorer: BlendScorer, data: TrainingData
) -> None:
    whole = scorer.view(data.rows)
    monkeypatch.setattr("recsys.batches.CELLS", 3 * N_PRODUCTS)
    batched = scorer.view(data.rows)
    products = np.arange(N_PRODUCTS, dtype=np.int32)
    np.testing.assert_allclose(
        scorer.score_products(batched, products), scorer.score_products(whole, products), atol=1e-5
    )
    np.testing.assert_allclose(batched.coefficients, whole.coefficients, rtol=1e-4)
    assert [part.shape for part in batched.embeddings] == [part.shape for part in whole.embeddings]


def test_lists_do_not_depend_on_the_batches(
    monkeypatch: pytest.MonkeyPatch, scorer: BlendScorer, data: TrainingData
) -> None:
    whole = recommend(scorer, data.rows, 10, exclude=data.rows.affinity)
    monkeypatch.setattr("recsys.batches.CELLS", 7 * N_PRODUCTS)
    batched = recommend(scorer, data.rows, 10, exclude=data.rows.affinity)
    np.testing.assert_array_equal(batched.indices, whole.indices)
    np.testing.assert_array_equal(batched.lengths, whole.lengths)


def test_a_view_of_nobody_scores_nobody(scorer: BlendScorer, data: TrainingData) -> None:
    view = scorer.view(data.rows[:0])
    assert scorer.score_products(view, np.array([1, 2], dtype=np.int32)).shape == (0, 2)


def test_more_than_ten_parts_come_back_in_their_order(data: TrainingData) -> None:
    parts: tuple[Recommender, ...] = (ItemItem(), *([Popularity()] * 9), Profile())
    weights = tuple(float(place) for place in range(1, len(parts) + 1))
    scorer = Blend(parts, weights, AttributePrior()).fit(data)
    restored = BlendScorer.from_state(scorer.state())
    assert [part.kind for part in restored.parts] == [part.kind for part in scorer.parts]
    np.testing.assert_array_equal(restored.score(data.rows), scorer.score(data.rows))


def test_an_unknown_kind_of_part_is_refused_by_name(scorer: BlendScorer) -> None:
    state: ModelState = {**scorer.state(), "9.oracle.weights": np.zeros(1)}
    with pytest.raises(UsageError, match="unknown kind of model 'oracle'; known are attribute-prior"):
        BlendScorer.from_state(state)


@pytest.mark.parametrize(
    "weights",
    [(), (1.0,), (1.0, 1.0, 1.0), (1.0, -0.1), (0.0, 0.0), (1.0, float("nan")), (1.0, float("inf"))],
)
def test_weights_that_make_no_blend_are_refused(weights: tuple[float, ...]) -> None:
    with pytest.raises(UsageError, match="weights"):
        Blend((ItemItem(), Popularity()), weights, AttributePrior())


@pytest.mark.parametrize("evidence", [0.0, -1.0, float("nan"), float("inf")])
def test_evidence_that_would_divide_by_zero_is_refused(evidence: float) -> None:
    with pytest.raises(UsageError, match="evidence of a blend must be above 0"):
        Blend((ItemItem(),), (1.0,), AttributePrior(), evidence=evidence)


class _Constant(Scorer):
    kind = "constant"

    @property
    def n_products(self) -> int:
        return N_PRODUCTS

    def score(self, rows: CreatorRows) -> Float32:
        return np.zeros((len(rows), N_PRODUCTS), dtype=np.float32)

    def state(self) -> ModelState:
        return {}

    @classmethod
    def from_state(cls, state: ModelState) -> "_Constant":
        return cls()


class _ConstantModel:
    name = "constant"

    def fit(self, data: TrainingData) -> Scorer:
        return _Constant()


def test_a_model_that_is_not_linear_cannot_be_blended(data: TrainingData) -> None:
    with pytest.raises(UsageError, match="linear models, not 'constant'"):
        Blend((_ConstantModel(),), (1.0,), AttributePrior()).fit(data)


def test_the_default_recipe_has_the_prior_last_and_shares_of_one(data: TrainingData) -> None:
    fitted = default_recipe(N_CREATORS, 25, with_profile=True, seed=5).fit(data)
    assert [part.kind for part in fitted.parts] == [
        "item-item",
        "ials",
        "ials",
        "factors",
        "profile",
        "attribute-prior",
    ]
    assert sum(fitted.weights) == pytest.approx(1)
    assert all(isinstance(part, LinearScorer) for part in fitted.parts)
    assert len(fitted.score(data.rows)) == N_CREATORS
