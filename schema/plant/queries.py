"""Reading the plant."""

from __future__ import annotations

from typing import Annotated

import strawberry

from clients.plant.models import Line, MachineKey, Stage
from schema.bounds import MAX_PAGE, within
from schema.context import Info
from schema.errors import CursorBadError
from schema.fields import field
from schema.pages import After, Edge, First, counts, page_info, read_key, write_key
from schema.plant.batches import Batch, BatchConnection, BatchId, find_batches
from schema.plant.enums import BatchState
from schema.plant.machines import Machine
from schema.plant.plant import Plant

OnLine = Annotated[Line, strawberry.argument(description="Where the machine stands.")]
OfStage = Annotated[Stage, strawberry.argument(description="What the machine does.")]
States = Annotated[
    list[BatchState] | None, strawberry.argument(description="Only batches in one of these states; all without it.")
]


@strawberry.type
class PlantQueries:
    """The part of Query that is about the plant."""

    @field("The plant as it stands now.")
    async def plant(self, info: Info) -> Plant:
        """All its machines are of one moment."""
        return Plant.of(await info.context.plant.view())

    @field("One machine; null when there is no such machine on that line.")
    async def machine(self, info: Info, line: OnLine, stage: OfStage) -> Machine | None:
        """There are sixteen."""
        found = await info.context.plant.machine(MachineKey(line, stage))
        return None if found is None else Machine.of(found)

    @field("The batches, newest first, page by page; ended ones stay.")
    async def batches(
        self, info: Info, state: States = None, first: First = 50, after: After = None
    ) -> BatchConnection:
        """Raises BadInputError and CursorBadError."""
        within("first", first, 0, MAX_PAGE)
        behind = None if after is None else read_key(info, after)
        states = None if state is None else list(dict.fromkeys(state))
        try:
            found = await info.context.plant.batches(states, max(first, 1), behind, counts(info))
        except ValueError:
            if after is None:
                raise
            raise CursorBadError("after is no cursor of this list; begin anew without it") from None
        rows = list(zip(found.items, found.places, strict=True))[:first]
        edges = [Edge(node=Batch.of(row), cursor=write_key(info, place)) for row, place in rows]
        more = found.has_more or len(found.items) > len(edges)
        info_ = page_info(edges, after, has_more=more)
        nodes = [edge.node for edge in edges]
        return BatchConnection(edges=edges, nodes=nodes, page_info=info_, total_count=found.total or 0)

    @field("One batch; null when there is none with this id, or it is no longer kept.")
    async def batch(self, info: Info, id: BatchId) -> Batch | None:  # noqa: A002 (the argument's name in the graph)
        """By its own id or the global one."""
        (found,) = await find_batches(info, [id])
        return found
