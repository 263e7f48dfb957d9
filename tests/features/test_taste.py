import numpy as np
import pytest

from features.taste import Evidence, evidence_of, fit_taste, with_specialty
from features.yields import Funnel, Skills, Yields
from recsys.arrays import CSR, Float64, csr, empty_csr
from recsys.value.specialty import Specialty
from recsys.value.taste import Taste

N, M, D = 400, 120, 3
NOTHING = empty_csr((N, 0)), empty_csr((M, 0))


def _planted(strength: float, seed: int = 0) -> Float64:
    """Logarithms of all pairs, with three things that creators and products may have in common."""
    rng = np.random.default_rng(seed)
    creators, products = rng.standard_normal((N, D)), rng.standard_normal((M, D))
    logs: Float64 = strength * creators @ products.T / np.sqrt(D)
    return logs


def _evidence(logs: Float64, expected: float, tried: float = 0.12, seed: int = 1) -> Evidence:
    """Poisson counts of a share of the pairs, chosen at random."""
    rng = np.random.default_rng(seed)
    creators, products = (place.astype(np.int32) for place in np.nonzero(rng.random(logs.shape) < tried))
    usual = rng.gamma(2.0, expected / 2.0, len(creators)) + 0.1
    observed = rng.poisson(usual * np.exp(logs[creators, products])).astype(np.float64)
    return Evidence(creators, products, observed, usual, logs.shape)


def _all(taste: Taste) -> Float64:
    shape = len(taste.creators), len(taste.products)
    creators, products = (place.ravel().astype(np.int32) for place in np.indices(shape))
    return taste.deviation(creators, products).reshape(shape)


def _untried(evidence: Evidence) -> np.ndarray:
    untried = np.ones(evidence.shape, dtype=np.bool_)
    untried[evidence.creators, evidence.products] = False
    return untried


def _side(camps: np.ndarray, n_camps: int) -> CSR:
    return csr(np.ones(len(camps)), np.arange(len(camps)), camps, (len(camps), n_camps))


def test_taste_reaches_pairs_that_nobody_has_tried() -> None:
    logs = _planted(0.8)
    evidence = _evidence(logs, expected=20.0)
    untried = _untried(evidence)
    found = _all(fit_taste(evidence, *NOTHING))
    assert np.corrcoef(found[untried], logs[untried])[0, 1] > 0.8


def test_what_is_told_is_meant() -> None:
    logs = _planted(0.8)
    evidence = _evidence(logs, expected=20.0)
    untried = _untried(evidence)
    found = _all(fit_taste(evidence, *NOTHING))[untried]
    slope = float(found @ logs[untried] / (found @ found))
    assert slope == pytest.approx(1.0, abs=0.15)


def test_more_counts_say_more() -> None:
    logs = _planted(0.8)
    errors, spreads = [], []
    for expected in (0.3, 3.0, 30.0):
        found = _all(fit_taste(_evidence(logs, expected), *NOTHING))
        errors.append(np.square(found - logs).mean())
        spreads.append(found.std())
    assert errors[0] > errors[1] > errors[2]
    assert spreads[0] < spreads[1] < spreads[2] < 1.1 * logs.std()


def test_chance_alone_tells_nothing() -> None:
    found = _all(fit_taste(_evidence(np.zeros((N, M)), expected=10.0), *NOTHING))
    assert found.std() < 0.05


def test_pairs_that_differ_without_a_pattern_tell_little_of_others() -> None:
    logs = np.random.default_rng(3).standard_normal((N, M)) * 0.8
    evidence = _evidence(logs, expected=30.0)
    found = _all(fit_taste(evidence, *NOTHING))
    assert found[_untried(evidence)].std() < 0.2


def test_attributes_tell_of_creators_and_products_without_a_record() -> None:
    creators, products = np.arange(N) % 4, np.arange(M) % 4
    logs = np.where(creators[:, np.newaxis] == products, 0.9, -0.3)
    evidence = _evidence(logs, expected=10.0)
    old = (evidence.creators >= 40) & (evidence.products >= 20)
    known = Evidence(
        evidence.creators[old],
        evidence.products[old],
        evidence.observed[old],
        evidence.expected[old],
        evidence.shape,
    )
    found = _all(fit_taste(known, _side(creators, 4), _side(products, 4)))
    for new in (np.s_[:40], np.s_[:, :20], np.s_[:40, :20]):
        assert np.corrcoef(found[new].ravel(), logs[new].ravel())[0, 1] > 0.9
    alone = _all(fit_taste(known, *NOTHING))
    assert (alone[:40] == 0).all()
    assert (alone[:, :20] == 0).all()


def test_without_evidence_there_is_no_taste() -> None:
    nothing = Evidence(*(np.zeros(0, dtype=np.int32),) * 2, np.zeros(0), np.zeros(0), (N, M))
    taste = fit_taste(nothing, *NOTHING)
    assert taste.creators.shape == (N, 0)
    assert taste.products.shape == (M, 0)
    assert (_all(taste) == 0).all()


def test_the_same_evidence_gives_the_same_bits() -> None:
    evidence = _evidence(_planted(0.5), expected=5.0)
    first, second = fit_taste(evidence, *NOTHING), fit_taste(evidence, *NOTHING)
    assert first.creators.tobytes() == second.creators.tobytes()
    assert first.products.tobytes() == second.products.tobytes()


def test_a_single_pair_leaves_finite_factors() -> None:
    place = np.zeros(1, dtype=np.int32)
    for observed in (0.0, 1.0, 1e6):
        one = Evidence(place, place, np.array([observed]), np.array([1e-3]), (2, 2))
        taste = fit_taste(one, empty_csr((2, 0)), empty_csr((2, 0)))
        assert np.isfinite(_all(taste)).all()


def test_evidence_is_what_stages_counted_over_what_the_own_rates_let_expect() -> None:
    views, clicks = np.full(4, 100.0, dtype=np.float32), np.array([20, 10, 10, 20], dtype=np.float32)
    funnel = Funnel(
        creators=np.array([0, 0, 1, 1], dtype=np.int32),
        products=np.array([0, 1, 0, 1], dtype=np.int32),
        stages=((views, views), (clicks, clicks)),
        net_units=np.array([2, 1, 1, 2], dtype=np.float32),
    )
    rates = np.array([0.15, 0.15]), np.array([0.1, 0.1])
    evidence = evidence_of(funnel, Yields(rates), 2)
    assert evidence.observed == pytest.approx([22, 11, 11, 22])
    # 100 views at .15, and of each pair's own clicks a tenth: creators and products are all alike.
    assert evidence.expected == pytest.approx([17, 16, 16, 17])


def test_pairs_without_any_opportunity_tell_nothing() -> None:
    views = np.array([50.0, 0.0], dtype=np.float32)
    places = np.array([0, 1], dtype=np.int32)
    funnel = Funnel(places, places, ((views, views),), np.array([1.0, 0.0], dtype=np.float32))
    evidence = evidence_of(funnel, Yields((np.array([0.02, 0.02]),)), 2)
    assert evidence.creators.tolist() == [0]


def test_specialty_is_side_information_of_creators_at_a_scale_of_its_own() -> None:
    specialty = Specialty(
        np.array([[30.0], [-30.0], [0.0]], dtype=np.float32), np.ones((2, 1), dtype=np.float32)
    )
    both = with_specialty(csr([1.0], [0], [0], (3, 1)), specialty).toarray()
    assert both[:, 0].tolist() == [1.0, 0.0, 0.0]
    assert both[:, 1] == pytest.approx([1.5**0.5, -(1.5**0.5), 0.0])
    none = with_specialty(
        csr([1.0], [0], [0], (3, 1)), Specialty(np.zeros((3, 0), np.float32), np.zeros((2, 0), np.float32))
    )
    assert none.shape == (3, 1)


def test_a_record_is_what_taste_does_not_tell() -> None:
    n = 100
    places = np.divmod(np.arange(4 * n, dtype=np.int32), 4)
    logs = np.where(places[0] % 2 == places[1] % 2, 0.8, -0.8)
    views = np.full(4 * n, 10_000.0, dtype=np.float32)
    sold = np.round(views * 0.01 * np.exp(logs)).astype(np.float32)
    funnel = Funnel(places[0], places[1], ((views, views),), sold)
    one = np.ones((n, 1), dtype=np.float32)
    told = Taste((1.0 - 2.0 * (np.arange(n)[:, np.newaxis] % 2)).astype(np.float32), one[:4] * 0.8)
    told.products[1::2] *= -1.0
    given = funnel, np.full(4, 0.01), np.zeros(4, dtype=np.int32), n
    untold = Skills.of(*given, Taste(one * 0.0, one[:4])).of_pairs.data
    assert np.abs(Skills.of(*given, told).of_pairs.data).max() < 0.1 < np.abs(untold).min()
