"""Facts: every state that a row of the export was in, with the interval of time in which it held.

They are made once an export; what was known at an instant is then a filter (`features.snapshot`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from secrets import token_hex
from types import MappingProxyType
from typing import Final

from features.attribution import net_sales_sql
from features.contracts import SALES, TABLES, Table
from features.engine import Engine
from features.snapshot import BEGINNING, END, Snapshot
from recsys.errors import DataError
from recsys.ids import IdIndex

# What stands in facts for the ids of the export.
INDEXES: Final[Mapping[str, str]] = MappingProxyType(
    {"creator_id": "creator_index", "product_id": "product_index", "content_id": "content_index"}
)


@dataclass(frozen=True, slots=True)
class Facts:
    """The tables `facts_<name>` of an engine, and the ids behind their indexes, which hold at every instant.

    `superseded` counts by table the rows that never held: they repeat another row of their key, or one that
    was known as early and is ranked higher stands in their place.
    """

    engine: Engine
    creators: IdIndex
    products: IdIndex
    superseded: Mapping[str, int]

    def at(self, instant: int) -> Snapshot:
        """What was known at an instant (microseconds of UTC)."""
        return Snapshot(self.engine, self.creators, self.products, instant)


def collapse(engine: Engine, key: str | None = None) -> Facts:
    """Make the facts of a validated export; once an engine.

    `key` hides who the buyers are (`_pseudonym_sql`); None draws one that is kept nowhere.

    Raises `DataError` should a row name a creator or product without an index: nothing may be trained on
    sales of which some were lost.
    """
    engine.materialise("creator_indexes", _indexes_sql("creator_id", "creators"))
    engine.materialise("product_indexes", _indexes_sql("product_id", "products"))
    engine.materialise("content_indexes", _indexes_sql("content_id", "engagement", "sales"))
    superseded = {table.name: _collapse(engine, table, key or token_hex(16)) for table in TABLES.values()}
    return Facts(engine, _ids(engine, "creator"), _ids(engine, "product"), superseded)


def states_sql(table: Table) -> str:
    """SQL of the states of a table, and of when each held: `valid_from` ≤ instant < `valid_until`.

    Of the rows of a key that are known at an instant, that with the newest version holds, and among equally
    new ones that with the greatest values. So a row holds from when it is known until a row ranked higher is;
    the order of reading plays no part, and duplicates, replays and late rows change nothing. The earliest
    state of a creator or product reaches back to the beginning: whatever refers to it finds it.
    """
    columns, key = _columns(table), ", ".join(INDEXES.get(name, name) for name in table.key)
    ranked = [table.version] if table.version else []
    rank = ", ".join(
        f"{name} ASC NULLS FIRST" for name in (*ranked, *(name for name in columns if name not in ranked))
    )
    return f"""
        SELECT * FROM (
            SELECT {", ".join(columns)}, valid_from, COALESCE(MIN(valid_from) OVER (
                PARTITION BY {key} ORDER BY {rank} ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING
            ), {END}) AS valid_until
            FROM ({_rows_sql(table)}) AS known
        ) AS states WHERE valid_until > valid_from
    """


def _columns(table: Table) -> tuple[str, ...]:
    names = [column.name for column in table.columns]
    if table.reaches_back:
        return (INDEXES[table.key[0]], *names)
    return tuple(INDEXES.get(name, name) for name in names)


def _rows_sql(table: Table) -> str:
    """SQL of the valid rows, with indexes and the instant from which each is known."""
    joins = " ".join(
        f"LEFT JOIN {name.removesuffix('_id')}_indexes USING ({name})"
        for name in (column.name for column in table.columns)
        if name in INDEXES
    )
    known_from = table.known_from or str(BEGINNING)
    if table.reaches_back:
        # Here, so that of rows that are equally early only one reaches back.
        earliest = f"MIN({known_from}) OVER (PARTITION BY {', '.join(table.key)})"
        known_from = f"CASE WHEN {known_from} = {earliest} THEN {BEGINNING} ELSE {known_from} END"
    return f"SELECT {', '.join(_columns(table))}, {known_from} AS valid_from FROM valid_{table.name} {joins}"


def _indexes_sql(name: str, *tables: str) -> str:
    """SQL of the dense index of each id of some tables, in the order of their bytes."""
    ids = " UNION ".join(f"SELECT {name} FROM valid_{table}" for table in tables)
    return (
        f"SELECT {name}, CAST(ROW_NUMBER() OVER (ORDER BY {name}) - 1 AS INTEGER) AS {INDEXES[name]} "
        f"FROM (SELECT DISTINCT {name} FROM ({ids}) AS named) AS ids"
    )


def _ids(engine: Engine, kind: str) -> IdIndex:
    ids = engine.table(f"SELECT {kind}_id FROM {kind}_indexes ORDER BY {kind}_index")
    return IdIndex.from_ids(kind, ids[f"{kind}_id"])


def _pseudonym_sql(column: str, key: str) -> str:
    """SQL of a keyed hash of an id: equal ids stay equal, and nobody can tell which they were.

    Every night reads all sales again, so the key need not outlive it. Hashed twice, so that no longer text
    can be hashed from a hash (HMAC's construction).
    """
    return f"sha1('{key}' || sha1('{key}' || {column}))"


def _collapse(engine: Engine, table: Table, key: str) -> int:
    """Make the facts of one table; answers how many of its rows never held."""
    name, states = f"facts_{table.name}", states_sql(table)
    engine.materialise(
        name, net_sales_sql(states, _pseudonym_sql("buyer_id", key)) if table is SALES else states
    )
    lost = " OR ".join(f"{column} IS NULL" for column in _columns(table) if column in INDEXES.values())
    if lost and (n := engine.count(f"SELECT COUNT(*) FROM {name} WHERE {lost}")):
        raise DataError(
            f"{n:,} states of {table.name} name a creator, product or content without an index; "
            "they were valid, so this is a fault of the program: report it with the export's validation"
        )
    before, after = (
        engine.count(f"SELECT COUNT(*) FROM {relation}") for relation in (f"valid_{table.name}", name)
    )
    return before - after
