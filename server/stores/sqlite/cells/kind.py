"""What the three nouns have in common as rows: an id, a parent, a name, two times, and fields."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Generic

from schema.ports.cells import Noun
from server.stores.sqlite.instants import from_us, to_us

Row = tuple[Any, ...]

NESTED_AT_MOST = 100
"""Lists and objects within each other in `fields`: what can be written must be readable from any depth of calls."""

# Not orjson, which writes NaN as null, and reads integers beyond 64 bits as floats.
written = json.JSONEncoder(allow_nan=False, ensure_ascii=False, separators=(",", ":")).encode


@dataclass(frozen=True, slots=True)
class Field:
    """What a condition may be about: the SQL that has its value, which is text, or a time in microseconds."""

    sql: str
    is_time: bool = False


@dataclass(frozen=True, slots=True)
class Order:
    """The columns, never null, that sort going up and going down; both put rows without the value last."""

    up: str
    down: str


@dataclass(frozen=True, slots=True)
class Kind(Generic[Noun]):
    """A noun's table: `row` gives the values of `columns`, `noun` takes those of `shown`.

    Both begin with those of `common_columns`. `parent_name` is None where the parent has no row. `alive` is the SQL
    that tells a row from one that is being deleted.
    """

    name: str
    table: str
    parent_name: str | None
    columns: tuple[str, ...]
    shown: tuple[str, ...]
    row: Callable[[Noun], Row]
    noun: Callable[[Row], Noun]
    fields: Mapping[str, Field]
    orders: Mapping[str, Order]
    alive: str

    @property
    def parent(self) -> str:
        """The column of the parent's id."""
        return self.columns[1]

    @property
    def select(self) -> str:
        """What to select, for `noun`."""
        return ", ".join(self.shown)


FIELDS: dict[str, Field] = {
    "name": Field("name"),
    "created_at": Field("created_at_us", is_time=True),
    "updated_at": Field("updated_at_us", is_time=True),
    "created_by_email": Field("created_by_email"),
}
ORDERS: dict[str, Order] = {
    "name": Order("name", "name"),
    "created_at": Order("created_at_us", "created_at_us"),
    "updated_at": Order("updated_at_us", "updated_at_us"),
}


def common_columns(parent: str) -> tuple[str, ...]:
    """Those every noun has, in the order of `common_row`."""
    return "id", parent, "name", "created_at_us", "updated_at_us", "fields"


def common_row(noun: Noun, parent_id: str) -> Row:
    """Raises ValueError for fields that are not JSON, and for a noun without its times, which the catalogue sets."""
    if noun.created_at is None or noun.updated_at is None:
        raise ValueError(f"{noun.id} has no created_at or no updated_at: set both before it is kept")
    return noun.id, parent_id, noun.name, to_us(noun.created_at), to_us(noun.updated_at), json_of(noun)


def json_of(noun: Noun) -> str:
    """Its fields, exactly."""
    try:
        text = written(dict(noun.fields))
    except (TypeError, RecursionError) as error:
        raise ValueError(f"the fields of {noun.id} are not JSON: {error}") from error
    if _depth_of(noun.fields) > NESTED_AT_MOST:
        raise ValueError(f"the fields of {noun.id} are not JSON we keep: nest them at most {NESTED_AT_MOST} deep")
    return text


def _depth_of(fields: Mapping[str, Any]) -> int:
    """How many lists and objects lie within each other."""
    depth = 0
    level: list[Any] = [fields]
    while level:
        depth += 1
        inner = [part for each in level for part in (each.values() if isinstance(each, Mapping) else each)]
        level = [part for part in inner if isinstance(part, Mapping | list | tuple)]
    return depth


def common_arguments(row: Row) -> dict[str, Any]:
    """The noun's arguments that `common_row` made values of, but for its parent's id."""
    row_id, _, name, created_at_us, updated_at_us, fields = row[:6]
    return {
        "id": row_id,
        "name": name,
        "created_at": from_us(created_at_us),
        "updated_at": from_us(updated_at_us),
        "fields": json.loads(fields),
    }
