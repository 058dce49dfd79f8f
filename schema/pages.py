"""Lists that grow, page by page: Relay connections whose cursors name a key, so that rows may come and go meanwhile."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Annotated, Generic, TypeVar

import strawberry
from strawberry.types.nodes import SelectedField, Selection

from clients.cells.models import CellInstance, CellMeasurement, CellSpecification
from schema import ports
from schema.bounds import MAX_PAGE, MAX_PLACE_CHARACTERS, within
from schema.context import Info
from schema.errors import CursorBadError
from schema.scalars import packed, unpacked

T = TypeVar("T")
Row = TypeVar("Row")
Noun = TypeVar("Noun", CellSpecification, CellInstance, CellMeasurement)

First = Annotated[int, strawberry.argument(description=f"How many rows at most, 0 to {MAX_PAGE}.")]
After = Annotated[
    str | None, strawberry.argument(description="Only rows behind this cursor: the `endCursor` of the page before.")
]


@strawberry.type(description="Where a page stands in its list.")
class PageInfo:
    """Relay's own words."""

    has_next_page: bool = strawberry.field(description="Whether more rows follow `endCursor`.")
    has_previous_page: bool = strawberry.field(description="Whether the page was asked for with `after`.")
    start_cursor: str | None = strawberry.field(description="The first row's cursor; null on an empty page.")
    end_cursor: str | None = strawberry.field(description="The last row's cursor: pass it as `after` to go on.")


@strawberry.type(description="A row and its place in the list.")
class Edge(Generic[T]):
    """Relay's own words."""

    node: T = strawberry.field(description="The row.")
    cursor: str = strawberry.field(description="The row's place: pass it as `after` to go on behind it.")


@strawberry.type(description="One page of a list.")
class Connection(Generic[T]):
    """Relay's own words, and `nodes` for those who need no cursors."""

    edges: list[Edge[T]] = strawberry.field(description="The rows, each with its cursor.")
    nodes: list[T] = strawberry.field(description="The rows alone.")
    page_info: PageInfo = strawberry.field(description="Where this page stands in the list.")
    total_count: int = strawberry.field(description="How many rows the whole list has: those on other pages too.")


def page(
    info: Info, rows: Sequence[Row], key: Callable[[Row], str], of: Callable[[Row], T], first: int, after: str | None
) -> Connection[T]:
    """The `first` rows with keys above the cursor's, from rows sorted by key.

    Raises BadInputError when `first` is out of range, CursorBadError when `after` is no cursor of a list.
    """
    within("first", first, 0, MAX_PAGE)
    behind = None if after is None else read_key(info, after)
    rest = [row for row in rows if behind is None or key(row) > behind]
    edges = [Edge(node=of(row), cursor=write_key(info, key(row))) for row in rest[:first]]
    return _connection(edges, len(rows), after, has_more=len(rest) > len(edges))


def kept_page(info: Info, found: ports.Page[Noun], of: Callable[[Noun], T], after: str | None) -> Connection[T]:
    """A page as a store answered it. `total_count` is 0 where it was not counted: see `counts`."""
    rows = zip(found.items, found.places, strict=True)
    edges = [Edge(node=of(row), cursor=write_key(info, place)) for row, place in rows]
    return _connection(edges, found.total or 0, after, has_more=found.has_more)


def counts(info: Info) -> bool:
    """Whether the connection at this place of the document is asked for its `totalCount`."""
    return "totalCount" in asked_for(info)


def asked_for(info: Info) -> set[str]:
    """The names of the fields that the document asks of the thing at this place."""
    return {name for each in info.selected_fields for name in _names(each.selections)}


def _names(selections: Iterable[Selection]) -> Iterator[str]:
    for each in selections:
        if isinstance(each, SelectedField):
            yield each.name
        else:
            yield from _names(each.selections)


def _connection(edges: list[Edge[T]], total: int, after: str | None, *, has_more: bool) -> Connection[T]:
    return Connection(
        edges=edges,
        nodes=[edge.node for edge in edges],
        page_info=page_info(edges, after, has_more=has_more),
        total_count=total,
    )


def page_info(edges: Sequence[Edge[T]], after: str | None, *, has_more: bool) -> PageInfo:
    """Where the page of these edges stands."""
    return PageInfo(
        has_next_page=has_more,
        has_previous_page=after is not None,
        start_cursor=edges[0].cursor if edges else None,
        end_cursor=edges[-1].cursor if edges else None,
    )


def write_key(info: Info, key: str) -> str:
    """A row's key as an opaque cursor, of the list at this place of the document."""
    return packed(json.dumps([*_list(info), key]))


def read_key(info: Info, cursor: str) -> str:
    """The key in a cursor; raises CursorBadError for what is none, or is one of another list or server."""
    try:
        *where, key = json.loads(unpacked(cursor[:MAX_PLACE_CHARACTERS]))
    except (ValueError, TypeError, RecursionError):
        where, key = [], None
    if where != _list(info) or not isinstance(key, str):
        raise CursorBadError("after is no cursor of this list; pass an `endCursor` back as it came, or none")
    return key


def _list(info: Info) -> list[str]:
    """What names the list in all of the world."""
    return [info.context.server.log_id, f"{info.path.typename}.{info.field_name}"]
