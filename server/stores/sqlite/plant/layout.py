"""The plant's tables."""

from __future__ import annotations

STATEMENTS = (
    (
        "CREATE TABLE plant_run (number INTEGER PRIMARY KEY, seed TEXT NOT NULL, start_s REAL NOT NULL,"
        " layout TEXT NOT NULL, parameters TEXT NOT NULL, speed TEXT NOT NULL, now_s REAL NOT NULL,"
        " sequence INTEGER NOT NULL, digest TEXT NOT NULL, state TEXT NOT NULL, began_at_us INTEGER NOT NULL)"
    ),
    (
        "CREATE TABLE plant_command (run INTEGER NOT NULL REFERENCES plant_run (number) ON DELETE CASCADE,"
        " number INTEGER NOT NULL, at_s REAL NOT NULL, kind TEXT NOT NULL, body TEXT NOT NULL,"
        " PRIMARY KEY (run, number)) WITHOUT ROWID"
    ),
    (
        "CREATE TABLE plant_batch (place INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE,"
        " run INTEGER NOT NULL, state TEXT NOT NULL, progress REAL NOT NULL, queued_at_us INTEGER NOT NULL,"
        " queued_s REAL NOT NULL, recipe TEXT NOT NULL, parameters TEXT NOT NULL,"
        " started_at_us INTEGER, started_s REAL, finished_at_us INTEGER, finished_s REAL, reason TEXT,"
        " energy_kwh REAL NOT NULL, cells INTEGER NOT NULL, cells_kwh REAL NOT NULL,"
        " made INTEGER NOT NULL DEFAULT 0)"
    ),
    "CREATE INDEX plant_batch_by_state ON plant_batch (state, place)",
    "CREATE INDEX plant_batch_unmade ON plant_batch (place) WHERE state = 'COMPLETED' AND made = 0",
    (
        "CREATE TABLE plant_step (batch_place INTEGER NOT NULL REFERENCES plant_batch (place) ON DELETE CASCADE,"
        " machine INTEGER NOT NULL, result TEXT NOT NULL, PRIMARY KEY (batch_place, machine)) WITHOUT ROWID"
    ),
    "CREATE INDEX plant_step_by_time ON plant_step (machine, json_extract(result, '$.finished_s'))",
)
