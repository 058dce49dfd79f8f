"""Rows by id: looked up, added, changed. What may not be is the constraints' to say."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Sequence

from schema.ports.cells import Noun
from server.stores.cells import NameHeldError, RowMissingError
from server.stores.sqlite.cells.conditions import listed
from server.stores.sqlite.cells.kind import Kind, Row
from server.stores.sqlite.connection import Connection

_HELD = (sqlite3.SQLITE_CONSTRAINT_UNIQUE, sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY)


def by_id(connection: Connection, kind: Kind[Noun], ids: Sequence[str]) -> dict[str, Noun]:
    """Those that are there."""
    found = connection.execute(
        f"SELECT {kind.select} FROM {kind.table} WHERE id IN (SELECT value FROM json_each(?)) AND {kind.alive}",  # noqa: S608 - our own words
        (listed(ids),),
    )
    return {row[0]: kind.noun(row) for row in found}


def kept(connection: Connection, kind: Kind[Noun], row_id: str) -> Noun:
    """Raises RowMissingError."""
    row = _row(connection, kind, row_id)
    if row is None:
        raise RowMissingError(kind.name, row_id)
    return kind.noun(row)


def _row(connection: Connection, kind: Kind[Noun], row_id: str) -> Row | None:
    select = f"SELECT {kind.select} FROM {kind.table} WHERE id = ? AND {kind.alive}"  # noqa: S608 - our own words
    row: Row | None = connection.execute(select, (row_id,)).fetchone()
    return row


def add(connection: Connection, kind: Kind[Noun], noun: Noun) -> None:
    """Raises NameHeldError (also for its id) and RowMissingError (its parent)."""
    row = kind.row(noun)
    places = ", ".join("?" * len(row))
    _put(connection, kind, row, f"INSERT INTO {kind.table} ({', '.join(kind.columns)}) VALUES ({places})", row)  # noqa: S608 - our own words


def change(connection: Connection, kind: Kind[Noun], row_id: str, make: Callable[[Noun], Noun]) -> Noun:
    """What `make` makes of the row. Raises RowMissingError and NameHeldError."""
    noun = make(kept(connection, kind, row_id))
    if noun.id != row_id:
        raise ValueError(f"{kind.name} {row_id} cannot become {noun.id}: an id stays")
    row: Row = kind.row(noun)
    assignments = ", ".join(f"{column} = ?" for column in kind.columns)
    _put(connection, kind, row, f"UPDATE {kind.table} SET {assignments} WHERE id = ?", (*row, row_id))  # noqa: S608 - our own words
    return noun


def _put(connection: Connection, kind: Kind[Noun], row: Row, statement: str, values: Row) -> None:
    try:
        connection.execute(statement, values)
    except sqlite3.IntegrityError as error:
        raise _in_our_words(connection, kind, row, error) from error
    if _row(connection, kind, row[0]) is None:  # its parent is being deleted
        raise RowMissingError(str(kind.parent_name), row[1])


def _in_our_words(connection: Connection, kind: Kind[Noun], row: Row, error: sqlite3.IntegrityError) -> Exception:
    row_id, parent_id, name = row[:3]
    if error.sqlite_errorcode in _HELD:
        return NameHeldError(kind.name, name, _holder(connection, kind, row))
    if error.sqlite_errorcode == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY:
        return RowMissingError(str(kind.parent_name), parent_id)
    return ValueError(f"{kind.name} {row_id} cannot be kept: a value that it must have is missing")


def _holder(connection: Connection, kind: Kind[Noun], row: Row) -> str:
    """Whoever has the name already; else it is the id that is held."""
    row_id, parent_id, name = row[:3]
    holder = connection.execute(
        f"SELECT id FROM {kind.table} WHERE {kind.parent} = ? AND name = ?",  # noqa: S608 - our own words
        (parent_id, name),
    ).fetchone()
    return str(holder[0]) if holder else row_id
