"""`make bench`: every table, each number beside a peer that ran in the same minute on the same machine."""

from __future__ import annotations

import sys
from importlib import import_module
from pkgutil import iter_modules

from rich.console import Console
from rich.table import Table

import benchmarks
from benchmarks.report import Row

NOT_TABLES = {"__main__", "feeds", "latency", "load", "long_test", "processes", "report"}


def main(wanted: list[str]) -> None:
    """Run the benchmarks whose names are given, or all of them."""
    console = Console()
    for module in sorted(found.name for found in iter_modules(benchmarks.__path__) if found.name not in NOT_TABLES):
        if not wanted or module in wanted:
            with console.status(f"{module} ..."):
                rows = import_module(f"benchmarks.{module}").run()
            _print(console, module, rows)


def _print(console: Console, title: str, rows: list[Row]) -> None:
    """A table on a terminal, a line for each row in a pipe."""
    if console.is_terminal:
        console.print(_table(title, rows))
        return
    for row in rows:
        print(f"{title}: {row.name}: {row.value:.4g} {row.unit}", f"{_ratio(row)} x {row.peer}", row.aim, sep="; ")


def _ratio(row: Row) -> str:
    return "" if row.ratio is None else f"{row.ratio:.3g}"


def _table(title: str, rows: list[Row]) -> Table:
    table = Table(title=title.replace("_", " "), title_justify="left")
    for heading in ("what", "measured", "ratio", "to", "aim"):
        table.add_column(heading)
    for row in rows:
        table.add_row(row.name, f"{row.value:.4g} {row.unit}", _ratio(row), row.peer, row.aim)
    return table


if __name__ == "__main__":
    main(sys.argv[1:])
