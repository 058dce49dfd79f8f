"""A run as the API sees it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import cast

from clients.plant.models import MACHINES, MachineFigures, MachineKey
from clients.plant.parameters import Parameters
from schema.ports import BatchState, BatchView, MachineState, MachineView, StepResult, StepState, StepView
from server.plant.batch import Visit, VisitState
from server.plant.power import power_w
from server.plant.runs.run import Run
from server.plant.runs.wording import known
from server.stores.plant import BatchRecord, StepRecord

MACHINE_STATES: Mapping[VisitState, MachineState] = {
    VisitState.SETUP: MachineState.SETUP,
    VisitState.WORKING: MachineState.WORKING,
    VisitState.DOWN: MachineState.DOWN,
    VisitState.BLOCKED: MachineState.BLOCKED,
    VisitState.DONE: MachineState.BLOCKED,
    VisitState.STOPPED: MachineState.DOWN,
}
"""Of one batch inside. A stopped one is inside only while a repair goes on."""


def machine_view(run: Run, key: MachineKey, figures: MachineFigures | None = None) -> MachineView:
    """One machine now. A pool works as long as one of its batches is worked at."""
    machine, now_s = run.simulation.machine(key), run.simulation.now_s
    visits = [visit for batch in machine.inside if (visit := batch.visits[machine.index]) is not None]
    state = MachineState.STARVED
    if machine.stopped_because is not None:
        state = MachineState.DOWN
    elif visits:
        working = any(visit.state is VisitState.WORKING for visit in visits)
        state = MachineState.WORKING if working else MACHINE_STATES[visits[0].state]
    ids = tuple(batch.id for batch in machine.inside)
    return MachineView(
        key=key,
        state=state,
        parameters=cast("Parameters", machine.parameters),
        current_batch_id=ids[0] if ids else None,
        batch_ids=ids,
        progress=visits[0].progress(now_s) if visits else None,
        figures=figures or run.machine_figures(key),
        power_w=power_w(run.simulation, key),
        stopped_because=machine.stopped_because,
    )


def machine_views(run: Run) -> tuple[MachineView, ...]:
    """All sixteen."""
    return tuple(machine_view(run, figures.machine, figures) for figures in run.figures().machines)


def batch_view(run: Run, record: BatchRecord, steps: Sequence[StepRecord]) -> BatchView:
    """One batch: what is kept of it, and where it is now."""
    batch = run.simulation.batch(record.id) if record.run == run.record.number else None
    visits: Sequence[Visit | None] = [None] * len(MACHINES) if batch is None else batch.visits
    done = {step.machine: step for step in steps}
    now_s = run.simulation.now_s
    progress = record.progress if batch is None else max(record.progress, batch.progress(now_s))
    return BatchView(
        id=record.id,
        state=BatchState(record.state),
        progress=progress,
        queued_at=record.queued_at,
        queued_s=record.queued_s,
        recipe=record.recipe,
        started_at=record.started_at,
        started_s=record.started_s,
        finished_at=record.finished_at,
        finished_s=record.finished_s,
        reason=record.reason,
        parameters=known(record.parameters),
        steps=tuple(_step(index, done.get(index), visits[index], now_s) for index in range(len(MACHINES))),
        energy_kwh=record.energy_kwh,
        cells=record.cells,
        cells_kwh=record.cells_kwh,
    )


def _step(index: int, done: StepRecord | None, visit: Visit | None, now_s: float) -> StepView:
    key = MACHINES[index]
    if done is not None:
        state = StepState.BLOCKED if visit is not None and visit.state is VisitState.BLOCKED else StepState.DONE
        result = {**done.result, "flags": tuple(done.result["flags"])}
        return StepView(key, state, 1.0, StepResult(**result))
    if visit is None:
        return StepView(key, StepState.WAITING, 0.0)
    return StepView(key, StepState(visit.state.upper()), visit.progress(now_s))
