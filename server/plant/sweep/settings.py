"""What a plan may set: every machine's parameters, and how the machine is laid out, each by `line/stage/field`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from clients.plant.models import MACHINES, MachineKey, Stage
from clients.plant.parameters import PARAMETERS, Parameters, problems
from server.plant.configuration import SHORTEST_MTBF_S, PlantConfiguration
from server.plant.layout import UNITS
from server.plant.sweep.document import Entry, Scalar, short

BOTH = "both"
"""In a line's place: the machines of that stage on both electrode lines."""
LONGEST_S = 31_536_000.0
MOST_NAMED = 40


@dataclass(frozen=True, slots=True)
class Range:
    """A number of a machine's layout, from `low` to `high`; `whole` for counts, `never` where null is a value."""

    low: float
    high: float
    unit: str
    whole: bool = False
    never: bool = False

    @property
    def allowed(self) -> str:
        """In words."""
        kind = "a whole number" if self.whole else "a number"
        never = ", or null for never" if self.never else ""
        return f"allowed is {kind} from {self.low:g} to {self.high:.9g} {self.unit}{never}"

    def takes(self, value: Scalar) -> bool:
        """Whether the value is one of them."""
        if value is None or isinstance(value, bool | str):
            return value is None and self.never
        return self.low <= value <= self.high and not (self.whole and isinstance(value, float))


LAYOUT: Mapping[str, Range] = {
    "buffer": Range(0, 10_000, "batches", whole=True),
    "units": Range(2, 10_000_000, "places", whole=True),
    "setup_s": Range(0, LONGEST_S, "s"),
    "mtbf_s": Range(SHORTEST_MTBF_S, 100 * LONGEST_S, "s", never=True),
    "mttr_s": Range(0, LONGEST_S, "s"),
}


def layout_of(stage: Stage) -> list[str]:
    """Which of them a machine has: the mixers' buffer is the endless queue, places are a pool's, which never fails."""
    if stage in UNITS:
        return ["buffer", "units"]
    return [name for name in LAYOUT if name != "units" and not (name == "buffer" and stage is Stage.MIXING)]


@dataclass(frozen=True, slots=True)
class Setting:
    """One field of one machine, and the file's value for it."""

    machine: MachineKey
    field: str
    entry: Entry

    @property
    def is_layout(self) -> bool:
        """Whether it belongs to the machine's layout; else it is a parameter."""
        return self.field in LAYOUT

    @property
    def place(self) -> str:
        """`line/stage/field`."""
        return f"{self.machine.line}/{self.machine.stage}/{self.field}"


def settings(name: str, entry: Entry) -> list[Setting]:
    """What `name: value` sets: one field, or, for `line/stage: {field: value}`, several that belong together."""
    parts = name.split("/")
    machines = _machines("/".join(parts[:2]), entry)
    if len(parts) == 3:  # noqa: PLR2004 (line, stage, field)
        fields = {parts[2]: entry}
    elif len(parts) == 2:  # noqa: PLR2004 (line, stage)
        fields = entry.mapping(
            f"{short(name)} takes a mapping of its fields, as {{buffer: 4}}; or write line/stage/field"
        )
    else:
        raise entry.error("is no setting; write line/stage/field, as cell/formation_cycling/units")
    return [_setting(machine, field, value) for machine in machines for field, value in fields.items()]


def _machines(name: str, entry: Entry) -> list[MachineKey]:
    known: dict[str, list[MachineKey]] = {f"{key.line}/{key.stage}": [key] for key in MACHINES}
    for first in MACHINES:
        same = [key for key in MACHINES if key.stage is first.stage]
        if len(same) > 1:
            known[f"{BOTH}/{first.stage}"] = same
    if name not in known:
        raise entry.error(f"names no machine; {_allowed(name, known)}")
    return known[name]


def _setting(machine: MachineKey, field: str, entry: Entry) -> Setting:
    known = [*PARAMETERS[machine.stage].model_fields, *layout_of(machine.stage)]
    if field not in known:
        raise entry.error(f"names no setting of {machine.line}/{machine.stage}; {_allowed(field, known)}")
    if isinstance(entry.value, list | dict):
        raise entry.refused("a single value is wanted here")
    if field in LAYOUT and not LAYOUT[field].takes(entry.value):
        raise entry.refused(LAYOUT[field].allowed)
    return Setting(machine, field, entry)


def _allowed(name: str, known: Iterable[str]) -> str:
    names = list(known)
    near = get_close_matches(name[:80], names, n=1)
    return f"{f'did you mean {near[0]}? ' if near else ''}allowed are {', '.join(names[:MOST_NAMED])}"


def configured(configuration: PlantConfiguration, wanted: Iterable[Setting]) -> PlantConfiguration:
    """The plant with those settings; all of a machine's are checked together. PlanError names the first bad one."""
    machines = dict(configuration.machines)
    by_machine: dict[MachineKey, list[Setting]] = {}
    for setting in wanted:
        by_machine.setdefault(setting.machine, []).append(setting)
    for key, own in by_machine.items():
        laid: dict[str, Any] = {one.field: one.entry.value for one in own if one.is_layout}
        parameters = [one for one in own if not one.is_layout]
        before = machines[key].parameters
        assert isinstance(before, Parameters)  # noqa: S101 (the default plant has no others)
        machines[key] = replace(machines[key], parameters=_changed(before, parameters), **laid)
    return replace(configuration, machines=machines)


def _changed(parameters: Parameters, own: list[Setting]) -> Parameters:
    if not own:
        return parameters
    try:
        return parameters.changed({one.field: one.entry.value for one in own})
    except ValidationError as error:
        problem = problems(error)[0]
    guilty = next((one for one in own if one.field == problem.field), own[-1])
    raise guilty.entry.error(f"cannot be: {problem.message}")
