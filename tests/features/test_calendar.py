from pathlib import Path

import pytest

from recsys.value.context import PairContext
from tests.exports import DAY, Row
from tests.features.promoted import NOW, PAST, context_of, sale, views

EVENTS: list[Row] = [
    {"name": "sale", "starts_at": NOW - 20 * DAY, "ends_at": NOW - 18 * DAY, "category": "Beauty"},
    {"name": "all", "starts_at": NOW + 5 * DAY, "ends_at": NOW + 6 * DAY},
    {"name": "skin", "starts_at": NOW + 7 * DAY, "ends_at": NOW + 8 * DAY, "category": "Beauty/Skin"},
]


def _event_market(tmp_path: Path, units: int) -> PairContext:
    categories = {"p1": "Beauty", "p2": "Beauty/Skin", "p3": "Beautyful", "p4": "Beauty/Skin/Face"}
    tables: dict[str, list[Row]] = {
        "products": [{"product_id": name, "category": category} for name, category in categories.items()],
        "demand_events": EVENTS,
        "engagement": [
            # At other times 1,000 clicks sold 100 of p1; in the event 400 clicks, 40 as a rule.
            views(40, "a", "p1", 5_000, 700),
            views(20, "a", "p1", 2_000, 400),
            # The event's end lies outside it.
            views(18, "a", "p1", 1_000, 300),
            # Not concerned, however well it sold then.
            views(40, "a", "p3", 5_000, 1_000),
            views(19, "a", "p3", 5_000, 10),
            # Of p2 nothing was sold at other times: nothing is usual there.
            views(19, "a", "p2", 5_000, 500),
        ],
        "sales": [
            sale(39, "a", "p1", 60),
            sale(18, "a", "p1", 40),
            *([sale(19.5, "a", "p1", units)] if units else []),
            sale(19.6, "a", "p1", 77, status="CANCELLED"),
            sale(39, "a", "p3", 100),
            sale(19, "a", "p3", 900),
            sale(19, "a", "p2", 900),
        ],
    }
    return context_of(tmp_path, tables)


@pytest.mark.parametrize(("units", "lift"), [(120, 140 / 60), (40, 1.0), (0, 20 / 60)])
def test_the_lift_of_events_is_measured_on_those_of_the_past(tmp_path: Path, units: int, lift: float) -> None:
    # As if 20 more units had been seen, 20 of which were to be expected.
    assert _event_market(tmp_path, units).demand.lift == pytest.approx(lift)


def test_an_event_concerns_its_category_and_what_lies_below(tmp_path: Path) -> None:
    demand = _event_market(tmp_path, 40).demand
    assert demand.starts.tolist() == [event["starts_at"] for event in EVENTS]
    assert demand.ends.tolist() == [event["ends_at"] for event in EVENTS]
    assert demand.concerns.tolist() == [
        [True, True, False, True],
        [True, True, True, True],
        [False, True, False, True],
    ]


def test_a_market_without_events_has_an_even_demand(tmp_path: Path) -> None:
    context = context_of(tmp_path, {**PAST, "demand_events": []})
    assert context.demand.concerns.shape == (0, 2)
    assert context.demand.lift == 1.0
