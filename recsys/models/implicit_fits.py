"""The one module that touches `implicit`: what it is given is checked, and what it gives."""

import os

import numpy as np
from scipy import sparse

from recsys.arrays import CSR, Float32
from recsys.blas import single_threaded
from recsys.errors import UsageError
from recsys.threads import MOST


def als_factors(
    confidence: CSR, *, factors: int, regularization: float, iterations: int, seed: int
) -> Float32:
    """Product factors (products × factors) of implicit ALS, the same on any number of cores.

    `confidence` (creators × products) stores at least one entry. Raises `UsageError` where the fit diverges.
    """
    from implicit.cpu.als import AlternatingLeastSquares
    from implicit.recommender_base import ModelFitError

    _require_entries(confidence, "ALS")
    # A new object for every fit: refitting one on another shape silently keeps the old factors.
    with single_threaded():
        model = AlternatingLeastSquares(
            factors=factors,
            regularization=regularization,
            alpha=1.0,
            iterations=iterations,
            num_threads=min(MOST, os.cpu_count() or 1),
            random_state=seed,
            use_cg=True,
        )
        try:
            model.fit(sparse.csr_matrix(confidence), show_progress=False)
        except ModelFitError as error:
            raise _diverged("ALS") from error
    return _checked(model.item_factors, (confidence.shape[1], factors), "ALS")


def bpr_factors(
    affinity: CSR, *, factors: int, learning_rate: float, regularization: float, iterations: int, seed: int
) -> tuple[Float32, Float32]:
    """Creator and product factors (each × (factors + 1), the bias last) of BPR.

    It runs on one thread: only then it repeats. `affinity` (creators × products) stores at least one entry.
    Raises `UsageError` where the fit diverges.
    """
    from implicit.cpu.bpr import BayesianPersonalizedRanking

    _require_entries(affinity, "BPR")
    model = BayesianPersonalizedRanking(
        factors=factors,
        learning_rate=learning_rate,
        regularization=regularization,
        iterations=iterations,
        num_threads=1,
        random_state=seed,
    )
    model.fit(sparse.csr_matrix(affinity), show_progress=False)
    n_creators, n_products = affinity.shape
    return (
        _checked(model.user_factors, (n_creators, factors + 1), "BPR"),
        _checked(model.item_factors, (n_products, factors + 1), "BPR"),
    )


def _require_entries(matrix: CSR, model: str) -> None:
    if not matrix.nnz:
        raise UsageError(f"{model} needs at least one stored affinity; the matrix is empty")


def _checked(found: np.ndarray, shape: tuple[int, int], model: str) -> Float32:
    factors = np.ascontiguousarray(found, dtype=np.float32)
    if factors.shape != shape or not np.isfinite(factors).all():
        raise _diverged(model)
    return factors


def _diverged(model: str) -> UsageError:
    return UsageError(f"{model} diverged; raise its regularization, or lower its alpha or learning rate")
