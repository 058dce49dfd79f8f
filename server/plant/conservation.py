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
    """Compare the solids that were given with those that come out and the scrap. Raises ConservationError."""
    left_kg(machine, sum(material.solid_kg for material in given), outcome)


def left_kg(machine: MachineKey, given_kg: float, outcome: Outcome) -> float:
    """The solids that come out, in kg. Raises ConservationError when with the scrap they are not what was given.

    Mixing is where the mass begins: its parameters say how much.
    """
    out_kg = outcome.material.solid_kg
    with_scrap_kg = out_kg + sum(outcome.scrap_kg.values()) if outcome.scrap_kg else out_kg
    if not abs(with_scrap_kg - given_kg) <= TOLERANCE * given_kg and machine.stage is not Stage.MIXING:
        raise ConservationError(
            f"{machine.line}/{machine.stage} took {given_kg:.12g} kg and gave {with_scrap_kg:.12g} kg with its scrap"
        )
    return out_kg
