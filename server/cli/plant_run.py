"""A run of the default plant, with its key figures, for the terminal."""

from __future__ import annotations

from collections.abc import Mapping

from clients.plant.models import MachineKey
from server.plant.commands import AddBatch
from server.plant.events import EventKind, PlantEvent
from server.plant.kpi import ENDINGS, Kpis
from server.plant.kpi_figures import PlantFigures
from server.plant.layout import default_configuration
from server.plant.machine import Step
from server.plant.simulation import PlantSimulation
from server.plant.steps.table import STEPS


class PlantRun:
    """All batches are queued at the start; it is done when each has ended. `steps` are the machines' physics."""

    def __init__(self, batches: int, seed: int, steps: Mapping[MachineKey, Step] = STEPS) -> None:
        configuration = default_configuration()
        self.batches = batches
        self.ended = 0
        self.news: list[PlantEvent] = []
        self._kpis = Kpis({key: settings.units for key, settings in configuration.machines.items()})
        self.simulation = PlantSimulation(configuration, seed, steps, [self._kpis.take, self._note])
        digits = len(str(batches))
        for number in range(1, batches + 1):
            self.simulation.apply(AddBatch(0.0, f"batch_{number:0{digits}}"))

    def _note(self, event: PlantEvent) -> None:
        if event.kind in ENDINGS:
            self.ended += 1
            self.news.append(event)

    @property
    def done(self) -> bool:
        """Whether nothing more will happen."""
        return self.simulation.next_event_time() is None

    def some_steps(self, count: int) -> bool:
        """Let the next so many instants happen; False when there are no more."""
        return all(self.simulation.step() for _ in range(count))

    def take_news(self) -> list[PlantEvent]:
        """The batches that ended since the last time."""
        news, self.news = self.news, []
        return news

    def figures(self) -> PlantFigures:
        """The key figures up to now."""
        return self._kpis.figures(self.simulation.now_s)


def word_of(kind: EventKind) -> str:
    """What became of a batch: `completed`."""
    return kind.removeprefix("batch_")
