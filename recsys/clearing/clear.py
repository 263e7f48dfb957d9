"""Clears a market: prices, and the lists that go with them."""

from dataclasses import dataclass, replace
from typing import Final

from recsys.arrays import Bool
from recsys.clearing.filling import fill
from recsys.clearing.market import Market
from recsys.clearing.prices import ITERATIONS, Prices, sampled_prices

# Prices settle to a few hundredths, and whole promotions do not fit a capacity as parts would: somewhat lower
# prices may fill it better.
_LOWERED: Final = (0.98, 0.95, 0.9, 0.85, 0.8, 0.7, 0.5, 0.25, 0.0)
# Of more candidates than this none is tried.
_MANY: Final = 20_000_000


@dataclass(frozen=True, slots=True)
class Cleared:
    """Prices of a market, and which candidates stand on the lists (creators × candidates)."""

    prices: Prices
    chosen: Bool
    worth: float


def clear(market: Market, iterations: int = ITERATIONS) -> Cleared:
    """Lists of greatest worth together, as far as prices find them; no capacity is ever passed.

    Each creator has at most `market.places`. The same market gives the same lists, bit for bit.
    """
    found = sampled_prices(market, iterations)
    lowered = _LOWERED if market.products.size <= _MANY else ()
    best = _cleared(market, found)
    for share in lowered:
        cleared = _cleared(market, replace(found, of_unit=found.of_unit * share))
        best = cleared if cleared.worth > best.worth else best
    return best


def _cleared(market: Market, prices: Prices) -> Cleared:
    chosen = fill(market, prices)
    return Cleared(prices, chosen, market.worth(chosen))
