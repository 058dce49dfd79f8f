"""What is deleted slice by slice: once it stands in `cell_doomed`, it is gone for readers with all that is below it."""

from __future__ import annotations

STATEMENTS = (
    'CREATE TABLE cell_doomed ("table" TEXT NOT NULL, id TEXT NOT NULL, PRIMARY KEY ("table", id)) WITHOUT ROWID',
)
NOTHING_DOOMED = "NOT EXISTS (SELECT 1 FROM cell_doomed)"
"""Looked up once a statement, so that nothing else is as long as it is true."""


def _alive(**ids: str) -> str:
    """By table, the SQL of the id that a row has or hangs on."""
    spared = (f"{sql} NOT IN (SELECT id FROM cell_doomed WHERE \"table\" = '{table}')" for table, sql in ids.items())  # noqa: S608 - our own words
    return f"({NOTHING_DOOMED} OR ({' AND '.join(spared)}))"


SPECIFICATION_ALIVE = _alive(cell_specification="id")
INSTANCE_ALIVE = _alive(cell_specification="specification_id", cell_instance="id")
MEASUREMENT_ALIVE = _alive(
    cell_specification="(SELECT specification_id FROM cell_instance WHERE id = instance_id)",
    cell_instance="instance_id",
)
MADE_CELL_ALIVE = MEASUREMENT_ALIVE
"""What names an instance by `instance_id` hides with it."""
