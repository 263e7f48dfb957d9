"""The intake of an export: validated, its as-of settled, its bad rows in quarantine."""

import time
from dataclasses import dataclass
from pathlib import Path

from features.as_of import newest_instant, set_aside_future
from features.engine import Engine
from features.event_log import EventLog
from features.impression_log import ImpressionLog
from features.open_log import open_log
from features.report import ValidationReport
from features.source import Export, live_events, served_lists
from features.validation import validate, write_quarantine


@dataclass(frozen=True, slots=True)
class Validated:
    """An export that passed validation: what was found, and up to when its data counts.

    `events_until` is the place in the log of live events up to which they were read.
    """

    report: ValidationReport
    as_of: int
    held_back: int
    quarantine: Path
    events_until: int = 0


def read_export(
    engine: Engine, data: Export, home: Path, as_of: int | None, log: EventLog | None = None
) -> Validated:
    """Validate an export with the live events and served lists of a home, settle its as-of and write its
    quarantine. The events are those of `log`, by default of the home's own.
    """
    log = log or open_log(home)
    events_until = log.end
    live = live_events(engine, log.tables(events_until))
    report = validate(engine, data, live | served_lists(engine, ImpressionLog.of(home).files()))
    quarantine = home / "quarantine" / f"{report.data_digest[:12]}.parquet"
    try:
        report.require_catalog()
        instant = newest_instant(engine, time.time_ns() // 1_000) if as_of is None else as_of
        held_back = set_aside_future(engine, instant)
    finally:
        write_quarantine(engine, quarantine)
    return Validated(report, instant, held_back, quarantine, events_until)
