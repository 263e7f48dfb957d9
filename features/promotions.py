"""Promotions: how much creators post, how many promote the same product, what comes back of it."""

import numpy as np

from features.estimators.gamma_poisson import GammaPoisson, multiples
from features.estimators.groups import summed, typical, within_groups
from features.estimators.tally import Tally
from features.pairs import PairTotals
from recsys.arrays import Float64, Int32, sums_by


def creator_contents_sql(engagement: str, sales: str, as_of: int, window: int) -> str:
    """SQL of each creator's contents: how many of the last `window` (microseconds), and their views.

    Views count on contents older than the window alone, since younger ones are still being watched:
    `watched` such contents have `views` views, whose squares sum up to `squared_views`.
    """
    since = as_of - window
    watched = f"CASE WHEN posted_at <= {since} THEN views ELSE 0 END"
    exact = f"CAST({watched} AS DECIMAL(19,0))"
    return f"""
        SELECT creator_index,
            CAST(SUM(CASE WHEN posted_at > {since} THEN 1 ELSE 0 END) AS BIGINT) AS recent_contents,
            CAST(SUM(CASE WHEN posted_at <= {since} THEN 1 ELSE 0 END) AS BIGINT) AS watched,
            CAST(SUM({watched}) AS BIGINT) AS views,
            CAST(SUM({exact} * {exact}) AS DOUBLE) AS squared_views
        FROM (
            SELECT creator_index, content_index, MIN(moment) AS posted_at, CAST(SUM(views) AS BIGINT) AS views
            FROM (
                SELECT creator_index, content_index, period_start AS moment, views FROM {engagement}
                UNION ALL
                SELECT creator_index, content_index, ordered_at AS moment, 0 AS views FROM {sales}
            ) AS traces
            GROUP BY creator_index, content_index
        ) AS posted
        GROUP BY creator_index
    """


def product_returns_sql(sales: str, as_of: int, refund_window: int) -> str:
    """SQL of units sold so long ago that they can come back no more, and how many of them stayed sold."""
    return f"""
        SELECT product_index, CAST(SUM(quantity) AS BIGINT) AS settled_units,
            CAST(SUM(net_quantity) AS BIGINT) AS kept_units
        FROM {sales}
        WHERE ordered_at <= {as_of - refund_window}
        GROUP BY product_index
    """


def product_promoters(pairs: PairTotals, since: int, n_products: int) -> dict[str, Float64]:
    """How many creators promote each product, and how many of them began after `since`."""
    return {
        "promoters": np.bincount(pairs.product_index, minlength=n_products).astype(np.float64),
        "new_promoters": sums_by(pairs.product_index, pairs.started_at > since, n_products),
    }


def newcomer_yields(pairs: PairTotals, since: int, categories: Int32) -> Float64:
    """By product, what those who began after `since` sold, as a multiple of what newcomers can expect there.

    That is what promoters of the product sold in all time, times how much of it a newcomer sells as a rule.
    Promoters differ, so one large one says little of those to come.
    """
    n_products, new = len(categories), pairs.started_at > since
    sold, products = pairs.net_units.astype(np.float64), pairs.product_index
    promoters = summed(GammaPoisson, Tally.undecayed(sold, np.ones(len(sold))), products, n_products)
    usual = within_groups(GammaPoisson, promoters, categories.astype(np.int64))[products[new]]
    newcomers = Tally.undecayed(sold[new], usual)
    expected = newcomers.expecting(typical(GammaPoisson, newcomers))
    return multiples(summed(GammaPoisson, expected, products[new], n_products))
