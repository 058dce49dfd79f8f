"""Instances as rows."""

from __future__ import annotations

from clients.cells.models import CellInstance
from server.stores.sqlite.cells.doomed import INSTANCE_ALIVE
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


def _row(instance: CellInstance) -> Row:
    return common_row(instance, instance.cell_specification_id)


def _noun(row: Row) -> CellInstance:
    return CellInstance(cell_specification_id=row[1], **common_arguments(row))


INSTANCE = Kind(
    name="CellInstance",
    table="cell_instance",
    parent_name="CellSpecification",
    columns=common_columns("specification_id"),
    shown=common_columns("specification_id"),
    row=_row,
    noun=_noun,
    fields=FIELDS
    | {
        "cell_specification_id": Field("specification_id"),
        "batch": Field("batch"),
        "batch_id": Field("batch_id"),
        "form_factor": Field("(SELECT form_factor FROM cell_specification WHERE id = specification_id)"),
    },
    orders=ORDERS,
    alive=INSTANCE_ALIVE,
)
