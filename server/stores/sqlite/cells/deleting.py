"""Rows that go, with all that hangs on them; and which blobs are then nobody's."""

from __future__ import annotations

from server.stores.cells import Deleted, InUseError, RowMissingError
from server.stores.sqlite.cells.blobs import unnamed
from server.stores.sqlite.connection import Connection

_INSTANCES_OF = "SELECT id FROM cell_instance WHERE specification_id = ?"
_MEASUREMENTS_OF = "SELECT id FROM cell_measurement WHERE instance_id"
_PARTS = ("cell_tag", "cell_blob", "cell_table", "cell_chunk")


def delete_specification(connection: Connection, row_id: str, *, cascade: bool) -> Deleted:
    """Raises RowMissingError, and InUseError unless `cascade`."""
    instances = _count(connection, _INSTANCES_OF, row_id)
    if instances and not cascade:
        raise InUseError(instances)
    doomed = f"{_MEASUREMENTS_OF} IN ({_INSTANCES_OF})"
    measurements, keys = _delete_measurements(connection, doomed, row_id)
    _delete(connection, "CellSpecification", "cell_specification", row_id)
    return Deleted(1, instances, measurements, unnamed(connection, keys))


def delete_instance(connection: Connection, row_id: str) -> Deleted:
    """Raises RowMissingError."""
    doomed = f"{_MEASUREMENTS_OF} = ?"
    measurements, keys = _delete_measurements(connection, doomed, row_id)
    _delete(connection, "CellInstance", "cell_instance", row_id)
    return Deleted(0, 1, measurements, unnamed(connection, keys))


def delete_measurement(connection: Connection, row_id: str) -> Deleted:
    """Raises RowMissingError."""
    keys = _keys(connection, "SELECT ?", row_id)
    _delete(connection, "CellMeasurement", "cell_measurement", row_id)
    return Deleted(0, 0, 1, unnamed(connection, keys))


def _delete_measurements(connection: Connection, doomed: str, row_id: str) -> tuple[int, set[str]]:
    """How many they were, and the blobs that they named.

    What hangs on them goes first, a table at a time: cascading to it row by row costs almost twice as much.
    """
    keys = _keys(connection, doomed, row_id)
    for table in _PARTS:
        connection.execute(f"DELETE FROM {table} WHERE measurement_id IN ({doomed})", (row_id,))  # noqa: S608 - our own words
    gone = connection.execute(f"DELETE FROM cell_measurement WHERE id IN ({doomed})", (row_id,))  # noqa: S608 - our own words
    return gone.rowcount, keys


def _count(connection: Connection, selected: str, row_id: str) -> int:
    return int(connection.execute(f"SELECT count(*) FROM ({selected})", (row_id,)).fetchone()[0])  # noqa: S608 - our own words


def _keys(connection: Connection, measurements: str, row_id: str) -> set[str]:
    named = f"SELECT key FROM cell_blob WHERE measurement_id IN ({measurements})"  # noqa: S608 - our own words
    return {key for (key,) in connection.execute(named, (row_id,))}


def _delete(connection: Connection, name: str, table: str, row_id: str) -> None:
    if not connection.execute(f"DELETE FROM {table} WHERE id = ?", (row_id,)).rowcount:  # noqa: S608 - our own words
        raise RowMissingError(name, row_id)
