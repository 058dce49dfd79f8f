"""`node` and `nodes`: any thing of the graph, by its global id."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import strawberry

from schema.bounds import MAX_PAGE
from schema.context import Info
from schema.errors import BadInputError
from schema.fields import field
from schema.node import Node, read_id
from schema.panel.circuits import find_circuit
from schema.panel.types import Panel

Id = Annotated[strawberry.ID, strawberry.argument(description="The `id` of any Node.")]
Ids = Annotated[list[strawberry.ID], strawberry.argument(description=f"The `id`s of any Nodes, at most {MAX_PAGE}.")]


def _panel(info: Info, serial: str) -> Panel | None:
    view = info.context.panels.get(serial)
    return None if view is None else Panel.of(view)


def _circuit(info: Info, serial: str, circuit_id: str) -> Node | None:
    panel = _panel(info, serial)
    return None if panel is None else find_circuit(panel, circuit_id)


FINDERS: dict[tuple[str, int], Callable[..., Node | None]] = {("Panel", 1): _panel, ("Circuit", 2): _circuit}


def find(info: Info, argument: str, global_id: str) -> Node | None:
    """The thing, or None when it is gone; raises BadInputError for what is no global id."""
    kind, keys = read_id(argument, global_id)
    finder = FINDERS.get((kind, len(keys)))
    if finder is None:
        raise BadInputError(argument, f"{global_id!r} is the id of nothing in this graph; pass an `id` back as it came")
    return finder(info, *keys)


@strawberry.type
class NodeQueries:
    """The part of Query that Relay asks for."""

    @field("The thing with this id; null when there is none any more.")
    def node(self, info: Info, id: Id) -> Node | None:  # noqa: A002 (the argument's name in the graph)
        """Raises BadInputError for what is no global id."""
        return find(info, "id", id)

    @field("The things with these ids, in their order; null in the place of each that is gone.")
    def nodes(self, info: Info, ids: Ids) -> list[Node | None]:
        """Raises BadInputError for what is no global id, and for too many."""
        if len(ids) > MAX_PAGE:
            raise BadInputError("ids", f"{len(ids):,} given, at most {MAX_PAGE} are answered at once; split the list")
        return [find(info, "ids", each) for each in ids]
