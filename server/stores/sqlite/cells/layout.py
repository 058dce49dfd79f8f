"""The lab's tables. A released statement is never changed: see `server.stores.sqlite.migrations`.

All that was given lies in `fields`; the columns made from it are there to be searched. What may be null and is sorted
by has two columns that are not: one that puts nulls last going up, one that puts them last going down.
"""

from __future__ import annotations

BEYOND_ALL_TIMES_US = 10**18
"""Later than the year 9999; below zero, earlier than the year 1."""

_NOUN = """
    name TEXT NOT NULL,
    created_at_us INTEGER NOT NULL,
    updated_at_us INTEGER NOT NULL,
    fields TEXT NOT NULL CHECK (json_valid(fields)),
    created_by_email TEXT AS (json_extract(fields, '$.created_by_email'))
"""
_OF_MEASUREMENT = "measurement_id TEXT NOT NULL REFERENCES cell_measurement (id) ON DELETE CASCADE"

_SPECIFICATION = f"""
CREATE TABLE cell_specification (
    id TEXT NOT NULL PRIMARY KEY,
    project_id TEXT NOT NULL,
    {_NOUN},
    form_factor TEXT AS (json_extract(fields, '$.form_factor')),
    manufacturer TEXT AS (json_extract(fields, '$.manufacturer')),
    UNIQUE (project_id, name)
)
"""
_INSTANCE = f"""
CREATE TABLE cell_instance (
    id TEXT NOT NULL PRIMARY KEY,
    specification_id TEXT NOT NULL REFERENCES cell_specification (id) ON DELETE CASCADE,
    {_NOUN},
    batch TEXT AS (json_extract(fields, '$.batch')),
    batch_id TEXT AS (json_extract(fields, '$.batch_id')),
    UNIQUE (specification_id, name)
)
"""
_MEASUREMENT = f"""
CREATE TABLE cell_measurement (
    id TEXT NOT NULL PRIMARY KEY,
    instance_id TEXT NOT NULL REFERENCES cell_instance (id) ON DELETE CASCADE,
    {_NOUN},
    measurement_type TEXT NOT NULL,
    start_time_us INTEGER,
    end_time_us INTEGER,
    is_recording INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    columns TEXT NOT NULL,
    content_sha256 TEXT,
    filenames TEXT NOT NULL,
    start_going_up_us INTEGER AS (ifnull(start_time_us, {BEYOND_ALL_TIMES_US})),
    start_going_down_us INTEGER AS (ifnull(start_time_us, -{BEYOND_ALL_TIMES_US})),
    UNIQUE (instance_id, name)
)
"""
_TAG = f"""
CREATE TABLE cell_tag (
    {_OF_MEASUREMENT},
    position INTEGER NOT NULL,
    tag TEXT NOT NULL,
    PRIMARY KEY (measurement_id, position)
) WITHOUT ROWID
"""
_BLOB = f"""
CREATE TABLE cell_blob (
    {_OF_MEASUREMENT},
    part TEXT NOT NULL,
    filename TEXT NOT NULL,
    key TEXT NOT NULL,
    PRIMARY KEY (measurement_id, part, filename)
) WITHOUT ROWID
"""
_TABLE = f"""
CREATE TABLE cell_table (
    id INTEGER PRIMARY KEY,
    {_OF_MEASUREMENT},
    part TEXT NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (measurement_id, part)
)
"""
_CHUNK = f"""
CREATE TABLE cell_chunk (
    id INTEGER PRIMARY KEY,
    {_OF_MEASUREMENT},
    first_row INTEGER NOT NULL,
    row_count INTEGER NOT NULL,
    body BLOB NOT NULL,
    UNIQUE (measurement_id, first_row)
)
"""

_TIMES = ("created_at_us", "updated_at_us")
_STARTS = ("start_going_up_us", "start_going_down_us")


def _listed(table: str, parent: str | None, *orders: str) -> tuple[str, ...]:
    """An index for each order, of all rows and of one parent's; a parent's names are held by their constraint."""
    whole = [f"CREATE INDEX {table}_by_{order} ON {table} ({order}, id)" for order in ("name", *orders)]
    narrow = [f"CREATE INDEX {table}_by_parent_{order} ON {table} ({parent}, {order}, id)" for order in orders]
    return (*whole, *(narrow if parent else ()))


STATEMENTS: tuple[str, ...] = (
    _SPECIFICATION,
    _INSTANCE,
    _MEASUREMENT,
    _TAG,
    _BLOB,
    _TABLE,
    _CHUNK,
    *_listed("cell_specification", None, *_TIMES),
    *_listed("cell_instance", "specification_id", *_TIMES),
    *_listed("cell_measurement", "instance_id", *_TIMES, *_STARTS),
    "CREATE INDEX cell_tag_by_tag ON cell_tag (tag, measurement_id)",
    "CREATE INDEX cell_blob_by_key ON cell_blob (key)",
)
