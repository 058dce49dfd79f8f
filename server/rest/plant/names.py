"""How this wire names machines and the blocks of their parameters, and what it takes for such a name."""

from __future__ import annotations

from collections.abc import Mapping

from clients.plant.models import MACHINES, Line, MachineKey, Stage
from clients.plant.spelling import CALENDARING, block_name, machine_name, stage_name
from server.rest.answers import Refused


def _both(name: str) -> tuple[str, str]:
    """As this wire spells it, and as it is accepted too."""
    return name, name.replace(CALENDARING, Stage.CALENDERING)


MACHINES_BY_NAME: Mapping[str, MachineKey] = {name: key for key in MACHINES for name in _both(machine_name(key))}
MACHINES_BY_BLOCK: Mapping[str, MachineKey] = {name: key for key in MACHINES for name in _both(block_name(key))}
BLOCKS: Mapping[MachineKey, str] = {key: block_name(key) for key in MACHINES}


def machine_named(line: str, machine: str) -> MachineKey:
    """The machine of a path; raises Refused with 404, which tells what there is."""
    found = MACHINES_BY_NAME.get(f"{line}/{machine}")
    if found is not None:
        return found
    here = [stage_name(key.stage) for key in MACHINES if key.line == line]
    if here:
        message = f"machine {machine[:100]!r}: there is none on the {line} line, which has {', '.join(here)}"
    else:
        message = f"line {line[:100]!r}: there is none; the lines are {', '.join(Line)}"
    raise Refused(404, message, {"line": line[:100], "machine": machine[:100]}, code="MACHINE_NOT_FOUND")
