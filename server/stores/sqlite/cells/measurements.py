"""Measurements as rows, and their tags."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

import orjson

from clients.cells.models import CellMeasurement, MeasurementType
from server.stores.sqlite.cells.doomed import MEASUREMENT_ALIVE, NOTHING_DOOMED
from server.stores.sqlite.cells.kind import (
    FIELDS,
    ORDERS,
    Field,
    Kind,
    Order,
    Row,
    common_arguments,
    common_columns,
    common_row,
    written,
)
from server.stores.sqlite.connection import Connection
from server.stores.sqlite.instants import from_us, to_us

_OWN_COLUMNS = (
    "measurement_type",
    "start_time_us",
    "end_time_us",
    "is_recording",
    "row_count",
    "columns",
    "content_sha256",
    "filenames",
)
_TAGS = (
    "(SELECT json_group_array(tag) FROM"
    " (SELECT tag FROM cell_tag WHERE measurement_id = cell_measurement.id ORDER BY position))"
)
_COUNT = f"""
SELECT tag, count(DISTINCT measurement_id) FROM cell_tag
WHERE {NOTHING_DOOMED} OR measurement_id IN (SELECT id FROM cell_measurement WHERE {MEASUREMENT_ALIVE})
GROUP BY tag ORDER BY tag
"""  # noqa: S608 - our own words


def _row(measurement: CellMeasurement) -> Row:
    return (
        *common_row(measurement, measurement.cell_instance_id),
        str(measurement.measurement_type),
        _us_or_none(measurement.start_time),
        _us_or_none(measurement.end_time),
        measurement.is_recording,
        measurement.row_count,
        written(measurement.columns),
        measurement.content_sha256,
        written(measurement.filenames),
    )


def _noun(row: Row) -> CellMeasurement:
    kind, start_us, end_us, is_recording, row_count, columns, content_sha256, filenames, tags = row[6:]
    return CellMeasurement(
        cell_instance_id=row[1],
        measurement_type=MeasurementType(kind),
        start_time=_time_or_none(start_us),
        end_time=_time_or_none(end_us),
        tags=tuple(orjson.loads(tags)),
        is_recording=bool(is_recording),
        row_count=row_count,
        columns=tuple(orjson.loads(columns)),
        content_sha256=content_sha256,
        filenames=tuple(orjson.loads(filenames)),
        **common_arguments(row),
    )


def _us_or_none(at: datetime | None) -> int | None:
    return None if at is None else to_us(at)


def _time_or_none(at_us: int | None) -> datetime | None:
    return None if at_us is None else from_us(at_us)


MEASUREMENT = Kind(
    name="CellMeasurement",
    table="cell_measurement",
    parent_name="CellInstance",
    columns=(*common_columns("instance_id"), *_OWN_COLUMNS),
    shown=(*common_columns("instance_id"), *_OWN_COLUMNS, _TAGS),
    row=_row,
    noun=_noun,
    fields=FIELDS
    | {
        "cell_instance_id": Field("instance_id"),
        "start_time": Field("start_time_us", is_time=True),
        "measurement_type": Field("measurement_type"),
        "state": Field("CASE is_recording WHEN 1 THEN 'RECORDING' ELSE 'COMPLETE' END"),
    },
    orders=ORDERS | {"start_time": Order("start_going_up_us", "start_going_down_us")},
    alive=MEASUREMENT_ALIVE,
)


def keep_tags(connection: Connection, measurement_id: str, tags: Sequence[str]) -> None:
    """These and no others, in this order."""
    connection.execute("DELETE FROM cell_tag WHERE measurement_id = ?", (measurement_id,))
    rows = [(measurement_id, position, tag) for position, tag in enumerate(tags)]
    connection.executemany("INSERT INTO cell_tag (measurement_id, position, tag) VALUES (?, ?, ?)", rows)


def count_tags(connection: Connection) -> dict[str, int]:
    """On how many measurements each is, by tag."""
    return dict(connection.execute(_COUNT))
