"""The whole plant in the graph."""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from typing import Annotated

import strawberry

from clients.plant.models import Line
from schema import ports
from schema.bounds import MAX_PAGE, within
from schema.context import Info
from schema.errors import BadInputError
from schema.fields import field
from schema.node import own_id
from schema.pages import First
from schema.plant.batches import Batch, find_batches
from schema.plant.enums import Pace, PlantState
from schema.plant.figures import PlantKpis
from schema.plant.log import Choice, ChosenLine, ChosenStage, PlantLog, PlantLogEntry
from schema.plant.machines import Machine

TOPIC = "plant"
"""The plant's in the log."""

LogAfter = Annotated[
    ports.Position | None,
    strawberry.argument(description="Only what is behind this cursor; the newest `first` transitions without it."),
]
OfBatch = Annotated[
    strawberry.ID | None, strawberry.argument(description="Only of this batch: its `batchId`, or its `id`.")
]
Window = Annotated[
    float | None,
    strawberry.argument(
        description="Only about so many last simulated s, above 0: `sinceS` says from when on it really counts, "
        "which is earlier by a thirtieth of the window's transitions at most. The whole run without it."
    ),
]
LogFirst = Annotated[
    int, strawberry.argument(description=f"How many transitions are looked at, at most, 0 to {MAX_PAGE}.")
]


@strawberry.type(description="One of the plant's three lines.")
class PlantLine:
    """Anode and cathode run side by side; their webs meet on the cell line."""

    line: Line = strawberry.field(description="Which line.")
    machines: list[Machine] = strawberry.field(description="Its machines, in the order of the material's way.")


@strawberry.type(description="How simulated time follows the wall clock.")
class PlantSpeed:
    """What happens in the plant is the same at every speed."""

    pace: Pace = strawberry.field(description="How it follows.")
    factor: float | None = strawberry.field(
        description="Simulated s a second, above 0; null unless the pace is FACTOR."
    )


@strawberry.type(description="The plant of this server, as it stands now.")
class Plant:
    """All of one moment, but for the batches and figures, which are read when they are asked for."""

    view: strawberry.Private[ports.PlantView]
    state: PlantState = strawberry.field(description="What it does.")
    reason: str | None = strawberry.field(description="Why it is STALLED, in a sentence; null otherwise.")
    run: int = strawberry.field(description="Which run it is in, from 1; a reset begins a new one.")
    seed: str = strawberry.field(description="The run's seed, a whole number: same seed and commands, same run.")
    simulated_s: float = strawberry.field(description="Simulated time in s since the plant's beginning.")
    speed: PlantSpeed = strawberry.field(description="How fast it runs, or will when it is resumed.")
    lines: list[PlantLine] = strawberry.field(description="The three lines with their sixteen machines.")
    queue_length: int = strawberry.field(description="How many batches wait for the mixers.")
    running_count: int = strawberry.field(description="How many batches are on the lines.")
    cursor: ports.Position = strawberry.field(
        description="The log's end that this is as of: follow from here, and nothing that happens meanwhile is missed."
    )

    @classmethod
    def of(cls, view: ports.PlantView) -> Plant:
        """The noun, as the API shows it."""
        return cls(
            view=view,
            state=view.state,
            reason=view.reason,
            run=view.run,
            seed=str(view.seed),
            simulated_s=view.simulated_s,
            speed=PlantSpeed(pace=view.speed.pace, factor=view.speed.factor),
            lines=[PlantLine(line=line, machines=_machines(view, line)) for line in Line],
            queue_length=len(view.queue),
            running_count=len(view.running),
            cursor=view.position,
        )

    @field("The batches that wait for the mixers, next one first.")
    async def queue(self, info: Info, first: First = 100) -> list[Batch]:
        """Raises BadInputError."""
        return await _batches(info, self.view.queue, first)

    @field("The batches on the lines, in the order they were added.")
    async def running(self, info: Info, first: First = 100) -> list[Batch]:
        """Raises BadInputError."""
        return await _batches(info, self.view.running, first)

    @field("The key figures since the run began, or with a window over its last simulated seconds.")
    async def kpis(self, info: Info, window_s: Window = None) -> PlantKpis:
        """Of now. Raises BadInputError."""
        if window_s is not None and not 0 < window_s < inf:
            raise BadInputError("windowS", f"{window_s} is no length of time; give simulated seconds above 0")
        return PlantKpis.of(await info.context.plant.figures(window_s))

    @field("What happened in the plant, oldest first.")
    async def log(
        self,
        info: Info,
        after: LogAfter = None,
        first: LogFirst = 100,
        batch_id: OfBatch = None,
        line: ChosenLine = None,
        stage: ChosenStage = None,
    ) -> PlantLog:
        """Raises BadInputError, MachineMissingError, and the log's own errors for a cursor."""
        within("first", first, 0, MAX_PAGE)
        choice = Choice(line, stage).checked()
        if first == 0:
            return _page([], after or self.view.position, self.view)
        own = None if batch_id is None else own_id("Batch", batch_id)
        found, end = await info.context.plant.log(after, first, own, choice.key)
        return _page([entry for entry in found if choice.fits(entry.machine)], end, self.view)


def _machines(view: ports.PlantView, line: Line) -> list[Machine]:
    return [Machine.of(each) for each in view.machines if each.key.line is line]


async def _batches(info: Info, ids: Sequence[str], first: int) -> list[Batch]:
    within("first", first, 0, MAX_PAGE)
    return [each for each in await find_batches(info, ids[:first]) if each is not None]


def _page(entries: Sequence[ports.PlantEntry], end: ports.Position, view: ports.PlantView) -> PlantLog:
    more = end.seqs.get(TOPIC, 0) < view.position.seqs.get(TOPIC, 0)
    return PlantLog(nodes=[PlantLogEntry.of(entry) for entry in entries], has_next_page=more, end_cursor=end)
