"""Any parameters that a machine accepts, and any webs that may come to the winder."""

from __future__ import annotations

from typing import TypeVar

from hypothesis import strategies as st

from clients.plant.models import Line
from clients.plant.parameters import FormationCyclingParameters, Parameters, Quantity
from server.plant.cell import Cells
from server.plant.material import Material

Model = TypeVar("Model", bound=Parameters)


def ranges(model: type[Parameters]) -> dict[str, Quantity]:
    return {
        name: next(one for one in field.metadata if isinstance(one, Quantity))
        for name, field in model.model_fields.items()
    }


def parameters_of(model: type[Model]) -> st.SearchStrategy[Model]:
    fields = {name: st.floats(one.low, one.high) for name, one in ranges(model).items()}
    return st.fixed_dictionaries(fields).map(model.model_validate)


def formation_parameters() -> st.SearchStrategy[FormationCyclingParameters]:
    fields = {name: st.floats(one.low, one.high) for name, one in ranges(FormationCyclingParameters).items()}
    drawn = st.fixed_dictionaries(fields).filter(lambda one: one["initial_voltage"] < one["charge_voltage_limit_V"])
    return drawn.map(FormationCyclingParameters.model_validate)


def cells_with(**fields: st.SearchStrategy[float]) -> st.SearchStrategy[Cells]:
    return st.fixed_dictionaries(fields).map(lambda drawn: Cells(**drawn))


def webs(line: Line) -> st.SearchStrategy[Material]:
    return st.builds(
        Material,
        line=st.just(line),
        active_share=st.just(0.0) | st.floats(1e-6, 1),
        solid_kg_m2=st.just(0.0) | st.floats(1e-6, 5),
        thickness_m=st.floats(1e-6, 5e-3),
        porosity=st.floats(0, 0.99),
        burr_m=st.floats(0, 1e-3),
        width_m=st.just(0.0) | st.floats(1e-3, 2),
        length_m=st.just(0.0) | st.floats(0, 1e5),
        lanes=st.integers(1, 100),
    )
