"""The tables, step by step. A step that was released is never changed: what is wrong with it, a new one puts right."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from server.stores.sqlite.cells.doomed import STATEMENTS as DOOMED
from server.stores.sqlite.cells.layout import STATEMENTS as CELLS
from server.stores.sqlite.connection import Connection
from server.stores.sqlite.joins.layout import STATEMENTS as JOINS
from server.stores.sqlite.plant.layout import STATEMENTS as PLANT
from server.stores.sqlite.search.layout import STATEMENTS as SEARCH
from server.stores.sqlite.tokens.layout import STATEMENTS as TOKENS

if TYPE_CHECKING:
    from sqlite_utils import Database

SET = "busbar"


def create_events(db: Database) -> None:
    """The log, its topics, and its id: random, so that a cursor of another log is never taken for one of ours."""
    db.execute("CREATE TABLE log (id TEXT NOT NULL)")
    db.execute("INSERT INTO log VALUES (lower(hex(randomblob(8))))")
    db.execute(
        "CREATE TABLE topic (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE,"
        " seq INTEGER NOT NULL, pruned INTEGER NOT NULL DEFAULT 0)"
    )
    db.execute(
        "CREATE TABLE event (id INTEGER PRIMARY KEY, topic_id INTEGER NOT NULL REFERENCES topic (id),"
        " seq INTEGER NOT NULL, at_us INTEGER NOT NULL, subject TEXT NOT NULL, kind TEXT NOT NULL, data TEXT NOT NULL,"
        " UNIQUE (topic_id, seq))"
    )


def create_panels(db: Database) -> None:
    """The panels to poll, and what was last told about each."""
    db.execute(
        "CREATE TABLE panel (serial TEXT PRIMARY KEY, name TEXT NOT NULL, host TEXT NOT NULL, port INTEGER NOT NULL,"
        " access_token TEXT NOT NULL, added_at_us INTEGER NOT NULL, told TEXT NOT NULL) WITHOUT ROWID"
    )


def create_history(db: Database) -> None:
    """Samples as they come (tail), then packed by ten minutes (chunk). Blobs stand last: a scan need not read them."""
    db.execute(
        "CREATE TABLE history_panel"
        " (id INTEGER PRIMARY KEY, serial TEXT NOT NULL UNIQUE, recorded_at_us INTEGER NOT NULL)"
    )
    db.execute(
        "CREATE TABLE history_layout (id INTEGER PRIMARY KEY,"
        " panel_id INTEGER NOT NULL REFERENCES history_panel (id) ON DELETE CASCADE, circuits TEXT NOT NULL,"
        " UNIQUE (panel_id, circuits))"
    )
    db.execute(
        "CREATE TABLE history_tail (panel_id INTEGER NOT NULL REFERENCES history_panel (id) ON DELETE CASCADE,"
        " at_ms INTEGER NOT NULL, layout_id INTEGER NOT NULL, readings BLOB NOT NULL,"
        " PRIMARY KEY (panel_id, at_ms)) WITHOUT ROWID"
    )
    db.execute(
        "CREATE TABLE history_chunk (id INTEGER PRIMARY KEY,"
        " panel_id INTEGER NOT NULL REFERENCES history_panel (id) ON DELETE CASCADE, start_ms INTEGER NOT NULL,"
        " layout_id INTEGER NOT NULL, minutes BLOB NOT NULL, raw BLOB, UNIQUE (panel_id, start_ms))"
    )
    db.execute("CREATE INDEX history_chunk_by_arrival ON history_chunk (panel_id)")
    db.execute("CREATE INDEX history_chunk_by_layout ON history_chunk (layout_id)")
    db.execute("CREATE INDEX history_raw_by_arrival ON history_chunk (panel_id) WHERE raw IS NOT NULL")


def create_secret(db: Database) -> None:
    """What only this server may know, by name."""
    db.execute("CREATE TABLE secret (name TEXT PRIMARY KEY, value BLOB NOT NULL) WITHOUT ROWID")


def create_cells(db: Database) -> None:
    """The lab: specifications, instances, measurements, and what is kept beside them."""
    for statement in CELLS:
        db.execute(statement)


def create_plant(db: Database) -> None:
    """The plant: its runs, what each was told, its batches and their steps."""
    for statement in PLANT:
        db.execute(statement)


def create_joins(db: Database) -> None:
    """Which cells a batch made, and which circuit feeds a machine."""
    for statement in JOINS:
        db.execute(statement)


def create_search(db: Database) -> None:
    """The index of names, serials and notes, filled with what is there."""
    for statement in SEARCH:
        db.execute(statement)


def create_tokens(db: Database) -> None:
    """The API tokens, by their hashes."""
    for statement in TOKENS:
        db.execute(statement)


def create_sealing(db: Database) -> None:
    """One row as soon as the secrets are sealed: a mark that only the key opens, and whether the file was wiped."""
    db.execute(
        "CREATE TABLE sealing (one INTEGER PRIMARY KEY CHECK (one = 1), mark BLOB NOT NULL,"
        " leaves_traces INTEGER NOT NULL)"
    )


def create_doomed(db: Database) -> None:
    """What of the lab is being deleted, slice by slice."""
    for statement in DOOMED:
        db.execute(statement)


STEPS: tuple[Callable[[Database], None], ...] = (
    create_events,
    create_panels,
    create_history,
    create_secret,
    create_cells,
    create_plant,
    create_joins,
    create_search,
    create_tokens,
    create_sealing,
    create_doomed,
)


def applied(connection: Connection) -> set[str]:
    """Names of the steps this file has been through."""
    if not connection.execute("SELECT 1 FROM sqlite_master WHERE name = '_sqlite_migrations'").fetchone():
        return set()
    return {
        name for (name,) in connection.execute("SELECT name FROM _sqlite_migrations WHERE migration_set = ?", [SET])
    }


def migrate(connection: Connection) -> None:
    """Take the steps that are missing, each in a transaction of its own: old or new, never between."""
    if applied(connection) >= {step.__name__ for step in STEPS}:
        return
    # Imported only when there is something to do: it costs a tenth of a second of every start.
    from sqlite_utils import Database  # noqa: PLC0415
    from sqlite_utils.migrations import Migrations  # noqa: PLC0415

    migrations = Migrations(SET)
    for step in STEPS:
        migrations()(step)
    migrations.apply(Database(connection, execute_plugins=False))
