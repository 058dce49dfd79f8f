"""How a plant is laid out: what each machine is set to, how reliable it is, and the room before it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite

from clients.plant.models import MACHINES, MachineKey

SHORTEST_MTBF_S = 1.0
"""Below this a plant would do nothing but fail."""


@dataclass(frozen=True, slots=True)
class MachineSettings:
    """One machine.

    `buffer` is the room before it, in batches: 0 hands over directly; the mixers' is endless, for it is the queue.
    `units` above 1 makes it a pool of places for single cells (formation channels, ageing places), shared by as many
    batches as fit; a batch of more cells than places goes through in rounds. `setup_s` is spent before each batch,
    `mtbf_s` is the mean working time between failures (None: it never fails), `mttr_s` the mean repair.
    """

    key: MachineKey
    parameters: object
    buffer: int = 2
    units: int = 1
    setup_s: float = 0.0
    mtbf_s: float | None = None
    mttr_s: float = 0.0

    def __post_init__(self) -> None:
        """Raise ValueError, naming the machine and the field."""
        for name, low, value in (
            ("buffer", 0, self.buffer),
            ("units", 1, self.units),
            ("setup_s", 0, self.setup_s),
            ("mtbf_s", SHORTEST_MTBF_S, self.mtbf_s),
            ("mttr_s", 0, self.mttr_s),
        ):
            if value is not None and not (isfinite(value) and value >= low):
                raise ValueError(f"{self.key.line}/{self.key.stage}: {name} is {value}; it must be at least {low}")


@dataclass(frozen=True, slots=True)
class PlantConfiguration:
    """All sixteen machines. `queue_limit` bounds the batches that wait, `remembered` the ended ones kept in view."""

    machines: Mapping[MachineKey, MachineSettings]
    queue_limit: int = 10_000
    remembered: int = 1_000

    def __post_init__(self) -> None:
        """Raise ValueError when a machine is missing, or stands under another's name."""
        wrong = [key for key in MACHINES if key not in self.machines or self.machines[key].key != key]
        if wrong or len(self.machines) != len(MACHINES):
            named = ", ".join(f"{key.line}/{key.stage}" for key in wrong)
            raise ValueError(f"a plant has its sixteen machines, each once; look at {named or 'the others'}")
