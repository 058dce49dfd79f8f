"""A panel's bad days, told in advance: YAML timelines of commands and faults, played in the panel's own time."""

from __future__ import annotations

from emulator.scenarios.load import load_scenario as load_scenario
from emulator.scenarios.load import play_on as play_on
from emulator.scenarios.load import shipped_scenarios as shipped_scenarios
from emulator.scenarios.scenario import Scenario as Scenario
