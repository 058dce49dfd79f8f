"""The ten classes: defaults, ranges, the README's bodies, and what is refused in which words."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import ValidationError

from clients.plant.models import MACHINES, Line, MachineKey, Stage
from clients.plant.parameters import (
    PARAMETERS,
    AgingParameters,
    CalenderingParameters,
    CoatingParameters,
    DryingParameters,
    ElectrodeInspectionParameters,
    FormationCyclingParameters,
    MixingParameters,
    Parameters,
    Problem,
    Quantity,
    defaults,
    problems,
)

ROOT = Path(__file__).parents[4]
README_ANODE = {"AM": 0.8, "CA": 0.1, "PVDF": 0.05, "solvent": 0.05}
README_CATHODE = {"AM": 0.9, "CA": 0.05, "PVDF": 0.03, "solvent": 0.02}
README_PATCH = {"AM": 0.85, "CA": 0.08, "PVDF": 0.04, "solvent": 0.03}
FIELDS = [(model, name) for model in PARAMETERS.values() for name in model.model_fields]


def quantity(model: type[Parameters], name: str) -> Quantity:
    return next(one for one in model.model_fields[name].metadata if isinstance(one, Quantity))


def refused(model: type[Parameters], body: object) -> list[Problem]:
    with pytest.raises(ValidationError) as caught:
        model.model_validate(body)
    return problems(caught.value)


def some(model: type[Parameters]) -> Parameters:
    return next(defaults(key) for key in MACHINES if PARAMETERS[key.stage] is model)


def test_every_stage_has_its_class_and_every_machine_its_defaults() -> None:
    assert set(PARAMETERS) == set(Stage)
    for key in MACHINES:
        assert type(defaults(key)) is PARAMETERS[key.stage]


def test_a_machine_that_is_not_there_has_no_defaults() -> None:
    with pytest.raises(KeyError):
        defaults(MachineKey(Line.CELL, Stage.MIXING))


def test_mixing_and_calendering_differ_by_line() -> None:
    for stage in (Stage.MIXING, Stage.CALENDERING):
        assert defaults(MachineKey(Line.ANODE, stage)) != defaults(MachineKey(Line.CATHODE, stage))


@pytest.mark.parametrize(("model", "name"), FIELDS)
def test_every_field_says_its_range_unit_and_meaning(model: type[Parameters], name: str) -> None:
    said = model.model_json_schema()["properties"][name]
    wanted = quantity(model, name)
    assert (said["minimum"], said["maximum"]) == (wanted.low, wanted.high)
    assert said["unit"] == wanted.unit
    assert said["description"].endswith(".")
    assert math.isfinite(wanted.low)
    assert wanted.low < wanted.high < math.inf


@pytest.mark.parametrize(("model", "name"), FIELDS)
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, True, False, "1", [], {}, 1e300, -1.0, 10**400])
def test_bad_values_are_refused_with_field_value_range_and_unit(
    model: type[Parameters], name: str, bad: object
) -> None:
    with pytest.raises(ValidationError) as caught:
        some(model).changed({name: bad})
    found = problems(caught.value)
    assert [one.field for one in found] == [name]
    assert quantity(model, name).allowed in found[0].message
    assert name in found[0].message
    json.dumps(found[0].value, allow_nan=False)


@pytest.mark.parametrize(("model", "name"), FIELDS)
def test_both_ends_of_the_range_are_allowed_and_just_beyond_is_not(model: type[Parameters], name: str) -> None:
    wanted = quantity(model, name)
    whole = model.model_fields[name].annotation is int
    below = wanted.low - 1 if whole else math.nextafter(wanted.low, -math.inf)
    above = wanted.high + 1 if whole else math.nextafter(wanted.high, math.inf)
    for value, fine in ((wanted.low, True), (wanted.high, True), (below, False), (above, False)):
        with pytest.raises(ValidationError) as caught:
            some(model).changed({name: value, "no_such": 1})
        assert (name in [one.field for one in problems(caught.value)]) is not fine


def test_kelvin_not_degrees() -> None:
    with pytest.raises(ValidationError) as caught:
        some(CalenderingParameters).changed({"temperature": 80})
    assert problems(caught.value)[0].message == "temperature is 80: must be a finite number from 273 to 473 K"
    assert refused(AgingParameters, {"temperature": 25.0})[0].field == "temperature"


def test_unknown_fields_are_refused_and_named() -> None:
    found = refused(CoatingParameters, {"coating_sped": 0.1, "\u202e": 1})
    assert [one.field for one in found] == ["coating_sped", "\u202e"]
    assert "no such parameter" in found[0].message


@pytest.mark.parametrize("body", [None, [], "x", 1, True])
def test_a_body_that_is_no_object_is_refused(body: object) -> None:
    assert refused(CoatingParameters, body)[0].message.endswith("must be an object of parameters")
    with pytest.raises(ValidationError):
        some(CoatingParameters).changed(body)


def test_many_faults_are_told_at_once() -> None:
    found = refused(CoatingParameters, {"coating_speed": 9, "gap_height": "x", "what": 0})
    assert [one.field for one in found] == ["coating_speed", "gap_height", "what"]
    assert found[0].message == "coating_speed is 9: must be a finite number from 0.0001 to 2.5 m/s"


@pytest.mark.parametrize("ratios", [README_ANODE, README_CATHODE, README_PATCH])
def test_the_readmes_ratios_are_accepted_flat_nested_and_by_their_old_names(ratios: dict[str, float]) -> None:
    flat = MixingParameters.model_validate(ratios)
    assert MixingParameters.model_validate({"material_ratios": ratios}) == flat
    assert MixingParameters.model_validate({f"{name}_ratio": share for name, share in ratios.items()}) == flat
    assert defaults(MACHINES[0]).changed({"material_ratios": ratios}) == flat
    assert flat.material_ratios == ratios


@pytest.mark.parametrize("off", [1.1e-6, -1.1e-6, 0.15, -0.3])
def test_ratios_that_do_not_sum_to_one_are_refused(off: float) -> None:
    found = refused(MixingParameters, {**README_ANODE, "AM": 0.8 + off})
    assert [one.field for one in found] == ["material_ratios"]
    assert found[0].value == pytest.approx(1 + off)
    assert "must sum to 1" in found[0].message


@pytest.mark.parametrize("off", [9e-7, -9e-7])
def test_a_sum_within_the_tolerance_passes(off: float) -> None:
    accepted = MixingParameters.model_validate({**README_ANODE, "AM": 0.8 + off})
    assert sum(accepted.material_ratios.values()) == pytest.approx(1 + off, abs=1e-9)


def test_a_ratio_of_zero_or_one_missing_is_refused() -> None:
    assert refused(MixingParameters, {**README_ANODE, "AM": 0.85, "PVDF": 0})[0].field == "PVDF"
    assert [one.field for one in refused(MixingParameters, {"AM": 1.0})] == ["CA", "PVDF", "solvent"]


@pytest.mark.parametrize(
    "body",
    [
        {"material_ratios": "AM"},
        {"material_ratios": None},
        {"material_ratios": [README_ANODE]},
        {"material_ratios": README_ANODE, "AM": 0.8},
        {"material_ratios": {"material_ratios": README_ANODE}},
    ],
)
def test_ratios_in_a_wrong_place_are_refused(body: dict[str, object]) -> None:
    found = refused(MixingParameters, body)
    assert [one.field for one in found] == ["material_ratios"]
    assert "must be an object of AM, CA, PVDF and solvent" in found[0].message


def test_one_ratio_given_twice_is_refused() -> None:
    assert refused(MixingParameters, {**README_ANODE, "AM_ratio": 0.8})[0].field == "AM_ratio"


def test_formation_starts_below_its_limit() -> None:
    found = refused(FormationCyclingParameters, {"initial_voltage": 4.2})
    assert found == [
        Problem("initial_voltage", 4.2, "initial_voltage is 4.2: must be below charge_voltage_limit_V (4.2 V)")
    ]


def test_a_change_leaves_the_original_and_the_defaults_alone() -> None:
    key = MachineKey(Line.ANODE, Stage.COATING)
    before = defaults(key).model_dump()
    after = defaults(key).changed({"coating_speed": 0.1})
    assert after.model_dump() == {**before, "coating_speed": 0.1}
    assert defaults(key).model_dump() == before
    with pytest.raises(ValidationError):
        defaults(key).coating_speed = 1.0  # type: ignore[attr-defined]


def test_an_override_can_be_taken_back() -> None:
    given = DryingParameters(wet_thickness=2e-4)
    assert given.changed({"wet_thickness": None}) == DryingParameters()


def test_counts_are_whole() -> None:
    found = refused(ElectrodeInspectionParameters, {"D_surface_max": 1.5})
    assert found[0].message == "D_surface_max is 1.5: must be a whole number from 0 to 1e+06 defects"


def test_a_long_text_is_not_sent_back_whole() -> None:
    assert len(refused(CoatingParameters, {"coating_speed": "9" * 5000})[0].message) < 250


def test_whole_numbers_become_floats() -> None:
    assert type(CoatingParameters(coating_width=1).coating_width) is float


def test_inside_a_larger_body_the_path_is_dotted() -> None:
    class Body(Parameters):
        anode_coating_params: CoatingParameters
        anode: MixingParameters

    body = {"anode_coating_params": {"coating_speed": 0}, "anode": {**README_ANODE, "AM": 0.1}}
    assert [one.field for one in refused(Body, body)] == ["anode_coating_params.coating_speed", "anode.material_ratios"]


def test_import_is_light() -> None:
    code = "import sys, clients.plant.parameters; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "pydantic" in loaded
    assert not loaded & {"simpy", "httpx", "strawberry", "numpy", "polars"}
