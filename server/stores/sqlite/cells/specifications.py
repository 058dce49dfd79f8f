"""Specifications as rows; the parent is their project, which has no row of its own."""

from __future__ import annotations

from clients.cells.models import CellSpecification
from server.stores.sqlite.cells.doomed import SPECIFICATION_ALIVE
from server.stores.sqlite.cells.kind import (
    FIELDS,
    ORDERS,
    Field,
    Kind,
    Row,
    common_arguments,
    common_columns,
    common_row,
)


def _row(specification: CellSpecification) -> Row:
    project_id = specification.fields.get("project_id")
    return common_row(specification, "" if project_id is None else str(project_id))


def _noun(row: Row) -> CellSpecification:
    return CellSpecification(**common_arguments(row))


SPECIFICATION = Kind(
    name="CellSpecification",
    table="cell_specification",
    parent_name=None,
    columns=common_columns("project_id"),
    shown=common_columns("project_id"),
    row=_row,
    noun=_noun,
    fields=FIELDS | {name: Field(name) for name in ("project_id", "form_factor", "manufacturer")},
    orders=ORDERS,
    alive=SPECIFICATION_ALIVE,
)
