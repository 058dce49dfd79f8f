"""What a query asks for, as SQL. Every value is bound; what stands in the SQL are our own words."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from schema.ports.cells import Comparison, Condition, Noun, Query
from server.stores.sqlite.cells.kind import Field, Kind
from server.stores.sqlite.cells.layout import BEYOND_ALL_TIMES_US
from server.stores.sqlite.cells.places import read_place
from server.stores.sqlite.instants import to_us

CONDITIONS_AT_MOST = 100

_OPERATORS = {Comparison.EQUALS: "=", Comparison.ABOVE: ">", Comparison.BELOW: "<"}
_TAGGED_ANY = "id IN (SELECT measurement_id FROM cell_tag WHERE tag IN (SELECT value FROM json_each(?)))"
_TAGGED_ALL = (
    "id IN (SELECT measurement_id FROM cell_tag WHERE tag IN (SELECT value FROM json_each(?))"
    " GROUP BY measurement_id HAVING count(DISTINCT tag) = ?)"
)


@dataclass(frozen=True, slots=True)
class Clause:
    """A condition and the values to bind."""

    sql: str = "1"
    values: tuple[Any, ...] = ()

    def __and__(self, other: Clause) -> Clause:
        return Clause(f"{self.sql} AND {other.sql}", self.values + other.values)


def listed(ids: Sequence[str]) -> str:
    """Any number of ids as one value, for json_each."""
    return json.dumps(list(ids))


def order_of(kind: Kind[Noun], query: Query) -> str:
    """The column to sort by. Raises ValueError for an order that the noun does not have."""
    if query.order_by not in kind.orders:
        raise ValueError(f"{kind.name} cannot be ordered by {query.order_by!r}: {_or(kind.orders)}")
    order = kind.orders[query.order_by]
    return order.down if query.is_descending else order.up


def asked(kind: Kind[Noun], query: Query) -> Clause:
    """The conditions and tags. Raises ValueError for a field that the noun does not have, or a value unlike it."""
    if len(query.conditions) > CONDITIONS_AT_MOST:
        raise ValueError(f"{len(query.conditions)} conditions at once: ask at most {CONDITIONS_AT_MOST}")
    clause = Clause(kind.alive) & _tagged(kind, query)
    for condition in query.conditions:
        clause &= _compared(kind, condition)
    return clause


def behind(kind: Kind[Noun], query: Query) -> Clause:
    """The rows behind `query.after`. Raises ValueError for a place that is none."""
    if query.after is None:
        return Clause()
    value, row_id = read_place(query.after, query.order_by)
    if value is None:
        value = -BEYOND_ALL_TIMES_US if query.is_descending else BEYOND_ALL_TIMES_US
    direction = "<" if query.is_descending else ">"
    return Clause(f"({order_of(kind, query)}, id) {direction} (?, ?)", (value, row_id))


def under(kind: Kind[Noun], parent_ids: Sequence[str]) -> Clause:
    """The rows of these parents. One is asked for by itself, so that its index has the rows in order."""
    if len(parent_ids) == 1:
        return Clause(f"{kind.parent} = ?", (parent_ids[0],))
    return Clause(f"{kind.parent} IN (SELECT value FROM json_each(?))", (listed(parent_ids),))  # noqa: S608 - our own words


def _compared(kind: Kind[Noun], condition: Condition) -> Clause:
    if condition.field not in kind.fields:
        raise ValueError(f"{kind.name} cannot be searched by {condition.field!r}: {_or(kind.fields)}")
    field = kind.fields[condition.field]
    value = _time(condition) if field.is_time else _text(condition)
    if condition.comparison is Comparison.CONTAINS:
        return _containing(field, condition, str(value))
    return Clause(f"{field.sql} {_OPERATORS[condition.comparison]} ?", (value,))


def _containing(field: Field, condition: Condition, text: str) -> Clause:
    if field.is_time:
        raise ValueError(f"{condition.field} is a time: compare it with EQUALS, ABOVE or BELOW")
    return Clause(f"instr(casefold({field.sql}), ?) > 0", (text.casefold(),))


def _time(condition: Condition) -> int:
    value = condition.value
    if not isinstance(value, datetime) or value.tzinfo is None:
        raise ValueError(f"{condition.field} is compared with a time that has a zone, not with {value!r}")
    return to_us(value)


def _text(condition: Condition) -> str:
    if not isinstance(condition.value, str):
        raise ValueError(f"{condition.field} is compared with text, not with {condition.value!r}")
    return str(condition.value)


def _tagged(kind: Kind[Noun], query: Query) -> Clause:
    clause = Clause()
    if (query.tags_all or query.tags_any) and kind.name != "CellMeasurement":
        raise ValueError(f"{kind.name} has no tags: measurements have")
    if query.tags_any:
        clause &= Clause(_TAGGED_ANY, (listed(query.tags_any),))
    if query.tags_all:
        clause &= Clause(_TAGGED_ALL, (listed(query.tags_all), len(set(query.tags_all))))
    return clause


def _or(names: Iterable[str]) -> str:
    return f"ask for {', '.join(sorted(names))}"
