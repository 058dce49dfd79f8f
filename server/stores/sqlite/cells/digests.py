"""What was made of a measurement's samples, kept beside its row."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from clients.cells.models import CellMeasurement
from server.stores.cells import Digest
from server.stores.sqlite.cells import blobs, chunks, keeping
from server.stores.sqlite.cells.measurements import MEASUREMENT, keep_tags
from server.stores.sqlite.cells.tables import Part, keep_table
from server.stores.sqlite.connection import Connection


def add_measurement(
    connection: Connection, measurement: CellMeasurement, digest: Digest | None, files: Mapping[str, str]
) -> None:
    """The row and all that belongs to it. Raises NameHeldError and RowMissingError."""
    keeping.add(connection, MEASUREMENT, measurement)
    keep_tags(connection, measurement.id, measurement.tags)
    blobs.keep_files(connection, measurement.id, files)
    if digest:
        _keep(connection, measurement.id, digest)


def change_measurement(
    connection: Connection,
    row_id: str,
    make: Callable[[CellMeasurement], CellMeasurement],
    digest: Digest | None,
) -> CellMeasurement:
    """The row, its tags and, with a digest, all that was kept of its samples. Raises as `add_measurement`."""
    measurement = keeping.change(connection, MEASUREMENT, row_id, make)
    keep_tags(connection, row_id, measurement.tags)
    if digest:
        _keep(connection, row_id, digest)
    return measurement


def _keep(connection: Connection, measurement_id: str, digest: Digest) -> None:
    blobs.keep_content(connection, measurement_id, digest.content)
    keep_table(connection, measurement_id, Part.STEPS, digest.steps)
    keep_table(connection, measurement_id, Part.CYCLES, digest.cycles)
    chunks.forget(connection, measurement_id)
