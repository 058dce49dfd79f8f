"""`node` and `nodes`: any thing of the graph, by its global id."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import Annotated

import strawberry

from schema.bounds import MAX_PAGE
from schema.cells.instances import find_instances
from schema.cells.measurements import find_measurements
from schema.cells.specifications import find_specifications
from schema.context import Info
from schema.errors import BadInputError
from schema.fields import field
from schema.node import Node, read_id
from schema.panel.circuits import find_circuit
from schema.panel.types import Panel
from schema.plant.batches import find_batches
from schema.plant.machines import find_machines

Id = Annotated[strawberry.ID, strawberry.argument(description="The `id` of any Node.")]
Ids = Annotated[list[strawberry.ID], strawberry.argument(description=f"The `id`s of any Nodes, at most {MAX_PAGE}.")]


Keys = tuple[str, ...]
Finder = Callable[[Info, Sequence[Keys]], Awaitable[Sequence[Node | None]]]


async def _panels(info: Info, keys: Sequence[Keys]) -> list[Node | None]:
    return [_panel(info, serial) for (serial,) in keys]


async def _circuits(info: Info, keys: Sequence[Keys]) -> list[Node | None]:
    found = [(_panel(info, serial), circuit_id) for serial, circuit_id in keys]
    return [None if panel is None else find_circuit(panel, circuit_id) for panel, circuit_id in found]


def _panel(info: Info, serial: str) -> Panel | None:
    view = info.context.panels.get(serial)
    return None if view is None else Panel.of(view)


def _by_id(find: Callable[[Info, Sequence[str]], Awaitable[Sequence[Node | None]]]) -> Finder:
    """A finder of things that their own id names in the whole graph."""

    async def finder(info: Info, keys: Sequence[Keys]) -> Sequence[Node | None]:
        return await find(info, [key for (key,) in keys])

    return finder


FINDERS: dict[tuple[str, int], Finder] = {
    ("Panel", 1): _panels,
    ("Circuit", 2): _circuits,
    ("CellSpecification", 1): _by_id(find_specifications),
    ("CellInstance", 1): _by_id(find_instances),
    ("CellMeasurement", 1): _by_id(find_measurements),
    ("Machine", 2): find_machines,
    ("Batch", 1): _by_id(find_batches),
}


async def find(info: Info, argument: str, global_ids: Sequence[str]) -> list[Node | None]:
    """The things, None in the place of each that is gone, by one call for each type.

    Raises BadInputError for what is no global id.
    """
    wanted: dict[tuple[str, int], list[tuple[int, Keys]]] = {}
    for place, global_id in enumerate(global_ids):
        kind, keys = read_id(argument, global_id)
        if (kind, len(keys)) not in FINDERS:
            reason = f"{global_id!r} is the id of nothing in this graph; pass an `id` back as it came"
            raise BadInputError(argument, reason)
        wanted.setdefault((kind, len(keys)), []).append((place, keys))
    found: list[Node | None] = [None] * len(global_ids)
    for kind_and_count, asked in wanted.items():
        answers = await FINDERS[kind_and_count](info, [keys for _, keys in asked])
        for (place, _), answer in zip(asked, answers, strict=True):
            found[place] = answer
    return found


@strawberry.type
class NodeQueries:
    """The part of Query that Relay asks for."""

    @field("The thing with this id; null when there is none any more.")
    async def node(self, info: Info, id: Id) -> Node | None:  # noqa: A002 (the argument's name in the graph)
        """Raises BadInputError for what is no global id."""
        (found,) = await find(info, "id", [id])
        return found

    @field("The things with these ids, in their order; null in the place of each that is gone.")
    async def nodes(self, info: Info, ids: Ids) -> list[Node | None]:
        """Raises BadInputError for what is no global id, and for too many."""
        if len(ids) > MAX_PAGE:
            raise BadInputError("ids", f"{len(ids):,} given, at most {MAX_PAGE} are answered at once; split the list")
        return await find(info, "ids", ids)
