"""Pages of rows: one statement for a page, or for one of each of many parents; one more for the totals."""

from __future__ import annotations

from collections.abc import Sequence

from schema.ports.cells import Noun, Page, Query
from server.stores.sqlite.cells.conditions import Clause, asked, behind, listed, order_of, under
from server.stores.sqlite.cells.kind import Kind, Row
from server.stores.sqlite.cells.places import place_behind
from server.stores.sqlite.connection import Connection

LISTED_AT_MOST = 10_000
"""Rows of one page, whatever was asked for; `has_more` tells when there are others."""
SKIPPED_AT_MOST = 2**53


def page(connection: Connection, kind: Kind[Noun], query: Query, parent_ids: Sequence[str] | None) -> Page[Noun]:
    """The rows of these parents, or all (None). Raises ValueError for what cannot be asked."""
    wanted = asked(kind, query)
    if parent_ids is not None:
        wanted &= under(kind, parent_ids)
    shown: Clause = wanted & behind(kind, query)
    limit, offset = _bounds(query)
    rows = connection.execute(
        f"SELECT {kind.select} FROM {kind.table} WHERE {shown.sql} {_ordered(kind, query)} LIMIT ? OFFSET ?",  # noqa: S608 - our own words
        (*shown.values, limit + 1, offset),
    ).fetchall()
    return _page(kind, query, rows, _total(connection, kind, wanted) if query.with_total else None)


def pages_of(
    connection: Connection, kind: Kind[Noun], parent_ids: Sequence[str], query: Query
) -> dict[str, Page[Noun]]:
    """A page of each parent; an empty one where there is nothing. Raises ValueError for what cannot be asked.

    For each parent the numbers of its first rows are read off an index; only those rows are then looked up.
    """
    wanted = asked(kind, query)
    limit, offset = _bounds(query)
    theirs: Clause = Clause(f"{kind.parent} = parent_id") & wanted & behind(kind, query)
    ordered = _ordered(kind, query)
    ids = list(dict.fromkeys(parent_ids))
    found = connection.execute(
        f"SELECT {kind.select} FROM (SELECT value AS parent_id FROM json_each(?)) CROSS JOIN {kind.table}"  # noqa: S608 - our own words
        f" ON {kind.table}.rowid IN"
        f" (SELECT rowid FROM {kind.table} WHERE {theirs.sql} {ordered} LIMIT ? OFFSET ?) {ordered}",
        (listed(ids), *theirs.values, limit + 1, offset),
    )
    rows: dict[str, list[Row]] = {parent_id: [] for parent_id in ids}
    for row in found:
        rows[row[1]].append(row)
    totals = _totals(connection, kind, wanted, ids) if query.with_total else {}
    return {parent_id: _page(kind, query, its, totals.get(parent_id)) for parent_id, its in rows.items()}


def _page(kind: Kind[Noun], query: Query, rows: Sequence[Row], total: int | None) -> Page[Noun]:
    """Of one row more than was asked for, if there is one."""
    limit, _ = _bounds(query)
    items = tuple(kind.noun(row) for row in rows[:limit])
    places = tuple(place_behind(item, query.order_by) for item in items)
    return Page(items, places, has_more=len(rows) > limit, total=total)


def _ordered(kind: Kind[Noun], query: Query) -> str:
    direction = "DESC" if query.is_descending else "ASC"
    return f"ORDER BY {order_of(kind, query)} {direction}, id {direction}"


def _bounds(query: Query) -> tuple[int, int]:
    limit = LISTED_AT_MOST if query.limit is None else query.limit
    if limit < 0 or not 0 <= query.offset <= SKIPPED_AT_MOST:
        raise ValueError(f"limit {query.limit} and offset {query.offset}: ask for 0 or more, within reason")
    return min(limit, LISTED_AT_MOST), query.offset


def _total(connection: Connection, kind: Kind[Noun], wanted: Clause) -> int:
    count = f"SELECT count(*) FROM {kind.table} WHERE {wanted.sql}"  # noqa: S608 - our own words
    return int(connection.execute(count, wanted.values).fetchone()[0])


def _totals(connection: Connection, kind: Kind[Noun], wanted: Clause, parent_ids: Sequence[str]) -> dict[str, int]:
    theirs = under(kind, parent_ids) & wanted
    count = f"SELECT {kind.parent}, count(*) FROM {kind.table} WHERE {theirs.sql} GROUP BY {kind.parent}"  # noqa: S608 - our own words
    return dict.fromkeys(parent_ids, 0) | dict(connection.execute(count, theirs.values))
