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
    (
        "CREATE TABLE meter (one INTEGER PRIMARY KEY CHECK (one = 1), log_id TEXT NOT NULL, seq INTEGER NOT NULL,"
        " notes TEXT NOT NULL)"
    ),
    (
        "CREATE TABLE meter_part (batch_place INTEGER NOT NULL REFERENCES plant_batch (place) ON DELETE CASCADE,"
        " machine INTEGER NOT NULL, energy_wh REAL NOT NULL, reason TEXT, PRIMARY KEY (batch_place, machine))"
        " WITHOUT ROWID"
    ),
)
