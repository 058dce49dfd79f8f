"""Tables of the lab as rows of the graph: which column each field shows, said once, at the field."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from typing import Annotated, Any, TypeVar

import strawberry
from strawberry.utils.str_converters import to_camel_case

from schema.bounds import MAX_LEVEL_ROWS, within
from schema.cells.given import Reader
from schema.context import Info
from schema.errors import BadInputError
from schema.pages import asked_for
from schema.ports import Table

Row = TypeVar("Row")

MAX_SKIP = 2**31 - 1

FirstRows = Annotated[
    int,
    strawberry.argument(
        description=f"How many rows at most, 0 to {MAX_LEVEL_ROWS:,}; an answer has at most that many of all "
        "measurements and fields together. Thousands of rows are quicker as a table."
    ),
]
Skip = Annotated[int, strawberry.argument(description="How many rows to leave out before the first, 0 or more.")]


def column(name: str, reader: Reader, description: str) -> Any:  # noqa: ANN401 (the field's annotation says what it is)
    """A field that shows the table's column of this name; null where the table has none, or nothing in that row."""
    return strawberry.field(default=None, description=description, metadata={"column": (name, reader)})


def columns_of(kind: type[Row]) -> dict[str, tuple[str, Reader]]:
    """The column behind each field of the type, and how it is read."""
    return {each.name: each.metadata["column"] for each in fields(kind) if "column" in each.metadata}  # type: ignore[arg-type]  # a dataclass


def rows_of(kind: type[Row], tables: Sequence[Table], info: Info, skip: int, first: int) -> list[list[Row]]:
    """Each table's rows from `skip` on, with the fields that are asked for filled in.

    Raises BadInputError for numbers out of range, and when there are too many rows for one answer, wherever in it.
    """
    within("skip", skip, 0, MAX_SKIP)
    within("first", first, 0, MAX_LEVEL_ROWS)
    told = info.context.level_rows
    told.append(sum(max(0, min(length(table) - skip, first)) for table in tables))
    if (count := sum(told)) > MAX_LEVEL_ROWS:
        reason = (
            f"these are {count:,} rows, more than {MAX_LEVEL_ROWS:,} in one answer; ask for fewer, or for the table"
        )
        raise BadInputError("first", reason)
    shown = asked_for(info)
    wanted = {field: column for field, column in columns_of(kind).items() if to_camel_case(field) in shown}
    return [_rows(kind, table, wanted, skip, first) for table in tables]


def _rows(kind: type[Row], table: Table, wanted: dict[str, tuple[str, Reader]], skip: int, first: int) -> list[Row]:
    present = {field: found for field, found in wanted.items() if found[0] in table}
    if not present:
        return [kind() for _ in range(skip, min(skip + first, length(table)))]
    columns = [map(reader, table[name][skip : skip + first]) for name, reader in present.values()]
    return [kind(**dict(zip(present, row, strict=True))) for row in zip(*columns, strict=True)]


def length(table: Table) -> int:
    """How many rows the table has."""
    return len(next(iter(table.values()), ()))
