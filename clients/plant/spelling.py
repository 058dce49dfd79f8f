"""How the plant's wire spells machines and the blocks of their parameters: the one place that knows `calendaring`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from clients.plant.exceptions import InvalidField
from clients.plant.models import MACHINES, Line, MachineKey, Stage
from clients.plant.parameters import Parameters

CALENDARING = "calendaring"


def stage_name(stage: Stage) -> str:
    """The machine in a path."""
    return CALENDARING if stage is Stage.CALENDERING else str(stage)


def machine_name(key: MachineKey) -> str:
    """`anode/mixing`."""
    return f"{key.line}/{stage_name(key.stage)}"


def block_name(key: MachineKey) -> str:
    """The block of a batch's body that holds the machine's parameters: `anode_mixing_params`."""
    prefix = "" if key.line is Line.CELL else f"{key.line}_"
    return f"{prefix}{stage_name(key.stage)}_params"


BY_NAME: Mapping[str, MachineKey] = {machine_name(key): key for key in MACHINES}
BY_BLOCK: Mapping[str, MachineKey] = {
    **{block_name(key): key for key in MACHINES},
    **{str(line): MachineKey(line, Stage.MIXING) for line in (Line.ANODE, Line.CATHODE)},
}
"""Also by the two blocks of `/start-simulation`."""


def invalid_fields(detail: object, about: MachineKey | None) -> tuple[InvalidField, ...]:
    """What was refused; `about` is the machine where the call was about one. Whatever is odd is left out."""
    told = detail.get("fields") if isinstance(detail, dict) else None
    entries = told if isinstance(told, list) else []
    return tuple(_invalid(entry, about) for entry in entries if isinstance(entry, dict))


def _invalid(entry: Mapping[str, Any], about: MachineKey | None) -> InvalidField:
    path = str(entry.get("field", ""))
    block, _, field = path.partition(".")
    machine = BY_BLOCK.get(block) if about is None else about
    whole = about is not None or machine is None
    return InvalidField(machine, path if whole else field, entry.get("value"), str(entry.get("message", "")))


def sent(given: Parameters | Mapping[str, Any]) -> dict[str, Any]:
    """Parameters, or some of them, as the server takes them."""
    return given.model_dump() if isinstance(given, Parameters) else dict(given)


def our_place(name: str) -> str:
    """`anode/calendering`, out of the wire's `anode/calendaring`."""
    return name.replace(f"/{CALENDARING}", f"/{Stage.CALENDERING}")


def key_of(line: str, stage: str) -> MachineKey:
    """The machine, by either spelling; raises ValueError for a word that is no line or no stage."""
    return MachineKey(Line(line), Stage.CALENDERING if stage == CALENDARING else Stage(stage))
