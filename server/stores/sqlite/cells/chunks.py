"""The rows of a running test, as they came: chunk after chunk, without gaps."""

from __future__ import annotations

from clients.cells.models import CellMeasurement
from server.stores.cells import Chunk, OutOfPlaceError
from server.stores.sqlite.cells.keeping import kept
from server.stores.sqlite.cells.measurements import MEASUREMENT
from server.stores.sqlite.connection import Connection

_INSERT = "INSERT INTO cell_chunk (measurement_id, first_row, row_count, body) VALUES (?, ?, ?, ?)"
_GROW = "UPDATE cell_measurement SET row_count = row_count + ? WHERE id = ?"
_SELECT = """
SELECT first_row, row_count, body FROM cell_chunk
WHERE measurement_id = ? AND first_row >= (
SELECT ifnull(max(first_row), 0) FROM cell_chunk WHERE measurement_id = ? AND first_row <= ?
) AND first_row + row_count > ? ORDER BY first_row LIMIT ?
"""
_WITHIN = "measurement_id = ? AND first_row >= ? AND first_row + row_count <= ?"


def append(connection: Connection, measurement_id: str, chunk: Chunk) -> CellMeasurement:
    """The measurement as it is then. Raises RowMissingError and OutOfPlaceError."""
    if chunk.row_count < 1:
        raise ValueError(f"a chunk of {chunk.row_count} rows: send at least one")
    measurement = kept(connection, MEASUREMENT, measurement_id)
    if not measurement.is_recording or chunk.first_row != measurement.row_count:
        raise OutOfPlaceError(measurement)
    connection.execute(_INSERT, (measurement_id, chunk.first_row, chunk.row_count, chunk.body))
    connection.execute(_GROW, (chunk.row_count, measurement_id))
    return kept(connection, MEASUREMENT, measurement_id)


def chunks(connection: Connection, measurement_id: str, first_row: int, at_most: int) -> list[Chunk]:
    """Those that have rows from `first_row` on."""
    key = (measurement_id, measurement_id, first_row, first_row, max(0, at_most))
    return [Chunk(*row) for row in connection.execute(_SELECT, key)]


def merge(connection: Connection, measurement_id: str, merged: Chunk) -> None:
    """One in the place of those within its rows; nothing happens when they are gone, as when the test has ended.

    Raises ValueError when those that are there have another number of rows: none may be lost or doubled.
    """
    key = (measurement_id, merged.first_row, merged.first_row + merged.row_count)
    (row_count,) = connection.execute(f"SELECT sum(row_count) FROM cell_chunk WHERE {_WITHIN}", key).fetchone()  # noqa: S608 - our own words
    if row_count is None:
        return
    if row_count != merged.row_count:
        raise ValueError(
            f"{measurement_id} has {row_count} rows from {merged.first_row} on in whole chunks, not {merged.row_count}:"
            " merge whole chunks that follow each other"
        )
    connection.execute(f"DELETE FROM cell_chunk WHERE {_WITHIN}", key)  # noqa: S608 - our own words
    connection.execute(_INSERT, (measurement_id, merged.first_row, merged.row_count, merged.body))


def forget(connection: Connection, measurement_id: str) -> None:
    """All of a measurement's: its series is whole."""
    connection.execute("DELETE FROM cell_chunk WHERE measurement_id = ?", (measurement_id,))
