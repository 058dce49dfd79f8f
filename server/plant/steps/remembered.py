"""A stage that throws no dice makes the same of the same web, so that what it made once need not be computed again."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from random import Random
from typing import TypeVar

from clients.plant.parameters import Parameters
from server.plant.material import Material
from server.plant.outcome import Outcome

Settings = TypeVar("Settings", bound=Parameters)
Step = Callable[[Material, Settings, Random], Outcome]

MOST = 256
"""Outcomes that one stage remembers; then it begins anew."""


def remembered(step: Step[Settings]) -> Step[Settings]:
    """The step, with its outcomes kept by identity of material and parameters; neither of them ever changes.

    By identity because comparing takes as long as the physics. Both are kept with their outcome, so that no other
    object can come to the same identity meanwhile.
    """
    known: dict[tuple[int, int], tuple[Material, Settings, Outcome]] = {}

    @wraps(step)
    def recall(material: Material, parameters: Settings, dice: Random) -> Outcome:
        key = (id(material), id(parameters))
        found = known.get(key)
        if found is not None:
            return found[2]
        outcome = step(material, parameters, dice)
        if len(known) >= MOST:
            known.clear()
        known[key] = (material, parameters, outcome)
        return outcome

    return recall
