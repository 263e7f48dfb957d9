"""What every model must keep, the blend and the default recipe included."""

import numpy as np
import pytest

from recsys.arrays import csr, empty_csr
from recsys.errors import UsageError
from recsys.models.als import ALS
from recsys.models.blend import Blend
from recsys.models.bpr import BPR
from recsys.models.contract import CreatorRows, Recommender, Scorer, TrainingData
from recsys.models.ials import IALS
from recsys.models.item_item import ItemItem
from recsys.models.popularity import Popularity
from recsys.models.prior import AttributePrior
from recsys.models.profile import Profile
from recsys.models.recipe import default_recipe
from recsys.models.recommend import recommend
from recsys.models.ridge import Ridge
from tests.recsys.models.examples import N_CREATORS, N_PRODUCTS, example, matrices, one_hot, sparse, vstack

MODELS: dict[str, Recommender] = {
    "popularity": Popularity(),
    "als": ALS(factors=6, iterations=4),
    "item-item": ItemItem(neighbours=10),
    "profile": Profile(),
    "attribute-prior": AttributePrior(),
    "blend": Blend((Popularity(), ItemItem()), (1.0, 3.0), prior=AttributePrior(), evidence=2.0),
    "bpr": BPR(factors=6, iterations=40),
    "ials": IALS(factors=6, iterations=3),
    "ridge": Ridge(neighbours=12, rank=6, half_rank=3),
    "recipe": default_recipe(N_CREATORS, N_PRODUCTS, with_profile=True, seed=3),
}


@pytest.fixture(scope="module", params=MODELS, ids=str)
def model(request: pytest.FixtureRequest) -> Recommender:
    return MODELS[request.param]


@pytest.fixture(scope="module")
def data() -> TrainingData:
    return example()


@pytest.fixture(scope="module")
def scorer(model: Recommender, data: TrainingData) -> Scorer:
    return model.fit(data)


def _close(actual: np.ndarray, expected: np.ndarray) -> None:
    # The same sums in another order of addition: float32 rounding, no more.
    np.testing.assert_allclose(actual, expected, rtol=1e-4, atol=1e-5)


def test_scores_are_finite_float32_creators_by_products(scorer: Scorer, data: TrainingData) -> None:
    scores = scorer.score(data.rows)
    assert scores.shape == (N_CREATORS, N_PRODUCTS)
    assert scores.dtype == np.float32
    assert np.isfinite(scores).all()
    assert scorer.n_products == N_PRODUCTS


def test_scores_tell_products_apart(scorer: Scorer, data: TrainingData) -> None:
    scores = scorer.score(data.rows)
    assert (scores[:-1].std(axis=1) > 0).all()


def test_permuting_the_creators_permutes_the_scores(scorer: Scorer, data: TrainingData) -> None:
    order = np.random.default_rng(1).permutation(N_CREATORS)
    _close(scorer.score(data.rows[order]), scorer.score(data.rows)[order])


def test_each_row_is_scored_from_that_row_alone(scorer: Scorer, data: TrainingData) -> None:
    together = scorer.score(data.rows)
    for creator in (0, 7, N_CREATORS - 1):
        _close(scorer.score(data.rows[creator : creator + 1]), together[creator : creator + 1])


def test_a_creator_never_seen_scores_as_the_same_row_seen(scorer: Scorer, data: TrainingData) -> None:
    stranger = CreatorRows(
        sparse(data.rows.affinity[[5]].toarray()[0].tolist()),
        sparse(data.rows.attributes[[5]].toarray()[0].tolist()),
    )
    _close(scorer.score(stranger)[0], scorer.score(data.rows)[5])


def test_no_creators_have_no_scores(scorer: Scorer, data: TrainingData) -> None:
    assert scorer.score(data.rows[:0]).shape == (0, N_PRODUCTS)
    assert len(recommend(scorer, data.rows[:0], 3).lengths) == 0


def test_two_fits_on_the_same_data_give_the_same_bits(model: Recommender) -> None:
    first, second = model.fit(example()).state(), model.fit(example()).state()
    assert first.keys() == second.keys()
    for name, array in first.items():
        assert array.tobytes() == second[name].tobytes(), name


def test_creators_without_history_leave_the_model_as_it_is(model: Recommender) -> None:
    data = example()
    signed_up = CreatorRows(empty_csr((500, N_PRODUCTS)), one_hot(np.arange(500) % 4, 4))
    joined = CreatorRows(
        vstack([signed_up.affinity, data.rows.affinity]), vstack([signed_up.attributes, data.rows.attributes])
    )
    crowded = TrainingData(joined, data.product_attributes, data.trend)
    expected = model.fit(data).state()
    for name, array in model.fit(crowded).state().items():
        np.testing.assert_array_equal(array, expected[name], name)


def test_the_number_of_cores_changes_no_bit(model: Recommender, monkeypatch: pytest.MonkeyPatch) -> None:
    data = example()
    # So that there is more than one piece of work to go round.
    monkeypatch.setattr("recsys.batches.CELLS", 70 * N_PRODUCTS)
    monkeypatch.setattr("recsys.models.half_step.CHUNK_CELLS", 40)

    def results(cores: int) -> list[bytes]:
        monkeypatch.setattr("os.cpu_count", lambda: cores)
        scorer = model.fit(data)
        lists = recommend(scorer, data.rows, 5, exclude=data.rows.affinity)
        arrays = (*scorer.state().values(), scorer.score(data.rows), lists.indices, lists.scores)
        return [array.tobytes() for array in arrays]

    expected = results(1)
    for cores in (2, 4, 8, 16):
        assert results(cores) == expected, cores


def test_one_object_fits_catalogs_of_any_size_one_after_another(model: Recommender) -> None:
    for n_creators, n_products in ((10, 8), (50, 31), (10, 8)):
        data = example(n_creators=n_creators, n_products=n_products)
        scorer = model.fit(data)
        assert scorer.n_products == n_products
        assert scorer.score(data.rows).shape == (n_creators, n_products)


def test_state_restores_the_same_scores(scorer: Scorer, data: TrainingData) -> None:
    restored = type(scorer).from_state(scorer.state())
    np.testing.assert_array_equal(restored.score(data.rows), scorer.score(data.rows))
    assert restored.state().keys() == scorer.state().keys()


def test_state_holds_plain_numbers_alone(scorer: Scorer) -> None:
    assert {array.dtype.kind for array in scorer.state().values()} <= {"f", "i"}


def test_fitting_and_scoring_change_nothing_that_they_are_given(
    model: Recommender,
) -> None:
    data = example()
    before, exclude = matrices(data), data.rows.affinity.copy()
    scorer = model.fit(data)
    state = {name: array.copy() for name, array in scorer.state().items()}
    scorer.score(data.rows)
    recommend(scorer, data.rows, 5, exclude=exclude, eligible=np.arange(N_PRODUCTS) > 3)
    for array, copied in zip(matrices(data), before, strict=True):
        np.testing.assert_array_equal(array, copied)
    np.testing.assert_array_equal(exclude.toarray(), data.rows.affinity.toarray())
    for name, array in scorer.state().items():
        np.testing.assert_array_equal(array, state[name])


def test_a_creator_without_history_gets_a_full_list(scorer: Scorer, data: TrainingData) -> None:
    ranking = recommend(scorer, data.rows[N_CREATORS - 1 :], 10)
    assert data.rows.affinity[[N_CREATORS - 1]].nnz == 0
    assert ranking.lengths.tolist() == [10]
    assert len(set(ranking.indices[0].tolist())) == 10


def test_a_creator_of_whom_nothing_is_known_gets_a_full_list(scorer: Scorer) -> None:
    nobody = CreatorRows.without_attributes(empty_csr((1, N_PRODUCTS)))
    if scorer.kind in ("blend", "attribute-prior"):
        nobody = CreatorRows(nobody.affinity, empty_csr((1, 4)))
    assert recommend(scorer, nobody, N_PRODUCTS).lengths.tolist() == [N_PRODUCTS]


def test_rows_without_any_attribute_column_are_scored(scorer: Scorer, data: TrainingData) -> None:
    rows = CreatorRows.without_attributes(data.rows.affinity)
    assert np.isfinite(scorer.score(rows)).all()


def test_excluded_and_ineligible_products_are_never_returned(scorer: Scorer, data: TrainingData) -> None:
    eligible = np.arange(N_PRODUCTS) % 3 != 0
    exclude = data.rows.affinity
    ranking = recommend(scorer, data.rows, N_PRODUCTS, exclude=exclude, eligible=eligible)
    for creator in range(N_CREATORS):
        barred = set(exclude[[creator]].indices.tolist()) | set(np.flatnonzero(~eligible).tolist())
        listed = ranking.row(creator)[0].tolist()
        assert set(listed) == set(range(N_PRODUCTS)) - barred
        assert len(listed) == N_PRODUCTS - len(barred)


def test_a_k_beyond_the_catalog_lists_every_product_once(scorer: Scorer, data: TrainingData) -> None:
    ranking = recommend(scorer, data.rows, N_PRODUCTS + 7)
    assert ranking.indices.shape == (N_CREATORS, N_PRODUCTS + 7)
    assert (ranking.lengths == N_PRODUCTS).all()
    assert (np.sort(ranking.indices[:, :N_PRODUCTS], axis=1) == np.arange(N_PRODUCTS)).all()
    assert (ranking.indices[:, N_PRODUCTS:] == -1).all()


def test_lists_are_in_the_order_of_the_scores(scorer: Scorer, data: TrainingData) -> None:
    ranking = recommend(scorer, data.rows, 5)
    scores = scorer.score(data.rows)
    expected = np.argsort(-scores, axis=1, kind="stable")[:, :5]
    np.testing.assert_array_equal(ranking.indices, expected)


def test_a_creator_who_sold_everything_gets_an_empty_list(scorer: Scorer, data: TrainingData) -> None:
    everything = csr(np.ones(N_PRODUCTS), np.zeros(N_PRODUCTS), np.arange(N_PRODUCTS), (1, N_PRODUCTS))
    assert recommend(scorer, data.rows[:1], 5, exclude=everything).lengths.tolist() == [0]


def test_rows_of_another_catalog_are_refused(scorer: Scorer) -> None:
    other = example(n_products=N_PRODUCTS + 1).rows
    with pytest.raises(UsageError, match="affinity rows have the shape"):
        recommend(scorer, other, 5)


def test_one_product_is_a_catalog(model: Recommender) -> None:
    rows = CreatorRows(sparse([2.0], [1.0], [0.0]), sparse([1.0], [0.0], [1.0]))
    data = TrainingData(rows, sparse([1.0]), np.array([1.0], dtype=np.float32))
    assert np.isfinite(model.fit(data).score(rows)).all()


@pytest.mark.parametrize("name", sorted(set(MODELS) - {"bpr"}))
def test_all_but_bpr_fit_a_market_without_any_history(name: str) -> None:
    rows = CreatorRows(empty_csr((4, 5)), empty_csr((4, 0)))
    data = TrainingData(rows, empty_csr((5, 0)), np.zeros(5, dtype=np.float32))
    assert np.isfinite(MODELS[name].fit(data).score(rows)).all()
