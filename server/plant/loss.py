"""What a batch that is not completed leaves behind: its material and the energy spent on it, where it lies."""

from __future__ import annotations

from clients.plant.models import MACHINES, Line, MachineKey, Stage
from server.plant.batch import LINES, Batch, Visit
from server.plant.events import Loss


def loss_of(batch: Batch, now_s: float, cause: str, reason: str) -> Loss:
    """Book each web, or the cells, at the last machine that took it; energy for the part of the step that was done."""
    scrap: dict[MachineKey, float] = {}
    energy: dict[MachineKey, float] = {}
    for index, visit in _last_visits(batch):
        lies_kg = _lying_kg(batch, index, visit)
        if lies_kg > 0:
            scrap[MACHINES[index]] = lies_kg
        if visit.outcome is not None and not visit.is_done:
            energy[MACHINES[index]] = visit.outcome.energy_j * visit.progress(now_s)
    return Loss(cause, reason, scrap, energy)


def _last_visits(batch: Batch) -> list[tuple[int, Visit]]:
    """One for each web that still exists, or one for the cells."""
    last: dict[Line, tuple[int, Visit]] = {}
    for index, visit in enumerate(batch.visits):
        if visit is not None:
            last[MACHINES[index].line] = (index, visit)
    return [last[Line.CELL]] if Line.CELL in last else list(last.values())


def _lying_kg(batch: Batch, index: int, visit: Visit) -> float:
    """What lies there: what came out, or what was given and is still in the machine (in a mixer: what it is making)."""
    key = MACHINES[index]
    if key.stage is Stage.REWINDING and not visit.is_done:
        return sum(batch.solids_kg)
    if key.stage is Stage.MIXING and not visit.is_done:
        return visit.left_kg
    return batch.solids_kg[LINES.index(key.line)]
