"""Which blobs each measurement names: the three of its series, and its files. One blob may have several names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict

from server.stores.cells import Content
from server.stores.sqlite.cells.conditions import listed
from server.stores.sqlite.connection import Connection

_FILE = "file"
_INSERT = "INSERT INTO cell_blob (measurement_id, part, filename, key) VALUES (?, ?, ?, ?)"
_CONTENTS = """
SELECT measurement_id, part, key FROM cell_blob
WHERE part <> 'file' AND measurement_id IN (SELECT value FROM json_each(?))
"""


def keep_content(connection: Connection, measurement_id: str, content: Content) -> None:
    """Instead of what was named before."""
    connection.execute("DELETE FROM cell_blob WHERE measurement_id = ? AND part <> 'file'", (measurement_id,))
    rows = [(measurement_id, part, "", key) for part, key in asdict(content).items()]
    connection.executemany(_INSERT, rows)


def keep_files(connection: Connection, measurement_id: str, files: Mapping[str, str]) -> None:
    """Keys by filename, of a measurement that has none yet."""
    connection.executemany(_INSERT, [(measurement_id, _FILE, filename, key) for filename, key in files.items()])


def contents(connection: Connection, measurement_ids: Sequence[str]) -> dict[str, Content]:
    """Of those that have one."""
    found: dict[str, dict[str, str]] = {}
    for measurement_id, part, key in connection.execute(_CONTENTS, (listed(measurement_ids),)):
        found.setdefault(measurement_id, {})[part] = key
    return {measurement_id: Content(**keys) for measurement_id, keys in found.items()}


def files(connection: Connection, measurement_id: str) -> dict[str, str]:
    """Keys by filename."""
    find = "SELECT filename, key FROM cell_blob WHERE measurement_id = ? AND part = ? ORDER BY filename"
    return dict(connection.execute(find, (measurement_id, _FILE)))


def all_keys(connection: Connection) -> frozenset[str]:
    """Every blob that is named."""
    return frozenset(key for (key,) in connection.execute("SELECT DISTINCT key FROM cell_blob"))


def unnamed(connection: Connection, keys: Iterable[str]) -> frozenset[str]:
    """Those of the keys that no row names."""
    asked = frozenset(keys)
    find = "SELECT key FROM cell_blob WHERE key IN (SELECT value FROM json_each(?))"
    return asked.difference(key for (key,) in connection.execute(find, (listed(sorted(asked)),)))
