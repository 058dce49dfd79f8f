"""The electrode line's six stages, one after the other, with any parameters."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from hypothesis import strategies as st

from clients.plant.models import Line, MachineKey, Stage
from clients.plant.parameters import MixingParameters, Parameters, Quantity, defaults
from clients.plant.parameters.electrodes import RATIOS
from server.plant.material import Material
from server.plant.outcome import Outcome
from server.plant.steps.calendering import calender
from server.plant.steps.coating import coat
from server.plant.steps.drying import dry
from server.plant.steps.inspection import inspect
from server.plant.steps.mixing import mix
from server.plant.steps.slitting import slit
from tests.server.plant.strategies import ranges

ELECTRODES = (Line.ANODE, Line.CATHODE)
STEPS: Mapping[Stage, Callable[..., Outcome]] = {
    Stage.MIXING: mix,
    Stage.COATING: coat,
    Stage.DRYING: dry,
    Stage.CALENDERING: calender,
    Stage.SLITTING: slit,
    Stage.INSPECTION: inspect,
}
README_RATIOS = (
    {"AM": 0.8, "CA": 0.1, "PVDF": 0.05, "solvent": 0.05},
    {"AM": 0.9, "CA": 0.05, "PVDF": 0.03, "solvent": 0.02},
    {"AM": 0.85, "CA": 0.08, "PVDF": 0.04, "solvent": 0.03},
)


def setting(line: Line, stage: Stage, **changes: Any) -> Any:
    return defaults(MachineKey(line, stage)).changed(changes)


def along(
    line: Line, changes: Mapping[Stage, Mapping[str, Any]] | None = None, until: Stage = Stage.INSPECTION, seed: int = 1
) -> dict[Stage, Outcome]:
    """Each stage's outcome, up to and with `until`; nothing is worked on that is all scrap."""
    settings = {stage: setting(line, stage, **(changes or {}).get(stage, {})) for stage in STEPS}
    return chain(line, settings, until, seed)


def chain(line: Line, settings: Mapping[Stage, Parameters], until: Stage, seed: int) -> dict[Stage, Outcome]:
    material, dice, made = Material(line), Random(seed), {}
    for stage, step in STEPS.items():
        made[stage] = step(material, settings[stage], dice)
        material = made[stage].material
        if stage is until:
            break
    return made


def before(line: Line, stage: Stage, changes: Mapping[Stage, Mapping[str, Any]] | None = None) -> Material:
    """What the stage is given."""
    order = list(STEPS)
    return along(line, changes, order[order.index(stage) - 1])[order[order.index(stage) - 1]].material


def numbers(outcome: Outcome) -> list[float]:
    """Every number in an outcome."""
    fields = [value for value in vars(outcome.material).values() if isinstance(value, float | int)]
    return [outcome.duration_s, outcome.energy_j, *outcome.scrap_kg.values(), *outcome.readings.values(), *fields]


def all_finite(outcome: Outcome) -> bool:
    return all(math.isfinite(number) for number in numbers(outcome))


def ratios() -> st.SearchStrategy[MixingParameters]:
    parts = st.lists(st.floats(-11, 0).map(math.exp), min_size=4, max_size=4)
    return parts.map(
        lambda raw: MixingParameters(**{name: one / sum(raw) for name, one in zip(RATIOS, raw, strict=True)})
    )


def any_value(allowed: Quantity, kind: object) -> st.SearchStrategy[Any]:
    """Anything within the range, its ends often; small numbers as likely as large ones."""
    if kind is int:
        return st.integers(int(allowed.low), int(allowed.high))
    spread = st.floats(math.log(allowed.low), math.log(allowed.high)).map(math.exp)
    inside = spread.map(lambda value: min(allowed.high, max(allowed.low, value)))
    drawn = st.sampled_from([allowed.low, allowed.high]) | inside
    return drawn if kind is float else st.none() | drawn


def any_setting(stage: Stage) -> st.SearchStrategy[Parameters]:
    if stage is Stage.MIXING:
        return ratios()
    model = type(defaults(MachineKey(Line.ANODE, stage)))
    fields = {name: any_value(one, model.model_fields[name].annotation) for name, one in ranges(model).items()}
    return st.fixed_dictionaries(fields).map(model.model_validate)


def any_settings() -> st.SearchStrategy[dict[Stage, Parameters]]:
    return st.fixed_dictionaries({stage: any_setting(stage) for stage in STEPS})
