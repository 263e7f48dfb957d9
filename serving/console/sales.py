"""What a product sold lately, as a line and in words."""

from dataclasses import dataclass
from typing import Final

from serving.console.charts import line
from serving.loaded import LoadedRelease

# Two windows are no course.
LEAST_WINDOWS: Final = 3


@dataclass(frozen=True, slots=True)
class Sales:
    """Points of the line, oldest window first, and what it says; no points where nothing was sold."""

    points: str
    lately: str
    course: str


def sales_of(release: LoadedRelease, product: int) -> Sales | None:
    """Net units of a product by window of momentum; None where the release knows too few windows."""
    units = release.products.past_units[product].tolist()
    if len(units) < LEAST_WINDOWS:
        return None
    days = f"{release.momentum_days:g} days"
    if not any(units):
        whole = f"{release.momentum_days * len(units):g} days"
        return Sales("", f"none sold in the last {whole}", "")
    course = f"Units sold by {days}, oldest first: {', '.join(f'{n:,}' for n in units)}"
    return Sales(line(units), f"{units[-1]:,} sold in the last {days}", course)
