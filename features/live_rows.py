"""A creator's affinity row with its live events: the night's totals, and what has happened since.

Events are added to the exact totals of the night, decayed from the instant of the night too: what happens
after it weighs a little more than 1, and all pairs of a creator keep the proportions that the next night will
find. So the row is what the night's own SQL gives for all rows together (tests/features/test_live_rows.py).
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import numpy as np

from features.contracts import ENGAGEMENT, SALES, Kind, Table
from features.decay import UNIT
from features.engagement import CHANNELS
from features.event_log import Event, Value
from features.weighting import ALL_CHANNELS, AffinityFunction
from recsys.arrays import Float32, Int32, Int64
from recsys.ids import MISSING

_TABLES: Mapping[str, Table] = {SALES.name: SALES, ENGAGEMENT.name: ENGAGEMENT}
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


@dataclass(frozen=True, slots=True)
class LiveRow:
    """A creator's row: affinity of some products, ascending, all above 0; and net units sold since the night.

    `sold_products` and `sold_units` are of the products of which anything stays sold or came back.
    """

    products: Int32
    affinity: Float32
    sold_products: Int32
    sold_units: Int64


@dataclass(frozen=True, slots=True)
class Since:
    """What turns events since a night into rows: its instant, half-life (microseconds), and its function."""

    as_of: int
    half_life: float
    function: AffinityFunction

    def row(
        self,
        products: Int32,
        totals: Int64,
        events: Iterable[Event],
        index_of: Callable[[str], int],
    ) -> LiveRow:
        """The row of a creator of whom the night has `totals` (products × `ALL_CHANNELS`, in millionths).

        `index_of` gives a product's index, `MISSING` where the night had none: that waits for the next one,
        as does what began before this one.
        """
        every = dict(zip(products.tolist(), totals.astype(object), strict=True))
        sold: dict[int, int] = {}
        for table, row in newest_states(events):
            product, begun = index_of(str(row["product_id"])), self._begun(table, row)
            if product == MISSING or begun is None:
                continue
            amounts = _amounts(table, row)
            sold[product] = sold.get(product, 0) + amounts[-1]
            added = np.array(amounts, dtype=object) * self._weight(begun)
            every[product] = every.get(product, np.zeros(len(ALL_CHANNELS), dtype=object)) + added
        names = np.array(sorted(every), dtype=np.int32)
        whole = [every[product] for product in names.tolist()]
        decayed = np.array(whole, dtype=np.float64).reshape(len(names), len(ALL_CHANNELS)) / UNIT
        channels = {name: decayed[:, place].astype(np.float32) for place, name in enumerate(ALL_CHANNELS)}
        affinity = self.function(channels)
        kept, changed = affinity > 0, sorted(product for product, units in sold.items() if units)
        return LiveRow(
            names[kept],
            affinity[kept],
            np.array(changed, dtype=np.int32),
            np.array([sold[product] for product in changed], dtype=np.int64),
        )

    def _begun(self, table: Table, row: Mapping[str, Value]) -> int | None:
        """When what a row tells of began, if after the night."""
        if table is SALES:
            at = microseconds_of(str(row["ordered_at"]))
            return at if at > self.as_of else None
        at = microseconds_of(str(row["period_start"]))
        return at if at >= self.as_of else None

    def _weight(self, at: int) -> int:
        """As in `features.decay.decay_sql`."""
        return int(np.floor(UNIT * 0.5 ** (float(self.as_of - at) / self.half_life) + 0.5))


def newest_states(events: Iterable[Event]) -> list[tuple[Table, Mapping[str, Value]]]:
    """Of each sale and each engagement the state that holds, as `features.facts.states_sql` chooses it."""
    best: dict[tuple[object, ...], tuple[tuple[object, ...], Table, Mapping[str, Value]]] = {}
    for event in events:
        if (table := _TABLES.get(event.table)) is None:
            continue
        key = (table.name, *(event.row[name] for name in table.key))
        rank = _rank(table, event.row)
        if key not in best or rank > best[key][0]:
            best[key] = (rank, table, event.row)
    return [(table, row) for _, table, row in best.values()]


def microseconds_of(text: str) -> int:
    """Microseconds of UTC of an instant as the log keeps it."""
    passed = datetime.fromisoformat(text) - _EPOCH
    return (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds


def _rank(table: Table, row: Mapping[str, Value]) -> tuple[object, ...]:
    """What orders the states of a key: the version, then all values; nothing comes before anything."""
    names = [column.name for column in table.columns]
    ordered = [str(table.version), *(name for name in names if name != table.version)]
    kinds = {column.name: column.kind for column in table.columns}
    return tuple(_orderable(kinds[name], row.get(name)) for name in ordered)


def _orderable(kind: Kind, value: Value | None) -> tuple[bool, object]:
    if value is None:
        return False, 0
    return True, microseconds_of(str(value)) if kind is Kind.INSTANT else value


def _amounts(table: Table, row: Mapping[str, Value]) -> list[int]:
    """What a row adds to each of `ALL_CHANNELS`, of which net units are the last."""
    if table is ENGAGEMENT:
        return [*(int(row.get(channel, 0)) for channel in CHANNELS), 0]
    gone = row["quantity"] if row["status"] == "CANCELLED" else row["refunded_quantity"]
    return [*(0 for _ in CHANNELS), int(row["quantity"]) - int(gone)]
