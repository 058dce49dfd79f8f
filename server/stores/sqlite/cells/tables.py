"""The steps and the cycles of each measurement, as JSON: a dict of lists, floats with their point."""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

import orjson

from schema.ports import Table
from server.stores.sqlite.cells.conditions import listed
from server.stores.sqlite.connection import Connection

_INSERT = "INSERT INTO cell_table (measurement_id, part, body) VALUES (?, ?, ?)"
_SELECT = """
SELECT measurement_id, body FROM cell_table
WHERE part = ? AND measurement_id IN (SELECT value FROM json_each(?))
"""


class Part(StrEnum):
    """Which table of a measurement."""

    STEPS = "steps"
    CYCLES = "cycles"


def keep_table(connection: Connection, measurement_id: str, part: Part, table: Table) -> None:
    """Instead of the one before; one without columns is not kept. Raises ValueError for what is not JSON."""
    connection.execute("DELETE FROM cell_table WHERE measurement_id = ? AND part = ?", (measurement_id, part.value))
    if table:
        connection.execute(_INSERT, (measurement_id, part.value, _written(measurement_id, part, table)))


def tables(connection: Connection, part: Part, measurement_ids: Sequence[str]) -> dict[str, Table]:
    """Of those that have one."""
    found = connection.execute(_SELECT, (part.value, listed(measurement_ids)))
    return {measurement_id: orjson.loads(body) for measurement_id, body in found}


def _written(measurement_id: str, part: Part, table: Table) -> bytes:
    try:
        return orjson.dumps(dict(table))
    except TypeError as error:
        raise ValueError(f"the {part} of {measurement_id} are not JSON: {error}") from error
