"""History's rows: samples as they come, by panel and time, and the chunks they are packed into.

What is in a blob is `server.panel.chunk`'s business. A sample at a time that is kept already is dropped.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from server.stores.sqlite.connection import Connection
from server.stores.sqlite.instants import to_us

Circuits = tuple[str | None, ...]

_PANEL = """
INSERT INTO history_panel (serial, recorded_at_us) VALUES (?, ?)
ON CONFLICT (serial) DO UPDATE SET recorded_at_us = excluded.recorded_at_us RETURNING id
"""
_CHUNK = """
INSERT INTO history_chunk (panel_id, start_ms, layout_id, minutes, raw) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (panel_id, start_ms)
DO UPDATE SET layout_id = excluded.layout_id, minutes = excluded.minutes, raw = excluded.raw
"""
_FORGET_RAW = """
UPDATE history_chunk SET raw = NULL WHERE id IN
(SELECT id FROM history_chunk WHERE panel_id = ? AND raw IS NOT NULL ORDER BY id DESC LIMIT -1 OFFSET ?)
"""
_FORGET_CHUNKS = """
DELETE FROM history_chunk WHERE id IN
(SELECT id FROM history_chunk WHERE panel_id = ? ORDER BY id DESC LIMIT -1 OFFSET ?)
"""
_FORGET_LAYOUTS = """
DELETE FROM history_layout WHERE panel_id = ?
AND id NOT IN (SELECT layout_id FROM history_tail WHERE panel_id = history_layout.panel_id)
AND NOT EXISTS (SELECT 1 FROM history_chunk WHERE layout_id = history_layout.id)
"""


@dataclass(frozen=True, slots=True)
class Sample:
    """One panel's readings at one moment of its own time; the blob has one entry for each circuit."""

    serial: str
    at_ms: int
    circuits: Circuits
    readings: bytes


@dataclass(frozen=True, slots=True)
class Window:
    """A panel's samples of [start_ms, end_ms)."""

    panel_id: int
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """A packed window. `raw` is None once only its minutes are kept, or where it was not asked for."""

    circuits: Circuits
    minutes: bytes
    raw: bytes | None


def keep_samples(connection: Connection, samples: Sequence[Sample], recorded_at: datetime) -> None:
    """Add samples to the tails of their panels."""
    recorded_at_us = to_us(recorded_at)
    panel_ids = {
        serial: connection.execute(_PANEL, (serial, recorded_at_us)).fetchone()[0]
        for serial in {sample.serial for sample in samples}
    }
    for sample in samples:
        panel_id = panel_ids[sample.serial]
        row = (panel_id, sample.at_ms, _layout_id(connection, panel_id, sample.circuits), sample.readings)
        connection.execute("INSERT OR IGNORE INTO history_tail VALUES (?, ?, ?, ?)", row)


def panel_id_of(connection: Connection, serial: str) -> int | None:
    """The panel's number in these tables, or None when nothing of it is kept."""
    row = connection.execute("SELECT id FROM history_panel WHERE serial = ?", (serial,)).fetchone()
    return row[0] if row else None


def closed_windows(connection: Connection, length_ms: int) -> list[Window]:
    """Of each panel the oldest window of its tail, unless that is its newest too, to which samples may still come."""
    ends = "SELECT min(at_ms), max(at_ms) FROM history_tail WHERE panel_id = ? GROUP BY panel_id"
    windows = []
    for (panel_id,) in connection.execute("SELECT id FROM history_panel").fetchall():
        for oldest_ms, newest_ms in connection.execute(ends, (panel_id,)):
            end_ms = (oldest_ms // length_ms + 1) * length_ms
            if newest_ms >= end_ms:
                windows.append(Window(panel_id, end_ms - length_ms, end_ms))
    return windows


def tail(connection: Connection, window: Window) -> list[tuple[int, Circuits, bytes]]:
    """Time, circuits and readings of the samples that wait to be packed."""
    layouts = _layouts(connection, window.panel_id)
    found = connection.execute(
        "SELECT at_ms, layout_id, readings FROM history_tail"
        " WHERE panel_id = ? AND at_ms >= ? AND at_ms < ? ORDER BY at_ms",
        _key(window),
    )
    return [(at_ms, layouts[layout_id], readings) for at_ms, layout_id, readings in found]


def chunks(connection: Connection, window: Window, *, with_raw: bool) -> Iterator[Chunk]:
    """The packed windows that begin in this one, by time."""
    layouts = _layouts(connection, window.panel_id)
    found = connection.execute(
        f"SELECT layout_id, minutes, {'raw' if with_raw else 'NULL'} FROM history_chunk"  # noqa: S608 - our own words
        " WHERE panel_id = ? AND start_ms >= ? AND start_ms < ? ORDER BY start_ms",
        _key(window),
    )
    return (Chunk(layouts[layout_id], minutes, raw) for layout_id, minutes, raw in found)


def keep_chunk(connection: Connection, window: Window, chunk: Chunk, packed_samples: int) -> bool:
    """Put the chunk in the place of its samples; False, and nothing done, when more of them have come since."""
    gone = connection.execute(
        "DELETE FROM history_tail WHERE panel_id = ? AND at_ms >= ? AND at_ms < ? AND"
        " ? = (SELECT count(*) FROM history_tail WHERE panel_id = ? AND at_ms >= ? AND at_ms < ?)",
        (*_key(window), packed_samples, *_key(window)),
    )
    if gone.rowcount != packed_samples:
        return False
    layout_id = _layout_id(connection, window.panel_id, chunk.circuits)
    connection.execute(_CHUNK, (window.panel_id, window.start_ms, layout_id, chunk.minutes, chunk.raw))
    return True


def prune(connection: Connection, panel_id: int, raw_chunks: int, chunk_count: int) -> None:
    """Keep the newest of a panel's chunks, by arrival: whatever its clock says, it holds no more than this."""
    connection.execute(_FORGET_RAW, (panel_id, raw_chunks))
    connection.execute(_FORGET_CHUNKS, (panel_id, chunk_count))
    connection.execute(_FORGET_LAYOUTS, (panel_id,))


def forget_panels(connection: Connection, before: datetime) -> int:
    """Drop what is kept of panels that were last recorded before a time (ours); how many."""
    return connection.execute("DELETE FROM history_panel WHERE recorded_at_us < ?", (to_us(before),)).rowcount


def _key(window: Window) -> tuple[int, int, int]:
    return window.panel_id, window.start_ms, window.end_ms


def _layout_id(connection: Connection, panel_id: int, circuits: Circuits) -> int:
    key = (panel_id, _written(circuits))
    find = "SELECT id FROM history_layout WHERE panel_id = ? AND circuits = ?"
    row = connection.execute(find, key).fetchone()
    if row is None:
        row = connection.execute(
            "INSERT INTO history_layout (panel_id, circuits) VALUES (?, ?) RETURNING id", key
        ).fetchone()
    return int(row[0])


@lru_cache(maxsize=1024)
def _written(circuits: Circuits) -> str:
    return json.dumps(circuits)


def _layouts(connection: Connection, panel_id: int) -> dict[int, Circuits]:
    found = connection.execute("SELECT id, circuits FROM history_layout WHERE panel_id = ?", (panel_id,))
    return {layout_id: tuple(json.loads(circuits)) for layout_id, circuits in found}
