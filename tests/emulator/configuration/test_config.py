from __future__ import annotations

from pathlib import Path

import pytest

from emulator.configuration.config import ConfigError, load_panel, shipped_panels
from emulator.configuration.document import MAX_BYTES
from emulator.configuration.layout import Battery, Climate, Cycle, Demand, PanelConfig, Source

WELL_FORMED = """\
panel_config:
  serial_number: sp-1
  total_tabs: 8
  main_size: 100
circuit_templates:
  light:
    energy_profile: {mode: consumer, power_range: [5, 50], typical_power: 25, power_variation: 0.1}
    relay_behavior: controllable
    priority: MUST_HAVE
circuits:
  - {id: lamp, name: Lamp, template: light, tabs: [1]}
"""


@pytest.fixture
def write(tmp_path: Path):
    def _write(text: str) -> Path:
        path = tmp_path / "panel.yaml"
        path.write_text(text, encoding="utf-8")
        return path

    return _write


def test_a_file_of_the_library_s_own_kind_runs_unchanged(write) -> None:
    """Every block that span-panel-api 1.1.15 knows, in its own words."""
    config = load_panel(write(LIBRARY_FILE))
    by_id = {circuit.id: circuit for circuit in config.circuits}
    cooling, lamp = by_id["ac"].placement.load, by_id["lamp"].placement.load

    assert isinstance(cooling, Demand)
    assert isinstance(lamp, Demand)
    assert (config.serial, config.tabs, config.main_breaker_a) == ("SIM-7", 16, 150)
    assert cooling.gate == Cycle(600, 1200)
    assert cooling.hours[18] == pytest.approx(0.4)
    assert lamp.hours[19:21] == (1.3, 1.3)
    assert lamp.hours[3] == 0.3
    assert lamp.typical_w == 33
    assert by_id["lamp"].is_sheddable
    assert not by_id["storage"].is_user_controllable
    assert config.unmapped[0].tabs == (13, 15)
    assert config.unmapped[0].load == Source(1500, 1500, 0.2, 0.05, hours=None)
    assert [placement.tabs for placement in config.unmapped] == [(13, 15), (16,)]
    assert config.start_time == "2024-06-15T12:00:00"
    assert config.time_acceleration == 60


def test_the_library_s_battery_hours_become_a_schedule(write) -> None:
    storage = load_panel(write(LIBRARY_FILE)).circuits[2].placement.load

    assert isinstance(storage, Battery)
    assert storage.mode == "schedule"
    assert storage.schedule_w[10:13] == (1500, 3000, 300)
    assert storage.schedule_w[18] == -2000
    assert storage.schedule_w[2] == 0
    assert storage.schedule_w[14] == 0


def test_its_earliest_files_with_flat_templates_and_numbers_as_ids_run_too(write) -> None:
    config = load_panel(write(FLAT_FILE))

    assert [circuit.id for circuit in config.circuits] == ["1", "2"]
    saw, roof = (circuit.placement.load for circuit in config.circuits)
    assert isinstance(saw, Demand)
    assert saw.gate == Cycle(900, 600)
    assert saw.typical_w == 1800
    assert isinstance(roof, Source)
    assert roof.nameplate_w == 4000


def test_a_battery_block_beside_the_circuits_hangs_at_the_lugs(write) -> None:
    config = load_panel(write(WELL_FORMED + "bess: {nameplate_capacity_kwh: 20, max_charge_w: 3500}\n"))

    assert config.unmapped[0].tabs == ()
    assert config.unmapped[0].load == Battery(20_000, 3500, 2500)


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


@pytest.mark.parametrize(
    ("old", "new", "refusal"),
    [
        ("main_size: 100", "main_size: 100\n  colour: red", "panel.yaml:5: panel_config.colour: unknown key"),
        ("main_size: 100", "main_sice: 100", "panel_config.main_size: missing"),
        ("total_tabs: 8", "total_tabs: 8.5", "panel.yaml:3: panel_config.total_tabs: 8.5 is not whole"),
        ("total_tabs: 8", "total_tabs: true", "True is not a number; a number from 1 to 96"),
        ("total_tabs: 8", "total_tabs: -8", "out of range"),
        ("total_tabs: 8", "total_tabs: .nan", "nan is out of range"),
        ("total_tabs: 8", "total_tabs: 1" + "0" * 400, "out of range"),
        ("total_tabs: 8", "total_tabs: '8'", "'8' is not a number"),
        ("total_tabs: 8", "total_tabs: 8\n  total_tabs: 9", "panel.yaml:4: panel_config.total_tabs: given twice"),
        ("total_tabs: 8", "total_tabs: 8\n  time_zone: ../../etc/passwd", "is not a time zone"),
        ("total_tabs: 8", "total_tabs: 8\n  time_zone: Mars/Olympus", "is not a time zone"),
        ("sp-1", "'a\\tb'", "ok"),
        ("sp-1", '"a\\tb"', "printable"),
        ("sp-1", "x" * 200, "printable characters"),
        ("typical_power: 25", "typical_power: -25", "a consumer's power is positive"),
        ("typical_power: 25", "typical_power: .inf", "out of range"),
        ("typical_power: 25", "typical_power: no", "False is not a number"),
        ("[5, 50]", "[50, 5]", "the lowest comes first"),
        ("[5, 50]", "[5]", "two numbers"),
        ("[5, 50]", "5", "must be a list"),
        ("power_variation: 0.1", "power_variation: 3", "a number from 0 to 1"),
        ("mode: consumer", "mode: consummer", "one of consumer, producer, bidirectional"),
        ("priority: MUST_HAVE", "priority: UNKNOWN", "'UNKNOWN' is unknown; one of MUST_HAVE"),
        ("template: light", "template: lite", "panel.yaml:11: circuits[0].template: 'lite' is unknown; one of light"),
        ("tabs: [1]", "tabs: [1, 2]", "a 240 V circuit sits on n and n + 2"),
        ("tabs: [1]", "tabs: [1, 1]", "one tab, or on two"),
        ("tabs: [1]", "tabs: [1, 3, 5]", "one tab, or on two"),
        ("tabs: [1]", "tabs: []", "one tab, or on two"),
        ("tabs: [1]", "tabs: [7, 9]", "9 is out of range; a number from 1 to 8"),
        ("circuits:", "circuits:\n  - {id: x, name: X, template: light, tabs: [1]}", "tab 1 is taken by 'X'"),
        (
            "circuits:",
            "circuits:\n  - {id: lamp, name: X, template: light, tabs: [2]}",
            "the id 'lamp' is taken by 'X'",
        ),
        ("circuits:", "unmapped_tabs: [1]\ncircuits:", "tab 1 is not unmapped: 'Lamp' sits there"),
        ("circuits:", "unmapped_tab_templates: {'9': {}}\ncircuits:", "unmapped_tab_templates"),
        ("circuits:", "tab_synchronizations: [{tabs: [1, 2]}]\ncircuits:", "n and n + 2"),
        ("circuits:", "simulation_params: {noise_factor: 2}\ncircuits:", "simulation_params.noise_factor"),
        ("circuits:", "circuits: []\nother:", "circuits: missing"),
        ("circuits:", "circuits: 3\nother:", "must be a list"),
        (
            "    priority",
            "    cycling_pattern: {on_duration: 0, off_duration: 0}\n    priority",
            "a cycle of no length",
        ),
        ("    priority", "    sessions: {per_day: 1}\n    climate: {}\n    priority", "cannot stand beside"),
        ("    priority", "    sessions: {from_hour: 9, to_hour: 8}\n    priority", "must not be above"),
        (
            "    priority",
            "    time_of_day_profile: {enabled: true, hour_factors: {25: 1}}\n    priority",
            "not an hour",
        ),
        ("    priority", "    time_of_day_profile: {enabled: true, peak_hours: [24]}\n    priority", "from 0 to 23"),
        ("    priority", "    <<: 3\n    priority", "not a mapping"),
        ("panel_config:", "panel_config: [", "not YAML"),
        ("sp-1", "!!python/name:os.system x", "not a plain value"),
    ],
)
def test_what_is_wrong_is_refused_with_its_place_and_reason(write, old: str, new: str, refusal: str) -> None:
    assert old in WELL_FORMED
    path = write(WELL_FORMED.replace(old, new, 1))
    if refusal == "ok":
        load_panel(path)
        return

    with pytest.raises(ConfigError) as caught:
        load_panel(path)

    assert refusal in str(caught.value)
    assert str(caught.value).startswith("panel.yaml:")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("text", "refusal"),
    [
        ("", "the file is empty"),
        ("3", "must be a mapping"),
        ("[" * 100_000, "nested deeper"),
        ("&a [*a]", "levels once aliases are written out"),
        ("a: &a [1,1,1,1,1,1,1,1,1,1]\n" + "".join(
            f"a{n}: &a{n} [{','.join(['*a' + (str(n - 1) if n else '')] * 10)}]\n" for n in range(6)
        ), "once aliases are written out"),
        ("#" * (MAX_BYTES + 1), "larger than"),
    ],
)  # fmt: skip
def test_a_hostile_file_is_refused_before_it_costs_anything(write, text: str, refusal: str) -> None:
    with pytest.raises(ConfigError, match=refusal):
        load_panel(write(text))


def test_a_file_that_is_not_there_is_a_sentence_too(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"gone.yaml:1: cannot be read \(No such file"):
        load_panel(tmp_path / "gone.yaml")


def test_bytes_that_are_no_text_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "panel.yaml"
    path.write_bytes(b"\xff\xfe\x00panel")

    with pytest.raises(ConfigError, match="not UTF-8"):
        load_panel(path)


def test_aliases_and_merges_of_honest_files_work(write) -> None:
    text = WELL_FORMED.replace("  light:", "  light: &light").replace(
        "circuits:\n", "  dim:\n    <<: *light\n    priority: NON_ESSENTIAL\ncircuits:\n"
        "  - {id: dim, name: Dim, template: dim, tabs: [2]}\n"
    )  # fmt: skip
    config: PanelConfig = load_panel(write(text))

    assert [circuit.priority for circuit in config.circuits] == ["NON_ESSENTIAL", "MUST_HAVE"]


LIBRARY_FILE = """\
panel_config: {serial_number: SIM-7, total_tabs: 16, main_size: 150}
circuit_templates:
  light:
    energy_profile: {mode: consumer, power_range: [0.0, 80.0], typical_power: 30.0, power_variation: 0.1, efficiency: 1}
    relay_behavior: controllable
    priority: MUST_HAVE
    time_of_day_profile: {enabled: true, peak_hours: [19, 20]}
  cooling:
    energy_profile: {mode: consumer, power_range: [0.0, 3000.0], typical_power: 2400.0, power_variation: 0.1}
    relay_behavior: controllable
    priority: NON_ESSENTIAL
    cycling_pattern: {on_duration: 600, off_duration: 1200}
    smart_behavior: {responds_to_grid: true, max_power_reduction: 0.6}
  storage:
    energy_profile: {mode: bidirectional, power_range: [-3000.0, 3000.0], typical_power: 0.0, power_variation: 0.02}
    relay_behavior: non_controllable
    priority: MUST_HAVE
    battery_behavior:
      enabled: true
      charge_efficiency: 0.95
      discharge_efficiency: 0.9
      charge_hours: [10, 11, 12]
      discharge_hours: [18, 19]
      idle_hours: [0, 1, 2, 3]
      idle_power_range: [-50.0, 50.0]
      max_charge_power: -3000.0
      max_discharge_power: 2500.0
      solar_intensity_profile: {10: 0.5, 11: 1.0}
      demand_factor_profile: {18: 0.8}
circuits:
  - {id: lamp, name: Lamp, template: light, tabs: [1], overrides: {typical_power: 33.0}}
  - {id: ac, name: Cooling, template: cooling, tabs: [2, 4]}
  - {id: storage, name: Storage, template: storage, tabs: [5, 7]}
unmapped_tabs: [13, 15, 16]
unmapped_tab_templates:
  "13": &sun
    energy_profile: {mode: producer, power_range: [-1500.0, 0.0], typical_power: -1500.0, power_variation: 0.2}
    relay_behavior: non_controllable
    priority: MUST_HAVE
  "15": *sun
tab_synchronizations:
  - {tabs: [13, 15], behavior: 240v_split_phase, power_split: equal, energy_sync: true, template: sun_sync}
simulation_params:
  update_interval: 5
  time_acceleration: 60.0
  noise_factor: 0.05
  enable_realistic_behaviors: true
  simulation_start_time: "2024-06-15T12:00:00"
  use_simulation_time: true
"""

FLAT_FILE = """\
panel_config: {serial_number: OLD-1, total_tabs: 8, main_size: 100}
circuit_templates:
  saw:
    power_range: [0.0, 3500.0]
    energy_behavior: consume_only
    typical_power: 2200.0
    power_variation: 0.4
    relay_behavior: controllable
    priority: NON_ESSENTIAL
    cycling_pattern: {enabled: true, on_duration_minutes: 15, off_duration_minutes: 10, duty_cycle: 0.6}
  roof:
    power_range: [-4000.0, 0.0]
    energy_behavior: produce_only
    typical_power: -2500.0
    power_variation: 0.2
    relay_behavior: non_controllable
    priority: MUST_HAVE
circuits:
  - {id: 1, name: Saw, template: saw, tabs: [1], overrides: {typical_power: 1800}}
  - {id: 2, name: Roof, template: roof, tabs: [2, 4]}
behavior_engine: {enabled: true, solar: {enabled: false}}
"""
