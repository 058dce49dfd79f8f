from __future__ import annotations

import pytest

from emulator.configuration.config import load_panel, shipped_panels
from emulator.configuration.layout import Battery, Climate, Source


@pytest.mark.parametrize("name", sorted(shipped_panels()))
def test_shipped_panels_are_whole(name: str) -> None:
    config = load_panel(shipped_panels()[name])

    assert config.tabs == int(name.rsplit("-", maxsplit=1)[1])
    assert all(len(circuit.id) == 32 and int(circuit.id, 16) for circuit in config.circuits)
    assert load_panel(shipped_panels()[name]) == config


def test_the_house_has_sun_on_unmapped_tabs_a_battery_a_car_and_two_circuits_out_of_reach() -> None:
    house = load_panel(shipped_panels()["house-32"])
    fixed = {circuit.name for circuit in house.circuits if not circuit.is_user_controllable}

    assert {"Refrigerator", "Internet"} <= fixed
    assert [(placement.tabs, type(placement.load)) for placement in house.unmapped] == [((30, 32), Source)]
    assert any(isinstance(circuit.placement.load, Battery) for circuit in house.circuits)
    assert any(circuit.is_never_backup for circuit in house.circuits)
    assert any(isinstance(getattr(circuit.placement.load, "gate", None), Climate) for circuit in house.circuits)


def test_the_plant_has_a_circuit_for_each_of_the_sixteen_machines() -> None:
    names = {circuit.name for circuit in load_panel(shipped_panels()["pilot-plant-40"]).circuits}
    electrode = ("mixing", "coating", "drying", "calendering", "slitting", "inspection")
    cell = ("rewinding", "electrolyte filling", "formation", "ageing")

    assert {f"{line} {stage}" for line in ("Anode", "Cathode") for stage in electrode} <= names
    assert {f"Cell {stage}" for stage in cell} <= names


def test_a_panel_under_another_serial_is_the_same_panel() -> None:
    house = load_panel(shipped_panels()["house-32"])

    assert house.with_serial("other").placements is not None
    assert house.with_serial("other").with_serial(house.serial) == house
