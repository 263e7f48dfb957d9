"""An answer of the service, as JSON or from the same schema, printed for a person to read."""

from collections.abc import Callable, Mapping
from math import log10
from typing import Any, TypeAlias

from recsys.cli.output import console, print_table
from recsys.rounding import known_step, rounded

# What the service answers, as parsed JSON, and one of its matches.
AnswerBody: TypeAlias = Mapping[str, Any]
MatchBody: TypeAlias = Mapping[str, Any]
Columns: TypeAlias = Mapping[str, Callable[[MatchBody], object]]

PRODUCTS: Columns = {
    "product": lambda m: m["product_id"],
    "title": lambda m: m["title"] or "",
    "category": lambda m: m["category"],
    "price": lambda m: f"{m['price']:,.2f}",
    "pays": lambda m: f"{m['commission_rate']:.1%}",
}
CREATORS: Columns = {
    "creator": lambda m: m["creator_id"],
    "followers": lambda m: m["follower_count"],
    "history": lambda m: "none" if m["new_creator"] else "yes",
    "region": lambda m: m["region"] or "",
    "product": lambda m: m["product_id"],
}
_VALUES: Columns = {
    "chance of a sale": lambda m: f"{m['chance_of_sale']:.0%}",
    "units": lambda m: f"{m['expected_units']:,.2f}",
    "gmv": lambda m: _known(m, "expected_gmv"),
    "commission (80 %)": lambda m: (
        f"{_known(m, 'expected_commission')} "
        f"({_known(m, 'expected_commission_low')} – {_known(m, 'expected_commission_high')})"
    ),
}
_NEW_SHOPPERS: Columns = {"new shoppers": lambda m: f"{m['expected_new_shoppers']:,.2f}"}


def _known(match: MatchBody, name: str) -> str:
    """An amount with as many digits as the interval of the commission leaves it."""
    commission, low, high = (match[f"expected_commission{end}"] for end in ("", "_low", "_high"))
    step = known_step(commission, low, high)
    if name == "expected_gmv" and commission > 0:
        step *= 10.0 ** round(log10(match["expected_gmv"] / commission))
    return rounded(match[name], step)


def print_answer(title: str, answer: AnswerBody, columns: Columns) -> None:
    """Print an answer's matches with what they are expected to bring, and under them why they are there."""
    matches = answer["matches"]
    if not matches:
        console().print("nothing matches these filters")
        return
    valued = matches[0]["expected_commission"] is not None
    values = _VALUES if valued else {}
    if answer["objective"] == "new_shoppers":
        values = {**_NEW_SHOPPERS, **values}
    shown: Columns = {**columns, **values, "score": lambda m: m["score"]}
    rows = [(match["rank"], *(cell(match) for cell in shown.values())) for match in matches]
    print_table(f"{title}, by {answer['objective']}", ("rank", *shown), rows)
    for match in matches:
        # Under the table: a column for sentences would be too narrow to read.
        texts = "; ".join([match["summary"], *(reason["text"] for reason in match["reasons"])])
        console().print(f"  {match['rank']}: {texts}", markup=False)
    console().print(_foot(answer, valued), markup=False)


def _foot(answer: AnswerBody, valued: bool) -> str:
    parts = [f"from release {answer['release_id']}"]
    if valued:
        parts.append(f"expected within {answer['horizon_days']:g} days, in {answer['currency']}")
        if any(match["promoted_or_not"] for match in answer["matches"]):
            parts.append("of what stands on a list, promoted or not: promotions show only by their sales")
        parts.append("four of five promotions lie within the brackets: where most sell nothing, both are 0")
        if "earnings" in answer["objective"]:
            parts.append("earnings are commission × chance of a sale")
        if answer["objective"] == "net_earnings":
            parts.append("net of what a place costs others who want the product")
    if tiers := answer.get("tiers"):
        parts.append("by tier: " + ", ".join(f"{count} {tier}" for tier, count in tiers.items()))
    if answer.get("diversity"):
        parts.append(f"diversity costs {answer['diversity_cost']:.1%} of the {answer['objective']}")
    return "; ".join(parts)
