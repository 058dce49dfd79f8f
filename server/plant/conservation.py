"""What comes into a machine goes out of it or is scrap. Checked at every hand-over."""

from __future__ import annotations

from collections.abc import Sequence

from clients.plant.models import MachineKey, Stage
from server.plant.material import Material
from server.plant.outcome import Outcome

TOLERANCE = 1e-9
"""Relative to what came in."""


class ConservationError(Exception):
    """A stage made mass or lost it: a fault of the stage, never of a batch."""


def check(machine: MachineKey, given: Sequence[Material], outcome: Outcome) -> None:
    """Compare the solids that were given with those that come out and the scrap. Raises ConservationError.

    Mixing is where the mass begins: its parameters say how much.
    """
    if machine.stage is Stage.MIXING:
        return
    before_kg = sum([material.solid_kg for material in given])
    after_kg = outcome.material.solid_kg + sum(outcome.scrap_kg.values())
    if not abs(after_kg - before_kg) <= TOLERANCE * before_kg:
        raise ConservationError(
            f"{machine.line}/{machine.stage} took {before_kg:.12g} kg and gave {after_kg:.12g} kg with its scrap"
        )
