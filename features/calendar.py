"""Demand events: what they concern, and how much past ones lifted sales."""

import numpy as np
import pyarrow as pa

from features.categories import category_names
from features.columns import numbers
from features.snapshot import Snapshot
from recsys.value.demand import DemandCalendar


def demand_calendar(snapshot: Snapshot, products: pa.Table) -> DemandCalendar:
    """All events, with the lift that past ones had on units a click."""
    events = snapshot.engine.table(
        f"SELECT starts_at, ends_at, category FROM {snapshot.demand_events} ORDER BY 1, 2, 3"
    )
    categories = category_names(products).to_pylist()
    concerns = np.array(
        [
            [_is_within(category, concerned) for category in categories]
            for concerned in events["category"].to_pylist()
        ],
        dtype=np.bool_,
    ).reshape(len(events), len(categories))
    return DemandCalendar(
        events["starts_at"].to_numpy(), events["ends_at"].to_numpy(), concerns, _event_lift(snapshot)
    )


def _is_within(category: str, concerned: str | None) -> bool:
    return concerned is None or f"{category}/".startswith(f"{concerned}/")


def _event_lift(snapshot: Snapshot) -> float:
    """Units a click in the days and categories of past events, as a multiple of those at other times.

    1 where nothing is known; clicks are what shoppers do before they decide, so more visitors alone lift
    nothing.
    """
    sums = snapshot.engine.table(f"""
        WITH concerned AS (
            SELECT product_index, starts_at, ends_at FROM {snapshot.products}
            JOIN (SELECT starts_at, ends_at, category AS whole FROM {snapshot.demand_events}) AS events
            ON whole IS NULL OR category = whole OR SUBSTR(category, 1, LENGTH(whole) + 1) = whole || '/'
        )
        SELECT category, CAST(SUM(clicks_in) AS DOUBLE) AS clicks_in, CAST(SUM(clicks) AS DOUBLE) AS clicks,
            CAST(SUM(units_in) AS DOUBLE) AS units_in, CAST(SUM(units) AS DOUBLE) AS units
        FROM (
            SELECT product_index, product_clicks AS clicks, 0 AS units, 0 AS units_in,
                CASE WHEN {_inside("engagement", "period_start")} THEN product_clicks ELSE 0 END AS clicks_in
            FROM {snapshot.engagement}
            UNION ALL
            SELECT product_index, 0, net_quantity,
                CASE WHEN {_inside("sales", "ordered_at")} THEN net_quantity ELSE 0 END, 0
            FROM {snapshot.sales}
        ) AS both_sides JOIN {snapshot.products} USING (product_index)
        GROUP BY category ORDER BY category
    """)
    found = {name: numbers(sums, name) for name in ("clicks_in", "clicks", "units_in", "units")}
    clicks_out = found["clicks"] - found["clicks_in"]
    units_out = found["units"] - found["units_in"]
    usual = np.divide(units_out, clicks_out, out=np.zeros(len(clicks_out)), where=clicks_out > 0)
    expected = float((usual * found["clicks_in"]).sum())
    # As if so many units had been seen at the usual rate: one small event must not move a market.
    caution = 20.0
    return float((found["units_in"][usual > 0].sum() + caution) / (expected + caution))


def _inside(table: str, at: str) -> str:
    """SQL of whether an instant lies within an event that concerns the row's product."""
    return (
        f"EXISTS (SELECT 1 FROM concerned WHERE concerned.product_index = {table}.product_index "
        f"AND {at} >= starts_at AND {at} < ends_at)"
    )
