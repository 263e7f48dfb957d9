"""How far ahead of the best-seller chart a policy brings a product that is about to trend.

Judged are *launches*: products with a trend (`Trends.amplitude` at least `CLEAR`) whose rise begins on a
day of the loop, and which are not in the top of the chart that morning. The rise begins 3 `rise_days`
before its middle, where it has 5 % of its height, or with the listing of the product if that is later. The
top of the chart are the best sellers by net units of the last week as known that morning, under the policy
judged: 1 % of the catalog, at least 3.

A launch *enters* on the first morning after its rise began on which it is in that top. It is *listed* on
the first morning from the beginning of its rise on which at least 1 % of the lists hold it: days on lists
before the rise earn no lead, since a product may be there for its ordinary merits. The lead is the day of
entering less that of being listed. One that enters without having been listed counts as listed on the day
after the loop, the least lead that is possible for it. One that never enters has no lead and is only
counted, since its own end cannot be told from that of the loop: the median is over those that entered.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from benchmarks.episode import Episode
from recsys.arrays import Bool, Float64, Int64
from training.simulation.truth import Truth

CLEAR: Final = 1.0
TOP_SHARE: Final = 0.01
LEAST_TOP: Final = 3
LISTED_SHARE: Final = 0.01


@dataclass(frozen=True, slots=True)
class Launches:
    """The launches of one or more episodes."""

    lead_days: tuple[int, ...]
    """Of those that entered the top."""
    never_entered: int
    listed: int
    """How many were listed at all, whether or not they entered."""

    @property
    def count(self) -> int:
        """All launches."""
        return len(self.lead_days) + self.never_entered

    @property
    def median_lead(self) -> float | None:
        """Median lead in days; None where no launch entered."""
        return float(np.median(self.lead_days)) if self.lead_days else None


def find_launches(truth: Truth, episode: Episode, first_day: int) -> Launches:
    """The launches of an episode whose loop began on `first_day`."""
    mornings = len(episode.charts)
    top = in_top(episode.charts)
    enough = np.maximum(1, np.ceil(LISTED_SHARE * episode.n_lists))
    on_lists: Bool = episode.listed >= enough[:, np.newaxis]
    begins = rise_begins(truth) - first_day
    leads: list[int] = []
    never = listed_at_all = 0
    for product in np.flatnonzero((truth.trends.amplitude >= CLEAR) & (begins >= 0) & (begins < mornings)):
        begin = int(begins[product])
        if top[begin, product]:
            continue
        listed = _first(on_lists[begin:, product], mornings - begin)
        entered = _first(top[begin:, product], -1)
        listed_at_all += listed < mornings - begin
        if entered < 0:
            never += 1
        else:
            leads.append(entered - listed)
    return Launches(tuple(leads), never, int(listed_at_all))


def pooled(launches: Sequence[Launches]) -> Launches:
    """Launches of several episodes as one."""
    return Launches(
        tuple(lead for one in launches for lead in one.lead_days),
        sum(one.never_entered for one in launches),
        sum(one.listed for one in launches),
    )


def rise_begins(truth: Truth) -> Int64:
    """(products,) the market's day on which a trend begins to rise, or the product is listed."""
    rise = np.ceil(truth.trends.middle_day - 3.0 * truth.trends.rise_days).astype(np.int64)
    return np.maximum(rise, truth.listed_day)


def in_top(charts: Float64) -> Bool:
    """(mornings, products) which sold units that fewer than a top of others exceed."""
    n_products = charts.shape[1]
    size = min(max(LEAST_TOP, int(np.ceil(TOP_SHARE * n_products))), n_products)
    least = np.partition(charts, n_products - size, axis=1)[:, n_products - size]
    return np.asarray((charts >= least[:, np.newaxis]) & (charts > 0), dtype=np.bool_)


def _first(flags: Bool, otherwise: int) -> int:
    return int(flags.argmax()) if flags.any() else otherwise
