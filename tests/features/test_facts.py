from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from features.engine import Engine, open_engine
from features.facts import Facts, collapse
from features.validation import validate
from recsys.errors import DataError
from tests.exports import DAY, START, Row, write_tables
from tests.features.reading import facts_of


def _day(number: float) -> int:
    return START + round(number * DAY)


def _sales(facts: Facts, instant: int) -> list[tuple[object, ...]]:
    return facts.engine.rows(f"SELECT quantity, net_quantity FROM {facts.at(instant).sales} ORDER BY ALL")


def test_the_newest_state_of_a_key_wins_in_whatever_order_it_comes(tmp_path: Path, engine: Engine) -> None:
    facts = facts_of(
        tmp_path,
        engine,
        sales=[
            {"sale_id": "s", "quantity": 2, "status": "SETTLED", "updated_at": _day(2)},
            {"sale_id": "s", "quantity": 2, "status": "CANCELLED", "updated_at": _day(3)},
            {"sale_id": "s", "quantity": 2, "status": "PLACED", "updated_at": _day(1)},
        ],
    )
    assert _sales(facts, _day(9)) == [(2, 0)]


def test_a_state_holds_from_the_instant_it_was_written_until_the_next(tmp_path: Path, engine: Engine) -> None:
    facts = facts_of(
        tmp_path,
        engine,
        sales=[
            {"sale_id": "s", "quantity": 4, "updated_at": _day(1)},
            {"sale_id": "s", "quantity": 4, "refunded_quantity": 1, "updated_at": _day(2)},
        ],
    )
    assert _sales(facts, _day(1) - 1) == []
    assert _sales(facts, _day(1)) == [(4, 4)]
    assert _sales(facts, _day(2) - 1) == [(4, 4)]
    assert _sales(facts, _day(2)) == [(4, 3)]
    assert facts.superseded["sales"] == 0


def test_equally_new_states_are_settled_by_the_greatest_values(tmp_path: Path, engine: Engine) -> None:
    facts = facts_of(tmp_path, engine, sales=[{"sale_id": "s", "quantity": count} for count in (3, 7, 5)])
    assert _sales(facts, _day(9)) == [(7, 7)]
    assert facts.superseded["sales"] == 2


def test_what_never_held_is_dropped_and_counted(tmp_path: Path, engine: Engine) -> None:
    # What was written before its period is known with it, and so at once beaten by what is newer.
    facts = facts_of(
        tmp_path,
        engine,
        engagement=[
            {"period_start": _day(5), "views": 1, "updated_at": _day(1)},
            {"period_start": _day(5), "views": 2, "updated_at": _day(2)},
            {"period_start": _day(5), "views": 3, "updated_at": _day(7)},
        ],
    )
    assert facts.engine.rows("SELECT views, valid_from FROM facts_engagement ORDER BY 1") == [
        (2, _day(5)),
        (3, _day(7)),
    ]
    assert facts.superseded["engagement"] == 1


def test_replays_are_counted_and_change_nothing(tmp_path: Path, engine: Engine) -> None:
    facts = facts_of(tmp_path, engine, sales=[{"sale_id": "s", "quantity": 3}] * 3)
    assert _sales(facts, _day(9)) == [(3, 3)]
    assert facts.superseded["sales"] == 2


def test_a_value_beats_null_among_equally_new_states(tmp_path: Path, engine: Engine) -> None:
    rows: list[Row] = [{"creator_id": "c", "region": None}, {"creator_id": "c", "region": "US"}]
    facts = facts_of(tmp_path, engine, creators=rows, sales=[])
    assert engine.rows(f"SELECT creator_id, region FROM {facts.at(_day(9)).creators}") == [("c", "US")]


def test_engagement_without_a_time_of_its_own_is_known_when_its_day_is_over(
    tmp_path: Path, engine: Engine
) -> None:
    facts = facts_of(tmp_path, engine, engagement=[{"period_start": _day(4)}])
    assert engine.count(f"SELECT COUNT(*) FROM {facts.at(_day(5) - 1).engagement}") == 0
    assert engine.count(f"SELECT COUNT(*) FROM {facts.at(_day(5)).engagement}") == 1


def test_every_period_of_a_content_and_product_is_a_key_of_its_own(tmp_path: Path, engine: Engine) -> None:
    facts = facts_of(
        tmp_path,
        engine,
        engagement=[
            {"product_id": product, "period_start": _day(day), "views": views}
            for product, day, views in (("p1", 0, 5), ("p1", 1, 6), ("p2", 0, 7), ("p1", 0, 8))
        ],
    )
    found = engine.rows(
        f"SELECT product_index, period_start, views FROM {facts.at(_day(9)).engagement} ORDER BY ALL"
    )
    assert found == [(0, _day(0), 8), (0, _day(1), 6), (1, _day(0), 7)]


def test_snapshots_of_two_instants_do_not_meet(tmp_path: Path, engine: Engine) -> None:
    facts = facts_of(tmp_path, engine, sales=[{"sale_id": "a"}, {"sale_id": "b", "ordered_at": _day(5)}])
    late, early = facts.at(_day(6)), facts.at(_day(4))
    both = f"SELECT (SELECT COUNT(*) FROM {late.sales}), (SELECT COUNT(*) FROM {early.sales})"
    assert engine.rows(both) == [(2, 1)]


def test_creators_and_products_are_known_and_numbered_alike_at_every_instant(
    tmp_path: Path, engine: Engine
) -> None:
    facts = facts_of(tmp_path, engine, sales=[{"creator_id": "zoe"}, {"creator_id": "ann"}])
    for instant in (START - 1_000 * DAY, START, START + 1_000 * DAY):
        found = engine.rows(f"SELECT creator_index, creator_id FROM {facts.at(instant).creators} ORDER BY 1")
        assert found == [(0, "ann"), (1, "zoe")]
    assert facts.creators.ids() == ["ann", "zoe"]


def test_creators_and_products_are_seen_as_they_stood(tmp_path: Path, engine: Engine) -> None:
    facts = facts_of(
        tmp_path,
        engine,
        creators=[
            {"creator_id": "grown", "follower_count": 900_000, "updated_at": _day(5)},
            {"creator_id": "grown", "follower_count": 200, "updated_at": _day(2)},
            {"creator_id": "even", "follower_count": 50},
            {"creator_id": "mixed", "follower_count": 7, "updated_at": _day(3)},
            {"creator_id": "mixed", "follower_count": 6, "updated_at": None},
        ],
        products=[
            {"product_id": "p1", "stock": stock, "updated_at": _day(day)} for day, stock in ((1, 10), (4, 8))
        ],
    )
    # The earliest state reaches back to before it was written: no creator is ever unknown.
    for day, grown, mixed, stock in ((-9, 200, 6, 10), (3, 200, 7, 10), (4, 200, 7, 8), (5, 900_000, 7, 8)):
        then = facts.at(_day(day))
        found = engine.rows(f"SELECT creator_id, follower_count FROM {then.creators} ORDER BY creator_index")
        assert found == [("even", 50), ("grown", grown), ("mixed", mixed)]
        assert engine.rows(f"SELECT stock FROM {then.products}") == [(stock,)]


def test_of_equally_early_states_one_alone_reaches_back(tmp_path: Path, engine: Engine) -> None:
    facts = facts_of(
        tmp_path,
        engine,
        creators=[
            {"creator_id": "a", "follower_count": count, "updated_at": _day(50)} for count in (10, 20, 20)
        ],
        sales=[{"sale_id": "s", "creator_id": "a"}],
    )
    for day in (1, 60):
        found = facts.engine.rows(f"SELECT follower_count FROM {facts.at(_day(day)).creators}")
        assert found == [(20,)]
    assert facts.superseded["creators"] == 2


def test_a_collaboration_holds_from_its_begin_until_a_later_state(tmp_path: Path, engine: Engine) -> None:
    facts = facts_of(
        tmp_path,
        engine,
        creators=[{}],
        products=[{}],
        collaborations=[
            {"status": "ACTIVE", "since": _day(2)},
            {"status": "ENDED", "since": _day(2), "updated_at": _day(6)},
        ],
    )
    found = [engine.rows(f"SELECT status FROM {facts.at(_day(day)).collaborations}") for day in (1, 2, 5, 6)]
    assert found == [[], [("ACTIVE",)], [("ACTIVE",)], [("ENDED",)]]


def test_a_demand_event_of_two_years_or_of_two_categories_is_two_events(
    tmp_path: Path, engine: Engine
) -> None:
    def event(day: float, end: float, category: str | None, updated: float | None = None) -> Row:
        return {
            "name": "Prime Day",
            "starts_at": _day(day),
            "ends_at": _day(end),
            "category": category,
            "updated_at": None if updated is None else _day(updated),
        }

    events = [
        event(1, 2, None),
        event(1, 2, None),
        event(1, 2, "Beauty"),
        event(1, 3, "Beauty", updated=1.5),
        event(366, 367, None),
    ]
    facts = facts_of(tmp_path, engine, demand_events=events)
    for day, end in ((1, 2), (1.5, 3)):
        # What carries no time of its own is known in advance.
        assert engine.rows(
            f"SELECT starts_at, ends_at, category FROM {facts.at(_day(day)).demand_events} "
            "ORDER BY starts_at, category"
        ) == [
            (_day(1), _day(end), "Beauty"),
            (_day(1), _day(2), None),
            (_day(366), _day(367), None),
        ]


def test_a_row_without_an_index_stops_the_night(tmp_path: Path, engine: Engine) -> None:
    sales: list[Row] = [{"sale_id": "a"}, {"sale_id": "b", "product_id": "p2"}]
    validate(engine, write_tables(tmp_path / "export", {"sales": sales})).require(0.0)
    engine.run("DELETE FROM checked_products WHERE product_id = 'p2'")
    with pytest.raises(
        DataError, match="1 states of sales name a creator, product or content without an index"
    ):
        collapse(engine)


STATES = st.lists(
    st.fixed_dictionaries(
        {
            "sale_id": st.sampled_from(["a", "b"]),
            "updated_at": st.sampled_from([_day(1), _day(2)]),
            "quantity": st.integers(3, 5),
            "refunded_quantity": st.sampled_from([None, 0, 1, 2]),
            "status": st.sampled_from([None, "PLACED", "SETTLED", "CANCELLED"]),
            "buyer_id": st.sampled_from([None, "x", "y"]),
        }
    ),
    min_size=1,
    max_size=6,
)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(STATES, st.data())
def test_no_order_and_no_repetition_of_rows_changes_the_state(
    tmp_path_factory: pytest.TempPathFactory, rows: list[Row], data: st.DataObject
) -> None:
    repeated = rows + data.draw(st.lists(st.sampled_from(rows), max_size=4))
    shuffled = data.draw(st.permutations(repeated))
    states = []
    for given_rows in (rows, shuffled):
        folder = tmp_path_factory.mktemp("case")
        with open_engine(folder / "work") as engine:
            facts_of(folder, engine, sales=list(given_rows))
            states.append(engine.rows("SELECT * FROM facts_sales ORDER BY ALL"))
    assert states[0] == states[1]
