"""How this wire spells machines and the blocks of their parameters."""

from __future__ import annotations

from collections.abc import Mapping

from clients.plant.models import MACHINES, Line, MachineKey, Stage
from server.rest.answers import Refused

CALENDARING = "calendaring"
"""As this wire spells it; the other spelling is accepted too."""


def stage_name(stage: Stage) -> str:
    """The machine in a path."""
    return CALENDARING if stage is Stage.CALENDERING else str(stage)


def machine_name(key: MachineKey) -> str:
    """`anode/mixing`."""
    return f"{key.line}/{stage_name(key.stage)}"


def _blocks(key: MachineKey) -> list[str]:
    """The block of a batch's body that holds the machine's parameters, ours first, then what is accepted for it."""
    prefix = "" if key.line is Line.CELL else f"{key.line}_"
    return [f"{prefix}{name}_params" for name in dict.fromkeys((stage_name(key.stage), str(key.stage)))]


MACHINES_BY_NAME: Mapping[str, MachineKey] = {
    name: key for key in MACHINES for name in (f"{key.line}/{key.stage}", machine_name(key))
}
MACHINES_BY_BLOCK: Mapping[str, MachineKey] = {name: key for key in MACHINES for name in _blocks(key)}
BLOCKS: Mapping[MachineKey, str] = {key: _blocks(key)[0] for key in MACHINES}


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
