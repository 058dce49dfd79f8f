"""What can be chosen on the page: kinds of faults with their parts, routes, scenarios, releases. Made from the code."""

from __future__ import annotations

import dataclasses
import inspect
from collections.abc import Mapping
from typing import Any, Final, TypeAlias, get_args, get_origin, get_type_hints

from emulator.commands import PRIORITIES
from emulator.errors import FaultRefusedError
from emulator.faults import fault_of
from emulator.faults.content import STATES, fields
from emulator.faults.effect import Effect
from emulator.faults.kinds import KINDS
from emulator.faults.route import ANY, METHODS
from emulator.faults.status import DETAILS
from emulator.firmware import FIRMWARES
from emulator.http.routes import OPERATIONS
from emulator.scenarios import load_scenario, shipped_scenarios

Told: TypeAlias = dict[str, Any]

CHOICES: Final[Mapping[tuple[str, str], tuple[str | int, ...]]] = {
    ("status", "status"): tuple(DETAILS),
    ("status", "page"): ("panel", "nginx"),
    ("wrong_types", "field"): fields(),
    ("unknown_states", "states"): tuple(STATES),
}
"""Parts of faults, by kind and name, that are one of a few words or numbers, or several of them."""

STARTS: Final[Mapping[tuple[str, str], object]] = {
    ("status", "status"): 503,
    ("latency", "seconds"): 2,
    ("drip", "bytes_per_s"): 200,
}
"""What stands at first where a fault needs to be told something and has no default of its own."""

_INPUTS: Final = {tuple: "several", bool: "flag", int: "integer", float: "number", str: "text"}


def catalogue() -> Told:
    """All choices. What a panel has of its own, its circuits, is not among them."""
    return {
        "kinds": [_kind(name, effect) for name, effect in KINDS.items()],
        "routes": [ANY, *dict.fromkeys(_route(operation.path) for operation in OPERATIONS)],
        "methods": [ANY, *METHODS],
        "scenarios": [_scenario(name) for name in shipped_scenarios()],
        "priorities": list(PRIORITIES),
        "releases": list(FIRMWARES),
    }


def _kind(name: str, effect: type[Effect]) -> Told:
    hints = get_type_hints(effect)
    parts = [_part(name, field, hints[field.name]) for field in dataclasses.fields(effect)]  # type: ignore[arg-type]  # every effect is a dataclass
    return {
        "kind": name,
        "says": _plain(effect),
        "takes": _plain(effect.read),
        "parts": parts,
        "everywhere": _is_everywhere(name, parts),
    }


def _part(kind: str, field: dataclasses.Field[Any], hint: object) -> Told:
    """One key of a fault: what is entered there, and what stands there at first; null leaves it out."""
    default = None if field.default is dataclasses.MISSING else field.default
    return {
        "name": field.name,
        "input": _input(hint),
        "choices": CHOICES.get((kind, field.name)),
        "start": STARTS.get((kind, field.name), default),
    }


def _input(hint: object) -> str:
    kinds = {hint, get_origin(hint), *get_args(hint)}
    return next(word for kind, word in _INPUTS.items() if kind in kinds)


def _is_everywhere(kind: str, parts: list[Told]) -> bool:
    """Whether the kind is about all routes at once and takes none."""
    spec = {part["name"]: part["start"] for part in parts if part["start"] is not None}
    try:
        fault_of({"kind": kind, "route": ANY, **spec})
    except FaultRefusedError:
        return True
    return False


def _route(path: str) -> str:
    """An operation's path as a pattern: any item for a variable end."""
    return path.partition("{")[0] + ANY if "{" in path else path


def _scenario(name: str) -> Told:
    scenario = load_scenario(name)
    return {
        "name": name,
        "description": scenario.description,
        "good_client": scenario.good_client,
        "written_for": scenario.written_for,
    }


def _plain(documented: object) -> str:
    """The first paragraph of a docstring as one line without marks."""
    return " ".join((inspect.getdoc(documented) or "").split("\n\n")[0].replace("`", "").split())
