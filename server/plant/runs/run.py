"""One run of the plant: its simulation, its figures and its recorder."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from hashlib import sha256

from clients.plant.models import MachineFigures, MachineKey, PlantFigures
from server.clock import Clock
from server.plant.commands import Command, Reset
from server.plant.configuration import PlantConfiguration
from server.plant.kpi import Kpis
from server.plant.machine import Step
from server.plant.runs.recorder import Recorder
from server.plant.runs.wording import blocks, checked, key_of
from server.plant.simulation import PlantSimulation
from server.plant.window import Windows
from server.stores.plant import BatchRecord, RunRecord

UNBOUNDED = sys.maxsize
"""A run takes whatever it was told; see `queued_batches` of the limits for who bounds it."""


@dataclass(frozen=True, slots=True)
class Design:
    """What plants are built from: how they are laid out, the first run's seed, and what the machines do."""

    configuration: PlantConfiguration
    seed: int
    steps: Mapping[MachineKey, Step]

    @property
    def layout(self) -> str:
        """A digest of all but the parameters: a run is repeated only on the plant that it ran on.

        How many batches may wait is no part of it: who came too many was refused before the run was told.
        """
        settings = self.configuration.machines.values()
        told = [repr(replace(machine, parameters=None)) for machine in settings]
        return sha256("\n".join([*told, f"{self.configuration.remembered}"]).encode()).hexdigest()

    @property
    def parameters(self) -> dict[MachineKey, object]:
        """As configured."""
        return {key: settings.parameters for key, settings in self.configuration.machines.items()}

    def first(self, speed: str) -> RunRecord:
        """A plant's first run."""
        return RunRecord(1, self.seed, 0.0, self.layout, blocks(self.parameters), speed)

    def following(self, run: RunRecord, now_s: float, parameters: Mapping[MachineKey, object]) -> RunRecord:
        """The run after `run`, which came to `now_s`; it has the next seed."""
        number, start_s = run.number + 1, run.start_s + now_s
        return RunRecord(number, self.seed + number - 1, start_s, self.layout, blocks(parameters), run.speed)


class Run:
    """Fresh from its record, at its beginning; `live` are its batches that have not ended by the recorded place."""

    def __init__(self, record: RunRecord, design: Design, clock: Clock, live: list[BatchRecord]) -> None:
        """Raises ValueError, KeyError or pydantic.ValidationError for parameters that no longer hold."""
        self.record, self.commands, self.was_reset = record, 0, False
        given = {key_of(name): fields for name, fields in record.parameters.items()}
        machines = {
            key: replace(settings, parameters=checked(key, given[key]))
            for key, settings in design.configuration.machines.items()
        }
        self.recorder = Recorder(record.number, record.start_s, clock, record.place, {each.id: each for each in live})
        self._windows = Windows(Kpis({key: settings.units for key, settings in machines.items()}))
        self.simulation = PlantSimulation(
            replace(design.configuration, machines=machines, queue_limit=UNBOUNDED),
            record.seed,
            design.steps,
            [self._windows.take, self.recorder.take],
        )
        self.recorder.watch(self.simulation)

    @property
    def now_s(self) -> float:
        """The plant's simulated time, over all its runs."""
        return self.record.start_s + self.simulation.now_s

    def note(self, command: Command) -> None:
        """The command was written down, and is about to be done."""
        self.commands += 1
        self.was_reset = isinstance(command, Reset)

    @property
    def told(self) -> int:
        """How many commands a following run would not have; it begins with a stop for each machine that is stopped."""
        return self.commands - len(self.simulation.stopped())

    @property
    def is_idle(self) -> bool:
        """Whether no batch is in it; what still happens then (a machine that finds nothing) is nobody's."""
        return not self.recorder.live and not self.simulation.paused and self.simulation.next_event_time() is None

    @property
    def parameters(self) -> dict[MachineKey, object]:
        """What each machine is set to now."""
        return {key: self.simulation.machine(key).parameters for key in self.simulation.configuration.machines}

    def figures(self, window_s: float | None = None) -> PlantFigures:
        """The key figures since the run began, or over about its last `window_s` seconds."""
        found = self._windows.figures(self.simulation.now_s, window_s)
        return replace(found, since_s=self.record.start_s + found.since_s)

    def machine_figures(self, key: MachineKey) -> MachineFigures:
        """One machine's key figures since the run began."""
        return self._windows.machine(key, self.simulation.now_s)
