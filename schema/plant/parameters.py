"""What machines are set to, in the graph: a type and an input for each of the ten classes, made from the classes.

A field's name is the wire's with its unit behind it: `coating_speed` in m/s is `coatingSpeedMPerS`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import fields
from typing import TYPE_CHECKING, Annotated, Any, Union

import strawberry
from pydantic.fields import FieldInfo
from strawberry.utils.str_converters import to_camel_case

from clients.plant.models import Stage
from clients.plant.parameters import PARAMETERS, Parameters, Quantity

UNIT_WORDS: Mapping[str, str] = {
    "": "",
    "m/s": "m_per_s",
    "m": "m",
    "m3/s": "m3_per_s",
    "um": "um",
    "N": "n",
    "Pa": "pa",
    "kPa": "k_pa",
    "%": "percent",
    "s": "s",
    "d": "days",
    "1/h": "per_h",
    "A": "a",
    "V": "v",
    "K": "k",
    "of the mass": "mass_share",
    "defects": "",
}
"""What a unit is called in a name."""


def quantity_of(field: FieldInfo) -> Quantity:
    """Unit, range and meaning of a parameter."""
    (found,) = (each for each in field.metadata if isinstance(each, Quantity))
    return found


def graph_name(name: str, quantity: Quantity) -> str:
    """The wire's name as the graph spells it, with the unit behind it where it does not stand there yet."""
    plain, unit = name.lower(), UNIT_WORDS[quantity.unit]
    return to_camel_case(f"{plain}_{unit}" if unit and not plain.endswith(f"_{unit}") else plain)


GRAPH_NAMES: Mapping[Stage, Mapping[str, str]] = {
    stage: {name: graph_name(name, quantity_of(field)) for name, field in model.model_fields.items()}
    for stage, model in PARAMETERS.items()
}
"""From the wire's names to the graph's, by stage."""


def _output(model: type[Parameters]) -> type:
    body: dict[str, Any] = {"__doc__": model.__doc__, "__module__": __name__, "__annotations__": {}}
    for name, field in model.model_fields.items():
        quantity = quantity_of(field)
        empty = "" if field.default is not None else " Null: nothing in its place."
        body["__annotations__"][name] = field.annotation
        body[name] = strawberry.field(
            name=graph_name(name, quantity), description=f"{quantity.meaning} {quantity.allowed}.{empty}"
        )
    return strawberry.type(type(model.__name__, (), body), description=_described(model))


def _input(model: type[Parameters]) -> type:
    body: dict[str, Any] = {"__doc__": model.__doc__, "__module__": __name__, "__annotations__": {}}
    for name, field in model.model_fields.items():
        quantity = quantity_of(field)
        empty = "" if field.default is not None else " Null takes it back."
        body["__annotations__"][name] = int | None if field.annotation is int else float | None
        body[name] = strawberry.field(
            name=graph_name(name, quantity),
            default=strawberry.UNSET,
            description=f"{quantity.meaning} {quantity.allowed}.{empty}",
        )
    said = f"{_described(model)} What is left out stays as the machine has it now."
    return strawberry.input(type(f"{model.__name__}Input", (), body), description=said)


def _described(model: type[Parameters]) -> str:
    """The first paragraph of the class's own words, without what only the wire knows."""
    paragraph = (model.__doc__ or "").split("\n\n", maxsplit=1)[0]
    return respelled(" ".join(paragraph.split()), _stage_of(model))


def _stage_of(model: type[Parameters]) -> Stage:
    return next(stage for stage, each in PARAMETERS.items() if each is model)


def respelled(text: str, stage: Stage) -> str:
    """A sentence about parameters of the stage, with the names of the graph instead of the wire."""
    names = {**GRAPH_NAMES[stage], "material_ratios": "the sum"}
    words = "|".join(sorted(map(re.escape, names), key=len, reverse=True))
    return re.sub(rf"(?<![\w.])({words})(?!\w)", lambda found: names[found[0]], text)


TYPES: Mapping[Stage, type] = {stage: _output(model) for stage, model in PARAMETERS.items()}
INPUTS: Mapping[Stage, type] = {stage: _input(model) for stage, model in PARAMETERS.items()}


def _any_machine() -> type:
    body: dict[str, Any] = {"__doc__": "The field that is given says the stage.", "__module__": __name__}
    body["__annotations__"] = {str(stage): INPUTS[stage] | None for stage in INPUTS}
    for stage in INPUTS:
        body[stage] = strawberry.field(default=strawberry.UNSET, description=f"Of a machine of stage {stage.name}.")
    made = type("MachineParametersInput", (), body)
    return strawberry.input(made, one_of=True, description="What one machine shall be set to: give exactly one field.")


if TYPE_CHECKING:
    MachineParameters = Any
    MachineParametersInput = Any
    MixingInput = Any
else:
    MachineParameters = Annotated[
        Union[tuple(TYPES.values())],  # noqa: UP007 (made at run time)
        strawberry.union("MachineParameters", description="What a machine is set to: one type for each stage."),
    ]
    MachineParametersInput = _any_machine()
    MixingInput = INPUTS[Stage.MIXING]


def parameters_of(stage: Stage, parameters: Parameters) -> Any:  # noqa: ANN401 (a member of MachineParameters)
    """The parameters, as the API shows them. What an older version kept without a field shows that field's default."""
    given = {name: getattr(parameters, name) for name in PARAMETERS[stage].model_fields}
    return TYPES[stage](**given)


def changes_of(given: Any) -> dict[str, Any]:  # noqa: ANN401 (one of INPUTS)
    """What was given, by the wire's names."""
    found = {each.name: getattr(given, each.name) for each in fields(given)}
    return {name: value for name, value in found.items() if value is not strawberry.UNSET}


def chosen(given: MachineParametersInput) -> tuple[Stage, dict[str, Any]]:
    """Which stage's parameters were given, and what of them. GraphQL makes sure that it is exactly one."""
    (stage,) = (each for each in Stage if getattr(given, each) is not strawberry.UNSET)
    return stage, changes_of(getattr(given, stage))
