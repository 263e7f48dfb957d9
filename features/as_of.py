"""Up to when an export counts: the instant of a night, and the rows from after it."""

from features.contracts import TABLES
from features.engine import Engine, literal
from features.validation import QUARANTINE
from recsys.errors import DataError


def newest_instant(engine: Engine, not_after: int) -> int:
    """The newest time in sales or engagement, not after `not_after` (microseconds of UTC).

    Raises `DataError` where every row lies after it.
    """
    newest = " UNION ALL ".join(
        f"SELECT MAX({TABLES[name].known_from}) AS instant FROM valid_{name} "
        f"WHERE {TABLES[name].known_from} <= {not_after}"
        for name in ("engagement", "sales")
    )
    ((instant,),) = engine.rows(f"SELECT MAX(instant) FROM ({newest})")
    if instant is None:
        raise DataError(
            "sales and engagement hold no row up to now by this machine's clock; "
            "give the night with --as-of, or export some history"
        )
    return int(str(instant))


def set_aside_future(engine: Engine, as_of: int) -> int:
    """Put rows from after `as_of` into the quarantine; returns how many there are.

    They are no fault of the export, and so never count towards the allowed share: a run for a past night
    meets them by nature.
    """
    before = engine.count(f"SELECT COUNT(*) FROM {QUARANTINE}")
    for table in TABLES.values():
        if table.known_from is not None:
            first = f"MIN({table.known_from}) OVER (PARTITION BY {', '.join(table.key)})"
            # The first state of what reaches back counts at any time.
            least = "first" if table.reaches_back else "0"
            engine.run(
                f"INSERT INTO {QUARANTINE} SELECT {literal(table.name)}, source_file, source_row, "
                f"{literal(table.version or table.known_from)}, 'after_as_of', "
                f"CAST({table.known_from} AS VARCHAR), 'it counts from the night after this time' "
                f"FROM (SELECT *, {first} AS first FROM checked_{table.name} WHERE failed IS NULL) AS good "
                f"WHERE {table.known_from} > {as_of} AND {table.known_from} > {least}"
            )
    return engine.count(f"SELECT COUNT(*) FROM {QUARANTINE}") - before
