"""Trouble on demand: faults in the answers, and scenarios."""

from __future__ import annotations

from emulator.control.controlled import Controlled
from emulator.control.plan import Answer, Plan
from emulator.control.values import FaultId, FaultSpec, ScenarioName
from emulator.control.verbs import change, read
from emulator.errors import ControlRefusedError, FaultRefusedError, ScenarioRefusedError
from emulator.faults import fault_of
from emulator.scenarios import load_scenario, shipped_scenarios


class Trouble(Controlled):
    """Verbs of faults and scenarios."""

    @read("faults")
    def faults(self) -> Answer:
        """List the faults that are active, and how often each has struck."""
        return {"faults": [fault.as_json() for fault in self.panel.faults.list()]}

    @change("faults/add")
    def faults_add(self, fault: FaultSpec) -> Plan:
        """Misbehave in one way from now on; faults compose."""
        board = self.panel.faults
        try:
            made = fault_of(fault)
            board.check(made)
        except FaultRefusedError as error:
            raise ControlRefusedError(error.reason, f"fault.{error.where}".strip(".")) from error
        return Plan(lambda: {"fault": board.add(made).as_json()})

    @change("faults/remove")
    def faults_remove(self, fault_id: FaultId) -> Plan:
        """Stop one fault, by the id that adding it answered."""
        board = self.panel.faults
        known = [fault.id for fault in board.list()]
        if fault_id not in known:
            raise ControlRefusedError(
                f"panel {self.serial} has no fault {fault_id!r:.64}", "fault_id", known or ["none"]
            )
        return Plan(lambda: {"fault": board.remove(fault_id).as_json()})

    @change("faults/clear")
    def faults_clear(self) -> Plan:
        """Stop all faults."""
        return self.doing(self.panel.faults.clear)

    @read("scenarios")
    def scenarios(self) -> Answer:
        """List the scenarios that can be played, and the one that is."""
        return {"scenarios": sorted(shipped_scenarios()), "playing": self.playing()}

    @change("scenarios/play")
    def scenarios_play(self, scenario: ScenarioName) -> Plan:
        """Play a shipped scenario from now on, in the place of the one that is playing."""
        if scenario not in shipped_scenarios():
            raise ControlRefusedError(f"no scenario {scenario!r:.64} is shipped", "scenario", list(shipped_scenarios()))
        loaded = load_scenario(scenario)
        try:
            loaded.beginnings(self.panel, self.panel.now())
        except ScenarioRefusedError as error:
            raise ControlRefusedError(f"panel {self.serial}: {error}", "scenario") from error
        return self.doing(lambda: self.panel.play(loaded))

    @change("scenarios/stop")
    def scenarios_stop(self) -> Plan:
        """End the scenario that is playing, if any, and what it holds for a time."""
        return self.doing(self.panel.stop_scenario)
