"""How commands print: tables, and progress on a terminal or in a log."""

import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table


def console() -> Console:
    """Standard output; wide enough in a pipe that no row is broken."""
    plain = Console(highlight=False)
    return plain if plain.is_terminal else Console(highlight=False, width=160)


def print_table(title: str, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Print rows under a title; numbers to the right."""
    body = [tuple(row) for row in rows]
    table = Table(title=title, title_justify="left")
    for place, name in enumerate(columns):
        numeric = bool(body) and all(isinstance(row[place], int | float) for row in body)
        table.add_column(name, justify="right" if numeric else "left", overflow="fold")
    for row in body:
        table.add_row(*(_cell(value) for value in row))
    console().print(table)


@contextmanager
def progress(n_steps: int) -> Iterator[Callable[[str], None]]:
    """A function to call as each of `n_steps` begins: a bar on a terminal, plain lines elsewhere."""
    errors = Console(stderr=True, highlight=False)
    if errors.is_terminal:
        with _bar(errors) as bar:
            task = bar.add_task("", total=n_steps)
            begun = iter(range(n_steps))

            def show(step: str) -> None:
                bar.update(task, description=step, completed=next(begun))

            yield show
            bar.update(task, completed=n_steps)
    else:
        start = time.monotonic()
        yield lambda step: errors.print(f"[{time.monotonic() - start:6.1f} s] {step}", markup=False)


def _bar(target: Console) -> Progress:
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=target,
    )


def _cell(value: object) -> str:
    if isinstance(value, float) and math.isnan(value):
        return "–"
    if isinstance(value, float):
        return f"{value:,.4f}" if abs(value) < 10 else f"{value:,.2f}"
    return f"{value:,}" if isinstance(value, int) else str(value)
