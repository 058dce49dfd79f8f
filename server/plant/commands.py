"""What the plant is told, each at its simulated time, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from clients.plant.models import MachineKey

RECIPE = "Pilot cell NMC622"
"""The cell that a batch becomes when nobody says otherwise."""


@dataclass(frozen=True, slots=True)
class AddBatch:
    """Queue a batch. `parameters` are its own, for the machines named; elsewhere the machine's hold.

    `recipe` names the cell that it is to become; the plant does not look at it.
    """

    at_s: float
    batch_id: str
    parameters: Mapping[MachineKey, object] = field(default_factory=dict)
    recipe: str = RECIPE


@dataclass(frozen=True, slots=True)
class CancelBatch:
    """Take a batch out of the plant; what was made of it so far is scrap."""

    at_s: float
    batch_id: str


@dataclass(frozen=True, slots=True)
class SetParameters:
    """Give a machine other parameters, whole, for the batches that start on it from now on without their own."""

    at_s: float
    machine: MachineKey
    parameters: object


@dataclass(frozen=True, slots=True)
class StopMachine:
    """Let a machine stand still with all that is inside, until StartMachine; to stop it twice changes nothing.

    `reason` is a sentence for people. A reset does not start it.
    """

    at_s: float
    machine: MachineKey
    reason: str


@dataclass(frozen=True, slots=True)
class StartMachine:
    """Let a stopped machine go on where it was; what is done of its work is not lost."""

    at_s: float
    machine: MachineKey


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop the plant's clock. No simulated time passes until Resume, so that what is simulated stays the same."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Resume:
    """Let the clock go on."""

    at_s: float


@dataclass(frozen=True, slots=True)
class Reset:
    """Empty the plant: all batches are cancelled, machines are as configured, dice too. The clock goes on."""

    at_s: float


Command = AddBatch | CancelBatch | SetParameters | StopMachine | StartMachine | Pause | Resume | Reset


class Applies(StrEnum):
    """From when a change counts: `now`, the machine being empty, or `next_batch`, those inside keep what they have."""

    NOW = "now"
    NEXT_BATCH = "next_batch"


class Refusal(StrEnum):
    """Why a command was not done."""

    DUPLICATE_BATCH = "duplicate_batch"
    QUEUE_FULL = "queue_full"
    UNKNOWN_BATCH = "unknown_batch"
    BATCH_ENDED = "batch_ended"


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a command: done, or refused and nothing changed. `message` is one sentence for people."""

    message: str
    refusal: Refusal | None = None
    applies: Applies | None = None

    @property
    def accepted(self) -> bool:
        """Whether it was done."""
        return self.refusal is None
