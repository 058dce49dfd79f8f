"""The search on SQLite: see the port, `schema.ports.search.Search`."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from typing import Any

from schema.ports.search import EntityKind, Hit, Match, SearchedField, Span
from server.stores.sqlite.cells.doomed import NOTHING_DOOMED
from server.stores.sqlite.cells.instances import INSTANCE
from server.stores.sqlite.cells.measurements import MEASUREMENT
from server.stores.sqlite.cells.specifications import SPECIFICATION
from server.stores.sqlite.connection import Connection
from server.stores.sqlite.database import Database
from server.stores.sqlite.search.layout import MARKS

BEGIN, END = MARKS
EXCERPT_WORDS = 32

_SHOWN = "highlight(search_index, {}, char(2), char(3))"
_KEY = "json_extract(entry.keys, '$[0]')"
_ALIVE = " AND ".join(
    f"(entry.kind <> '{name}' OR EXISTS (SELECT 1 FROM {table} WHERE id = {_KEY} AND {alive}))"  # noqa: S608 (our own names)
    for name, table, alive in ((kind.name, kind.table, kind.alive) for kind in (SPECIFICATION, INSTANCE, MEASUREMENT))
)
# An entry has a new, higher number after every change; the index has its matches in this order at hand. Its own order
# by rank would weigh all of them, and marking words costs more than weighing: so only the best are marked, in one more
# pass over the numbers between them.
_FIND = f"""
WITH weighed AS (
    SELECT entry.id AS id, search_index.rank AS weight
    FROM search_index JOIN search_entry AS entry ON entry.id = search_index.rowid
    WHERE search_index MATCH :words AND entry.kind IN (SELECT value FROM json_each(:kinds))
        AND ({NOTHING_DOOMED} OR {_ALIVE})
        AND (:panels IS NULL OR entry.kind NOT IN ('Panel', 'Circuit')
            OR {_KEY} IN (SELECT value FROM json_each(:panels)))
    ORDER BY search_index.rowid DESC LIMIT :ranked
), best AS MATERIALIZED (SELECT id, weight FROM weighed ORDER BY weight, id LIMIT :limit)
SELECT entry.kind, entry.keys, {_SHOWN.format(0)}, {_SHOWN.format(1)},
    snippet(search_index, 2, char(2), char(3), '…', {EXCERPT_WORDS})
FROM search_index CROSS JOIN best ON best.id = search_index.rowid CROSS JOIN search_entry AS entry ON entry.id = best.id
WHERE search_index MATCH :words
    AND search_index.rowid BETWEEN (SELECT min(id) FROM best) AND (SELECT max(id) FROM best)
ORDER BY best.weight, best.id
"""  # noqa: S608 (our own names)


class SqliteSearch:
    """See the port. `panels` are the serials that can be found, with their circuits; None: all.

    Of more matches than the database's `ranked_matches` those are ranked, and found, that came or changed last.
    """

    def __init__(self, database: Database, panels: Collection[str] | None = None) -> None:
        self._database = database
        self._panels = None if panels is None else json.dumps(sorted(panels))

    async def find(self, words: Sequence[str], kinds: Sequence[EntityKind], limit: int) -> Sequence[Hit]:
        """See the port. One statement."""
        asked = [_beginning(word) for word in words if any(map(str.isalnum, word))]
        if not asked:
            return []
        given = {
            "words": " ".join(asked),
            "kinds": json.dumps(kinds),
            "panels": self._panels,
            "ranked": self._database.limits.ranked_matches,
            "limit": limit,
        }

        def found(connection: Connection) -> list[Any]:
            return connection.execute(_FIND, given).fetchall()

        return [_hit(*row) for row in await self._database.read(found)]


def _beginning(word: str) -> str:
    """The word as FTS5 takes it: quoted, so that nothing in it is an operator, and as the beginning of one."""
    return '"' + word.replace('"', '""') + '"*'


def _hit(kind: str, keys: str, *shown: str) -> Hit:
    matches = [_match(field, text) for field, text in zip(SearchedField, shown, strict=True) if BEGIN in text]
    return Hit(EntityKind(kind), tuple(json.loads(keys)), tuple(matches))


def _match(field: SearchedField, marked: str) -> Match:
    return Match(field, marked.replace(BEGIN, "").replace(END, ""), tuple(_spans(marked)))


def _spans(marked: str) -> Iterator[Span]:
    """Where the marked words lie in the text without its marks."""
    before, *parts = marked.split(BEGIN)
    at = len(before)
    for part in parts:
        word, _, between = part.partition(END)
        yield Span(at, at + len(word))
        at += len(word) + len(between)
