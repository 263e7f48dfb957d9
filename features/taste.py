"""Taste, told by rates: which pairs sell better than their creator and their product do otherwise.

`log rate = own rates of creator and product + u · v`, with u the factors of the creator, v of the product,
fitted to the counts of pairs that were tried; what is alike in them reaches pairs nobody has tried.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from scipy import sparse

from features.estimators.gamma_poisson import GammaPoisson, multiples
from features.estimators.groups import summed, typical
from features.side_map import SideMap
from features.yields import Funnel, Yields
from recsys.arrays import CSR, Bool, Float64, Int32, csr_of_parts
from recsys.value.specialty import Specialty
from recsys.value.taste import Taste

DIMENSIONS: Final = 8
_ROUNDS: Final = 40
# Spread of the factors that the search begins from.
_START: Final = 0.15
# A logarithm beyond this says no more: a pair sells twenty times, or a twentieth, of what is usual.
_MOST: Final = 3.0
_LEAST_VARIANCE: Final = 1e-5

Sparse: TypeAlias = sparse.csr_array[np.float64, tuple[int, int]]


@dataclass(frozen=True, slots=True)
class Evidence:
    """Of each pair with a record, in the order of creators, then products: what was counted along the funnel,
    and what the stage before, the product's own rates and the creator's let expect."""

    creators: Int32
    products: Int32
    observed: Float64
    expected: Float64
    shape: tuple[int, int]

    def matrix(self, values: Float64) -> Sparse:
        """Creators × products, with a value a pair."""
        begins = np.searchsorted(self.creators, np.arange(self.shape[0] + 1))
        return sparse.csr_array((values, self.products, begins), shape=self.shape)


def evidence_of(funnel: Funnel, yields: Yields, n_creators: int) -> Evidence:
    """What the pairs of a funnel tell beyond the rates of their products (`yields`) and their creators.

    Stages that follow each other add up: given the one before, each is a Poisson count around its own rate
    times the pair's taste, and so is the sum.
    """
    observed = expected = np.zeros(len(funnel.creators))
    for tally, rate in zip((*funnel.shares(), funnel.last()), yields.rates, strict=True):
        own = tally.expecting(rate[funnel.products])
        own = own.expecting(typical(GammaPoisson, own))
        of_creator = multiples(summed(GammaPoisson, own, funnel.creators, n_creators))
        counted, usual = own.expecting(of_creator[funnel.creators]).counts()
        observed, expected = observed + counted, expected + usual
    some = expected > 0
    shape = n_creators, len(yields.units)
    return Evidence(funnel.creators[some], funnel.products[some], observed[some], expected[some], shape)


def with_specialty(attributes: CSR, specialty: Specialty) -> CSR:
    """Side information of creators: their attributes, and what they choose, scaled to a deviation of 1."""
    factors = specialty.creators
    spread = float(factors.std()) if factors.size else 0.0
    chosen = sparse.csr_array(factors / spread if spread > 0 else np.zeros_like(factors))
    both = sparse.hstack([attributes, chosen], format="csr")
    return csr_of_parts(both.data, both.indices, both.indptr, both.shape)


@dataclass(frozen=True, slots=True)
class Factors:
    """Normal beliefs in the factors of one side: means (n × d) and covariances (n × d × d)."""

    mean: Float64
    covariance: Float64

    def squares(self) -> Float64:
        """The expected outer product of each row's factors, n × d²."""
        outer = self.mean[:, :, np.newaxis] * self.mean[:, np.newaxis]
        return (outer + self.covariance).reshape(len(outer), -1)


def fit_taste(evidence: Evidence, of_creators: CSR, of_products: CSR) -> Taste:
    """Poisson factorisation with side information (rows × values), by variational Bayes.

    Counts y of mean `expected · exp(u·v + ε)`, ε of a variance that is found. Each round the logarithm is
    drawn straight around what is believed (iteratively reweighted least squares), then creators and products
    are solved in turn, each around what its side information suggests (Lim and Teh, "Variational Bayesian
    Approach to Movie Rating Prediction", 2007; priors as in Agarwal and Chen, "Regression-based Latent Factor
    Models", 2009). Variances of factors and of ε follow from what is believed, so that few counts
    leave all near 0 and many speak for themselves.
    """
    (n, m), d = evidence.shape, DIMENSIONS
    if not len(evidence.observed):
        return Taste(np.zeros((n, 0), dtype=np.float32), np.zeros((m, 0), dtype=np.float32))
    creator_map, product_map = (
        SideMap.of(side, np.bincount(places, minlength=side.shape[0]) > 0)
        for side, places in ((of_creators, evidence.creators), (of_products, evidence.products))
    )
    known = np.bincount(evidence.products, minlength=m) > 0
    products = Factors(_start(of_products), np.zeros((m, d, d)))
    around_creators, around_products = np.zeros((n, d)), np.zeros((m, d))
    precision = np.full(d, 4.0)
    ones = np.ones(len(evidence.observed))
    each = GammaPoisson.fitted(evidence.observed, evidence.expected, ones)
    noise, told = 1.0 / each.shape, np.log(each.posterior(evidence.observed, evidence.expected))
    for _ in range(_ROUNDS):
        weights, pulls = _working(evidence, told, noise)
        creators = _solve(weights, pulls, products, around_creators, np.ones(d))
        around_creators = creator_map.told(creators.mean)
        products = _solve(_turned(weights), _turned(pulls), creators, around_products, precision)
        around_products = product_map.told(products.mean)
        precision = _precision(products, around_products, known)
        told = _told(evidence, creators, products)
        noise = _noise(evidence, told, noise, creators, products)
    weights, pulls = _working(evidence, told, noise)
    creators = _solve(weights, pulls, products, around_creators, np.ones(d))
    return Taste(creators.mean.astype(np.float32), products.mean.astype(np.float32))


def _start(side: CSR) -> Float64:
    """Product factors to begin from: alike where side information is."""
    rng = np.random.default_rng(0)
    own = rng.standard_normal((side.shape[0], DIMENSIONS))
    shared = rng.standard_normal((side.shape[1], DIMENSIONS))
    return np.asarray(_START * (own + side @ shared), dtype=np.float64)


def _working(evidence: Evidence, told: Float64, noise: float) -> tuple[Sparse, Sparse]:
    """Weights of the pairs, and these times the working response, creators × products."""
    around = np.clip(told, -_MOST, _MOST)
    usual = evidence.expected * np.exp(around)
    weights = usual / (1.0 + noise * usual)
    response = around + (evidence.observed - usual) / usual
    return evidence.matrix(weights), evidence.matrix(weights * response)


def _turned(matrix: Sparse) -> Sparse:
    turned: Sparse = matrix.T.tocsr()
    return turned


def _solve(weights: Sparse, pulls: Sparse, others: Factors, around: Float64, precision: Float64) -> Factors:
    """Beliefs in the factors of each row, whose prior has a mean `around` and a `precision` by dimension."""
    d = len(precision)
    systems = np.asarray(weights @ others.squares()).reshape(-1, d, d) + np.diag(precision)
    covariance = np.linalg.inv(systems)
    right = np.asarray(pulls @ others.mean) + around * precision
    return Factors(np.einsum("nij,nj->ni", covariance, right), covariance)


def _precision(factors: Factors, around: Float64, known: Bool) -> Float64:
    """One over the variance of known rows around what their side information suggests, by dimension."""
    strayed = np.square(factors.mean - around)[known].mean(axis=0)
    unsure = np.einsum("nii->ni", factors.covariance)[known].mean(axis=0)
    precision: Float64 = 1.0 / np.maximum(strayed + unsure, _LEAST_VARIANCE)
    return precision


def _told(evidence: Evidence, creators: Factors, products: Factors) -> Float64:
    told: Float64 = np.einsum("nd,nd->n", creators.mean[evidence.creators], products.mean[evidence.products])
    return told


def _noise(evidence: Evidence, told: Float64, noise: float, creators: Factors, products: Factors) -> float:
    """The variance of pairs' logarithms that no factors tell, by moments.

    What counts stray by beyond chance, and as much again as the factors are unsure of.
    """
    usual = evidence.expected * np.exp(np.clip(told, -_MOST, _MOST))
    weights = np.square(usual / (1.0 + noise * usual))
    strayed = np.square((evidence.observed - usual) / usual) - 1.0 / usual
    both = np.einsum("nk,nk->", np.asarray(evidence.matrix(weights) @ products.squares()), creators.squares())
    unsure = both - (weights * np.square(told)).sum()
    return max(_LEAST_VARIANCE, float(((weights * strayed).sum() + unsure) / weights.sum()))
