"""What a batch that is not completed leaves behind: its material and the energy spent on it, where it lies."""

from __future__ import annotations

from clients.plant.models import CELL_STAGES, MACHINES, Line, MachineKey
from server.plant.batch import LINES, Batch, Visit, VisitState
from server.plant.events import Loss


def loss_of(batch: Batch, now_s: float, reason: str) -> Loss:
    """Book each web, or the cells, at the last machine that took it; energy for the part of the step that was done."""
    scrap: dict[MachineKey, float] = {}
    energy: dict[MachineKey, float] = {}
    for index, visit in _last_visits(batch):
        lies_kg = _lying_kg(batch, index, visit)
        if lies_kg > 0:
            scrap[MACHINES[index]] = lies_kg
        if visit.outcome is not None and not _is_done(visit):
            energy[MACHINES[index]] = visit.outcome.energy_j * visit.progress(now_s)
    return Loss(reason, scrap, energy)


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
    line_kg = batch.materials[LINES.index(key.line)].solid_kg
    if _is_done(visit) or line_kg > 0:
        return line_kg
    if key.stage is CELL_STAGES[0]:
        return sum(material.solid_kg for material in batch.materials)
    outcome = visit.outcome
    return 0.0 if outcome is None else outcome.material.solid_kg + sum(outcome.scrap_kg.values())


def _is_done(visit: Visit) -> bool:
    return visit.state in (VisitState.DONE, VisitState.BLOCKED)
