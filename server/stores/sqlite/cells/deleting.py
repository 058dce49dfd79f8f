"""Rows that go, with all that hangs on them; and which blobs are then nobody's.

A large tree goes in slices, each in a transaction of its own; the first one dooms its root: see `doomed`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from clients.cells.models import CellInstance, CellSpecification
from server.stores.cells import Deleted, InUseError
from server.stores.sqlite.cells.blobs import unnamed
from server.stores.sqlite.cells.conditions import listed
from server.stores.sqlite.cells.instances import INSTANCE
from server.stores.sqlite.cells.keeping import kept
from server.stores.sqlite.cells.kind import Kind
from server.stores.sqlite.cells.measurements import MEASUREMENT
from server.stores.sqlite.cells.specifications import SPECIFICATION
from server.stores.sqlite.connection import Connection

DELETED_AT_ONCE = 500
"""Measurements, and instances, of one slice: what every other write waits for at most."""

Root: TypeAlias = tuple[Kind[CellSpecification] | Kind[CellInstance], str]
"""What a tree hangs on, and its id."""

_ROOTS = {kind.table: kind for kind in (SPECIFICATION, INSTANCE)}
_INSTANCES_OF = "SELECT id FROM cell_instance WHERE specification_id = ? LIMIT ?"
_MEASUREMENTS_OF = "SELECT id FROM cell_measurement WHERE instance_id IN (SELECT value FROM json_each(?)) LIMIT ?"
_COUNT = f"SELECT count(*) FROM cell_instance WHERE specification_id = ? AND {INSTANCE.alive}"  # noqa: S608 - our own words
_KEYS = "SELECT key FROM cell_blob WHERE measurement_id IN (SELECT value FROM json_each(?))"
_PARTS = ("cell_tag", "cell_blob", "cell_table", "cell_chunk")
# No name that is given holds this character, so the name of what is doomed can be given again.
_RENAME = "UPDATE {} SET name = char(3) || id WHERE id = ?"


def refuse_in_use(connection: Connection, row_id: str) -> None:
    """Raises InUseError for a specification with instances."""
    (instances,) = connection.execute(_COUNT, (row_id,)).fetchone()
    if instances:
        raise InUseError(instances)


def begin(connection: Connection, root: Root, at_most: int) -> tuple[Deleted, bool]:
    """The first slice, and whether it was all. Nobody sees the rest from now on."""
    kind, row_id = root
    gone, is_all = go_on(connection, root, at_most)
    if not is_all:
        connection.execute(_RENAME.format(kind.table), (row_id,))
        connection.execute("INSERT INTO cell_doomed VALUES (?, ?)", (kind.table, row_id))
    return gone, is_all


def go_on(connection: Connection, root: Root, at_most: int) -> tuple[Deleted, bool]:
    """The next slice, and whether it was the last."""
    kind, row_id = root
    is_whole = kind is SPECIFICATION
    instances = _ids(connection, _INSTANCES_OF, row_id, at_most) if is_whole else [row_id]
    measurements = _ids(connection, _MEASUREMENTS_OF, listed(instances), at_most)
    gone = _delete_measurements(connection, measurements)
    if len(measurements) == at_most:
        return gone, False
    gone += Deleted(instances=_delete(connection, INSTANCE.table, instances))
    if is_whole and len(instances) == at_most:
        return gone, False
    if is_whole:
        gone += Deleted(specifications=_delete(connection, SPECIFICATION.table, [row_id]))
    connection.execute('DELETE FROM cell_doomed WHERE "table" = ? AND id = ?', (kind.table, row_id))
    return gone, True


def doomed(connection: Connection) -> Root | None:
    """A tree that is not cleared away yet."""
    row = connection.execute('SELECT "table", id FROM cell_doomed LIMIT 1').fetchone()
    return None if row is None else (_ROOTS[row[0]], row[1])


def delete_measurement(connection: Connection, row_id: str) -> Deleted:
    """Raises RowMissingError."""
    kept(connection, MEASUREMENT, row_id)
    return _delete_measurements(connection, [row_id])


def _delete_measurements(connection: Connection, ids: Sequence[str]) -> Deleted:
    """What hangs on them goes first, a table at a time: cascading to it row by row costs almost twice as much."""
    keys = {key for (key,) in connection.execute(_KEYS, (listed(ids),))}
    for table in _PARTS:
        _delete(connection, table, ids, "measurement_id")
    count = _delete(connection, MEASUREMENT.table, ids)
    return Deleted(measurements=count, keys=unnamed(connection, keys))


def _delete(connection: Connection, table: str, ids: Sequence[str], column: str = "id") -> int:
    delete = f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))"  # noqa: S608 - our own words
    return connection.execute(delete, (listed(ids),)).rowcount


def _ids(connection: Connection, select: str, of: str, at_most: int) -> list[str]:
    return [row_id for (row_id,) in connection.execute(select, (of, at_most))]
