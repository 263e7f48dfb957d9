"""Rates under which taste makes a wanted share of the variance of sales."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from training.simulation.arrays import Floats
from training.simulation.settings import SimulationSettings
from training.simulation.truth import Truth


def with_taste(truth: Truth, settings: SimulationSettings) -> Truth:
    """The truth with rates under which taste has the settings' share of the variance of log sales.

    That of reach and of the products' appeal and conversion stays as it was drawn; expected sales of a pair
    of average logs move so that their mean over pairs stays, were the match normal.
    """
    if settings.taste_share is None and settings.own_taste == 0.0:
        return truth
    rates = truth.rates
    exponent = rates.click_taste + rates.cart_taste + rates.convert_taste
    vectors = _variance_of_match(truth.taste, truth.factor)
    match = vectors / (1.0 - settings.own_taste)
    others = float(np.log(truth.reach).var() + np.log(truth.appeal * truth.conversion).var())
    scale = 1.0
    if settings.taste_share is not None and match > 0.0:
        share = settings.taste_share
        scale = float(np.sqrt(share / (1.0 - share) * others / match)) / exponent
    less = 0.5 * exponent**2 * (scale**2 * match - vectors)
    return replace(
        truth,
        rates=replace(
            rates,
            click=float(rates.click * np.exp(-less)),
            click_taste=rates.click_taste * scale,
            cart_taste=rates.cart_taste * scale,
            convert_taste=rates.convert_taste * scale,
            own_taste=float(np.sqrt(match - vectors)),
            own_seed=settings.seed,
        ),
    )


def _variance_of_match(taste: Floats, factor: Floats) -> float:
    """Variance over all pairs of the product of their vectors, without making the pairs."""
    squares = np.einsum("ij,ij->", taste.T @ taste, factor.T @ factor) / (len(taste) * len(factor))
    return max(float(squares - (taste.mean(axis=0) @ factor.mean(axis=0)) ** 2), 0.0)
