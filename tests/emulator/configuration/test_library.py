from __future__ import annotations

import pytest

from emulator.configuration.config import load_panel
from emulator.configuration.layout import Battery, Cycle, Demand, Source

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
