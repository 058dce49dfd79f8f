"""Which loads of a panel a scenario means by what it calls them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from emulator.configuration.layout import PanelConfig, Source
from emulator.configuration.section import Section
from emulator.errors import ScenarioRefusedError

SOLAR: Final = "solar"
"""Every source of power but batteries."""


def circuit_id(config: PanelConfig, wanted: str) -> str:
    """The id of the circuit with that id or, alone, that name; ScenarioRefusedError lists those there are."""
    found = {circuit.id for circuit in config.circuits if wanted == circuit.id}
    found = found or {circuit.id for circuit in config.circuits if wanted == circuit.name}
    if len(found) == 1:
        return found.pop()
    listed = ", ".join(circuit.name for circuit in config.circuits)
    many = "several circuits are" if found else "no circuit is"
    raise ScenarioRefusedError(f"panel {config.serial}: {many} called {wanted!r}; there are {listed}")


def targets(config: PanelConfig, target: str | int | None) -> Sequence[str | int | None]:
    """What commands take for a circuit's id or name, an unmapped tab, solar, or None; ScenarioRefusedError."""
    if target != SOLAR:
        return (circuit_id(config, target),) if isinstance(target, str) else (target,)
    found: list[str | int] = [one.id for one in config.circuits if isinstance(one.placement.load, Source)]
    found += [placement.tabs[0] for placement in config.unmapped if isinstance(placement.load, Source)]
    if not found:
        raise ScenarioRefusedError(f"panel {config.serial} has no solar, which this scenario is about")
    return found


def read_target(section: Section) -> str | int | None:
    """The key `target`: a circuit's id or name, the number of an unmapped tab, solar, or nothing for every load."""
    value = section.take("target")
    if value is None:
        return None
    if isinstance(value.content, int) and not isinstance(value.content, bool):
        return section.integer("target", low=1)
    return section.text("target")
