"""The tables of the joins. A batch or a cell that is gone takes nothing else with it than what joined it."""

from __future__ import annotations

WIRES = (
    "CREATE TABLE wire (line TEXT NOT NULL, stage TEXT NOT NULL, serial TEXT NOT NULL, circuit_id TEXT NOT NULL,"
    " PRIMARY KEY (line, stage), UNIQUE (serial, circuit_id)) WITHOUT ROWID"
)
