"""A match in words: what to expect of it, how sure that is, and what it rests on."""

from recsys.rounding import known_step, rounded
from recsys.value.estimates import Estimates
from serving.reasons import Basis, counted

# A promotion that sells at all less often than this is told by its chance, not by its mean.
RATHER_NOTHING = 0.5
# Where promotions that sold nothing leave no trace, what one brings is not known.
PROMOTED_OR_NOT = "promoted or not, since this market shows promotions only by their sales"


def summary(estimates: Estimates | None, place: int, currency: str, basis: Basis) -> str:
    """What the pair at a place of the estimates may bring within the horizon, and on what that rests."""
    if estimates is None:
        return grounds(basis)
    said = f"{_prospect(estimates, place, currency)}{_asked(estimates, place)}"
    if estimates.promoted_or_not[place]:
        said = f"{PROMOTED_OR_NOT}: {said}"
    return f"{said}; {grounds(basis)}"


def grounds(basis: Basis) -> str:
    """What is known that the match rests on."""
    if basis.own_units:
        return f"this creator has sold {counted(basis.own_units, 'unit')} of it"
    others = (
        f"{counted(basis.promoters, 'creator')} who promote{'s' if basis.promoters == 1 else ''} this"
        if basis.promoters
        else ""
    )
    if basis.own_products:
        own = f"based on {counted(basis.own_products, 'product')} that this creator promotes"
        if not others:
            return f"{own}; nobody else promotes this yet"
        return f"{own} and {others}, {basis.alike} of them like this creator"
    if not others:
        return "a guess: this creator has no history yet, and nobody else promotes this"
    return (
        f"based on {others}, {basis.alike} of them of this creator's size and region, who has no history yet"
    )


def _prospect(estimates: Estimates, place: int, currency: str) -> str:
    chance, units, commission, low, high = (
        float(values[place])
        for values in (
            estimates.chance,
            estimates.units,
            estimates.commission,
            estimates.commission_low,
            estimates.commission_high,
        )
    )
    step = known_step(commission, low, high)
    money = f"{rounded(commission, step)} {currency} of commission"
    if high > low:
        money += f" ({rounded(low, step)} to {rounded(high, step)} in four of five cases"
        money += ", far more in a few)" if estimates.is_skewed[place] else ")"
    if chance < RATHER_NOTHING:
        return f"probably no sale (a chance of {_percent(chance)}), on average {money}"
    return f"about {_units(units)}, {money}"


def _asked(estimates: Estimates, place: int) -> str:
    chance = float(estimates.chance_promotes[place])
    # A creator who is told of promoting has no doubt of that.
    if chance == 1.0:
        return ""
    return f", counting in a chance of {_percent(chance)} that this creator promotes anything"


def _units(units: float) -> str:
    number = rounded(units, known_step(units, 0.0, 0.0)) if units >= 10 else f"{max(1, round(units))}"
    return f"{number} unit" if number == "1" else f"{number} units"


def _percent(chance: float) -> str:
    return "under 1 %" if chance < 0.01 else f"{chance:.0%}".replace("%", " %")
