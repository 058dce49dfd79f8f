"""What a machine draws right now: the same energy that is booked, spread evenly over the work that it is for."""

from __future__ import annotations

from clients.plant.models import MachineKey
from server.plant.batch import Batch, VisitState
from server.plant.simulation import PlantSimulation


def power_w(simulation: PlantSimulation, key: MachineKey) -> float:
    """Electrical power in W, from 0: of each batch at work in the machine, its step's energy over its duration.

    Nothing is drawn during set-up, repair, and while a machine is blocked or starved, for nothing is booked then. The
    power changes only with events, so that its integral over time is the energy of the steps done, and of the done
    part of those that were stopped.
    """
    machine = simulation.machine(key)
    return sum((batch_power_w(batch, machine.index) for batch in machine.inside), 0.0)


def batch_power_w(batch: Batch, index: int) -> float:
    """The part of it, in W, that the machine of that index draws for one batch."""
    visit = batch.visits[index]
    is_at_work = visit is not None and visit.state is VisitState.WORKING and not batch.ended
    if visit is None or visit.outcome is None or not is_at_work:
        return 0.0
    return visit.outcome.energy_j / visit.duration_s
