"""What happens in the plant, one event per change of state, in one order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import NamedTuple

from clients.plant.models import MachineKey
from server.plant.outcome import Outcome


class EventKind(StrEnum):
    """What happened. Those of the plant have neither machine nor batch, those of a batch no machine."""

    BATCH_QUEUED = "batch_queued"
    BATCH_STARTED = "batch_started"
    BATCH_ASSEMBLED = "batch_assembled"
    BATCH_COMPLETED = "batch_completed"
    BATCH_CANCELLED = "batch_cancelled"
    BATCH_SCRAPPED = "batch_scrapped"
    BATCH_FAILED = "batch_failed"
    MACHINE_SETUP = "machine_setup"
    MACHINE_WORKING = "machine_working"
    MACHINE_DOWN = "machine_down"
    MACHINE_STARTED = "machine_started"
    STEP_FINISHED = "step_finished"
    MACHINE_BLOCKED = "machine_blocked"
    MACHINE_RELEASED = "machine_released"
    MACHINE_STARVED = "machine_starved"
    PARAMETERS_CHANGED = "parameters_changed"
    PLANT_PAUSED = "plant_paused"
    PLANT_RESUMED = "plant_resumed"
    PLANT_RESET = "plant_reset"


@dataclass(frozen=True, slots=True)
class Loss:
    """What a batch that was not completed leaves behind, by the machine where it lay: solids, and energy spent.

    `cause` is the stable word that its scrap is booked under, `reason` a sentence for people.
    """

    cause: str
    reason: str
    scrap_kg: Mapping[MachineKey, float] = field(default_factory=dict)
    energy_j: Mapping[MachineKey, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Stopped:
    """Of a `machine_down` that is no breakdown: somebody stopped the machine, for a reason told to people."""

    reason: str


class PlantEvent(NamedTuple):
    """One event, numbered from 1 without gaps, `time_s` in simulated seconds since the plant's start.

    `units` says how many of the machine's places (formation channels, ageing places; 1 elsewhere) the batch takes.
    `detail` is the Outcome of `step_finished`, the Loss of a batch that was cancelled, scrapped or failed, the new
    parameters of `parameters_changed`, and the Stopped of a `machine_down` without batch: from then on all of the
    machine stands still, and after `machine_started` all of it goes on as it was. After `step_finished` the batch has
    left the machine, unless `machine_blocked` follows: then it leaves with `machine_released`. A machine begins
    starved; `plant_reset` makes all of them so, and tells again of those that stay stopped.
    """

    sequence: int
    time_s: float
    kind: EventKind
    machine: MachineKey | None = None
    batch_id: str | None = None
    units: int = 1
    detail: Outcome | Loss | Stopped | object | None = None


def line_of(event: PlantEvent) -> bytes:
    """One line for the event, every digit of it; two runs are the same when their lines are."""
    sequence, time_s, kind, machine, batch_id, units, detail = event
    place = "-" if machine is None else f"{machine.line}/{machine.stage}"
    return f"{sequence} {time_s!r} {kind} {place} {batch_id!r} {units} {detail!r}\n".encode()


Listener = Callable[[PlantEvent], None]

_new = tuple.__new__  # a NamedTuple's own constructor takes twice as long


class Teller:
    """Numbers events and hands them out, in the thread that runs the plant."""

    __slots__ = ("listeners", "sequence")

    def __init__(self, listeners: Sequence[Listener]) -> None:
        self.listeners = tuple(listeners)
        self.sequence = 0

    def tell(
        self,
        time_s: float,
        kind: EventKind,
        machine: MachineKey | None = None,
        batch_id: str | None = None,
        units: int = 1,
        detail: object | None = None,
    ) -> None:
        """Tell every listener, none of which may command the plant from within; what nobody hears is but counted."""
        self.sequence += 1
        if self.listeners:
            event = _new(PlantEvent, (self.sequence, time_s, kind, machine, batch_id, units, detail))
            for listener in self.listeners:
                listener(event)
