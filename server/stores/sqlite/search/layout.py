"""The index of the search, and the triggers that keep it in the transaction of each change.

`sqlite_utils.Table.enable_fts` makes one index for one table, ends the transaction under way, and needs a rowid that
the panels do not have: so one table has a row for each thing that can be found, and the index lies beside it.
A released statement is never changed; a new machine needs a new step.
"""

# ruff: noqa: S608 (our own names)

from __future__ import annotations

from clients.plant.models import MACHINES

MARKS = ("\2", "\3")
"""What the index puts around a matched word; no kept text holds them."""

_FIELDS = "name, serial, notes"
_INSERT = f"INSERT INTO search_entry (kind, keys, owner, {_FIELDS})"
_TABLES = (
    (
        "CREATE TABLE search_entry (id INTEGER PRIMARY KEY, kind TEXT NOT NULL, keys TEXT NOT NULL,"
        " owner TEXT NOT NULL, name TEXT NOT NULL, serial TEXT NOT NULL, notes TEXT NOT NULL)"
    ),
    "CREATE INDEX search_entry_by_owner ON search_entry (owner)",
    (
        f"CREATE VIRTUAL TABLE search_index USING fts5 ({_FIELDS}, content = 'search_entry', content_rowid = 'id',"
        " prefix = '2 3', tokenize = 'unicode61 remove_diacritics 2')"
    ),
    "INSERT INTO search_index (search_index, rank) VALUES ('rank', 'bm25(10.0, 10.0, 1.0)')",
    (
        "CREATE TRIGGER search_entry_added AFTER INSERT ON search_entry BEGIN"
        f" INSERT INTO search_index (rowid, {_FIELDS}) VALUES (new.id, new.name, new.serial, new.notes); END"
    ),
    (
        "CREATE TRIGGER search_entry_removed AFTER DELETE ON search_entry BEGIN"
        f" INSERT INTO search_index (search_index, rowid, {_FIELDS})"
        " VALUES ('delete', old.id, old.name, old.serial, old.notes); END"
    ),
)


def _plain(text: str) -> str:
    return f"replace(replace(ifnull({text}, ''), char(2), ' '), char(3), ' ')"


def _kept(table: str, key: str, selects: tuple[str, ...], changed: str | None) -> tuple[str, ...]:
    """The entries of what is there already, and the triggers for what comes, goes and changes.

    Each of `selects` ends in its FROM; an entry's owner is the row that it goes with. `changed` tells a change of what
    can be found.
    """
    add = "; ".join(f"{_INSERT} {select} WHERE {table}.{key} = new.{key}" for select in selects)
    forget = f"DELETE FROM search_entry WHERE owner = '{table}/' || old.{key}"
    triggers = (
        f"CREATE TRIGGER search_{table}_added AFTER INSERT ON {table} BEGIN {add}; END",
        f"CREATE TRIGGER search_{table}_removed AFTER DELETE ON {table} BEGIN {forget}; END",
        f"CREATE TRIGGER search_{table}_changed AFTER UPDATE ON {table} WHEN {changed} BEGIN {forget}; {add}; END",
    )
    filled = tuple(f"{_INSERT} {select}" for select in selects)
    return filled + triggers[: 3 if changed else 2]


def _noun(table: str, kind: str) -> tuple[str, ...]:
    """One of the lab's tables."""
    notes = "json_extract({}.fields, '$.notes')"
    select = (
        f"SELECT '{kind}', json_array({table}.id), '{table}/' || {table}.id, {_plain(f'{table}.name')}, '',"
        f" {_plain(notes.format(table))} FROM {table}"
    )
    changed = f"new.name IS NOT old.name OR {notes.format('new')} IS NOT {notes.format('old')}"
    return _kept(table, "id", (select,), changed)


_PANEL = (
    f"SELECT 'Panel', json_array(panel.serial), 'panel/' || panel.serial, {_plain('panel.name')}, panel.serial, ''"
    " FROM panel"
)
_CIRCUIT = (
    "SELECT 'Circuit', json_array(panel.serial, circuit.key), 'panel/' || panel.serial,"
    f""" {_plain("json_extract(circuit.value, '$.name')")}, '', ''"""
    " FROM panel, json_each(panel.told, '$.circuits') AS circuit"
)
_PANEL_CHANGED = (
    "new.name IS NOT old.name OR json_extract(new.told, '$.circuits') IS NOT json_extract(old.told, '$.circuits')"
)
_BATCH = (
    "SELECT 'Batch', json_array(plant_batch.id), 'plant_batch/' || plant_batch.id, plant_batch.id, '', ''"
    " FROM plant_batch"
)

STATEMENTS = (
    *_TABLES,
    *_kept("panel", "serial", (_PANEL, _CIRCUIT), _PANEL_CHANGED),
    *_noun("cell_specification", "CellSpecification"),
    *_noun("cell_instance", "CellInstance"),
    *_noun("cell_measurement", "CellMeasurement"),
    *_kept("plant_batch", "id", (_BATCH,), None),
    *(
        f"{_INSERT} VALUES ('Machine', json_array('{key.line.value}', '{key.stage.value}'), 'machine',"
        f" '{key.line.value}/{key.stage.value}', '', '')"
        for key in MACHINES
    ),
)
