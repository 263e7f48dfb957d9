"""SQL that turns raw values into typed ones, null where a value is not of its kind."""

from features.contracts import Column, Kind

_SIGNED = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT")
_INTEGERS = (*_SIGNED, *(f"U{name}" for name in _SIGNED))
_FLOATS = ("FLOAT", "DOUBLE", "DECIMAL")
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_TIME = "[0-9]{2}:[0-9]{2}(:[0-9]{2}([.][0-9]+)?)?"
_OFFSET = "([+-])([0-9]{2}):?([0-9]{2})?"


def typed(column: Column, raw: str, raw_type: str) -> str:
    """SQL of the typed value of the raw expression `raw`, which DuckDB reads as `raw_type`."""
    return f"TRY({_CASTS[column.kind](raw, raw_type)})"


def sql_type(kind: Kind) -> str:
    """The DuckDB type that holds a kind."""
    return _TYPES[kind]


_TYPES = {
    Kind.TEXT: "VARCHAR",
    Kind.COUNT: "BIGINT",
    Kind.RATE: "DOUBLE",
    Kind.MONEY: "DECIMAL(18,4)",
    Kind.INSTANT: "BIGINT",
    Kind.FLAG: "BOOLEAN",
}


def _text(raw: str, raw_type: str) -> str:
    return f"NULLIF(CAST({raw} AS VARCHAR), '')"


def _count(raw: str, raw_type: str) -> str:
    if raw_type == "VARCHAR":
        # A cast alone would round 3.7 to 4.
        whole = f"regexp_full_match(trim({raw}), '[+-]?[0-9]+(\\.0*)?')"
        return f"CASE WHEN {whole} THEN TRY_CAST({raw} AS BIGINT) END"
    if raw_type.startswith(_FLOATS):
        return f"CASE WHEN {raw} = floor({raw}) THEN TRY_CAST({raw} AS BIGINT) END"
    return _number(raw, raw_type, "BIGINT")


def _rate(raw: str, raw_type: str) -> str:
    number = _number(raw, raw_type, "DOUBLE")
    return f"CASE WHEN isfinite({number}) THEN {number} END"


def _money(raw: str, raw_type: str) -> str:
    return _number(raw, raw_type, _TYPES[Kind.MONEY])


def _number(raw: str, raw_type: str, target: str) -> str:
    known = raw_type == "VARCHAR" or raw_type in _INTEGERS or raw_type.startswith(_FLOATS)
    return f"TRY_CAST({raw} AS {target})" if known else f"CAST(NULL AS {target})"


def _instant(raw: str, raw_type: str) -> str:
    if raw_type in _INTEGERS:
        return f"TRY_CAST({raw} AS BIGINT)"
    if raw_type == "VARCHAR":
        return _instant_of_text(f"trim({raw})")
    if raw_type == "TIMESTAMP WITH TIME ZONE":
        return f"epoch_us({raw})"
    if raw_type.startswith(("TIMESTAMP", "DATE")):
        return f"epoch_us(TRY_CAST({raw} AS TIMESTAMP))"
    return "CAST(NULL AS BIGINT)"


def _instant_of_text(text: str) -> str:
    # Zones of names, and casts of text to a time with zone, would need the ICU extension.
    hours, minutes = (
        f"COALESCE(TRY_CAST(regexp_extract({text}, '{_OFFSET}$', {group}) AS BIGINT), 0)" for group in (2, 3)
    )
    sign = f"CASE regexp_extract({text}, '{_OFFSET}$', 1) WHEN '-' THEN -1 ELSE 1 END"
    return (
        f"CASE WHEN regexp_full_match({text}, '[0-9]+') THEN TRY_CAST({text} AS BIGINT) "
        f"WHEN regexp_full_match({text}, '{_DAY}([T ]{_TIME}Z?)?') "
        f"THEN epoch_us(TRY_CAST({text} AS TIMESTAMP)) "
        f"WHEN regexp_full_match({text}, '{_DAY}[T ]{_TIME}{_OFFSET}') "
        f"THEN epoch_us(TRY_CAST(regexp_replace({text}, '{_OFFSET}$', '') AS TIMESTAMP)) "
        f"- ({sign}) * ({hours} * 60 + {minutes}) * 60000000 END"
    )


def _flag(raw: str, raw_type: str) -> str:
    known = raw_type in ("VARCHAR", "BOOLEAN") or raw_type in _INTEGERS
    return f"TRY_CAST({raw} AS BOOLEAN)" if known else "CAST(NULL AS BOOLEAN)"


_CASTS = {
    Kind.TEXT: _text,
    Kind.COUNT: _count,
    Kind.RATE: _rate,
    Kind.MONEY: _money,
    Kind.INSTANT: _instant,
    Kind.FLAG: _flag,
}
