"""The tables of the joins. What is gone takes nothing with it but what joined it to others."""

from __future__ import annotations

STATEMENTS = (
    (
        "CREATE TABLE made_cell (batch_id TEXT NOT NULL, number INTEGER NOT NULL,"
        " instance_id TEXT NOT NULL UNIQUE REFERENCES cell_instance (id) ON DELETE CASCADE, scrap_cause TEXT,"
        " PRIMARY KEY (batch_id, number)) WITHOUT ROWID"
    ),
    (
        "CREATE TABLE wire (line TEXT NOT NULL, stage TEXT NOT NULL, serial TEXT NOT NULL, circuit_id TEXT NOT NULL,"
        " PRIMARY KEY (line, stage), UNIQUE (serial, circuit_id)) WITHOUT ROWID"
    ),
)
