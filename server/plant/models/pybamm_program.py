"""The worker program in which PyBaMM solves the first cycle of a cell; run by path, so that it imports none of ours.

Single-particle model with electrolyte (SPMe) and the parameters of Chen et al. 2020 (J. Electrochem. Soc. 167, 080534:
LG M50, NMC 811 against graphite with silicon). Question and answer count in shares of what the cell holds between 3.0
and 4.2 V at rest, and so hold for a cell of any size: a `c_rate` is a current per that capacity, in 1/h.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from importlib import import_module
from queue import SimpleQueue
from typing import Any, TextIO

EMPTY_V, FULL_V = 3.0, 4.2
HEADROOM_V = 0.1
"""Above the limit of the charge, before the model stops by itself."""
REST_S = 3600.0
DISCHARGE_C_RATE = 0.2
LONGEST_DISCHARGE_S = 36_000.0
PERIOD_S = 60.0
"""Between two samples of current and voltage."""
SHORTEST_S = 1.0
"""A phase shorter than this is left out."""


class Cell:
    """The cell of Chen et al."""

    def __init__(self, pybamm: Any) -> None:  # noqa: ANN401 (a library that is not there for the type checker)
        self._pybamm = pybamm
        self._parameters = pybamm.ParameterValues("Chen2020")
        empty, full = (self._anode_at(voltage) for voltage in (EMPTY_V, FULL_V))
        anode_a_h = self._parameters.evaluate(pybamm.LithiumIonParameters().n.Q_init)
        self.capacity_a_h = float(anode_a_h * (full - empty))

    def _anode_at(self, voltage_v: float) -> float:
        """How full the anode is, of 1, in a cell that rests at this voltage."""
        return float(self._pybamm.lithium_ion.get_initial_stoichiometries(f"{voltage_v} V", self._parameters)[0])

    def first_cycle(self, start_v: float, c_rate: float, limit_v: float, duration_s: float) -> dict[str, float]:
        """Constant current and then voltage, for the duration as a whole; a rest; a discharge at C/5 down to 3.0 V.

        The library leaves out a discharge that would begin below; then nothing is drawn.
        """
        step, full_a = self._pybamm.step, self.capacity_a_h
        parameters = self._parameters.copy()
        parameters["Upper voltage cut-off [V]"] = max(limit_v, FULL_V) + HEADROOM_V
        charge = step.current(-c_rate * full_a, duration=duration_s, termination=f"{limit_v} V")
        solved = self._solve(parameters, [charge], initial_soc=f"{start_v} V")
        if not getattr(solved, "cycles", ()):
            raise ValueError(f"the terminal is at {limit_v} V before the charge begins")
        held_s = duration_s - self._seconds(solved.cycles[0])
        held = [step.voltage(limit_v, duration=held_s)] if held_s >= SHORTEST_S else []
        draw = step.current(DISCHARGE_C_RATE * full_a, duration=LONGEST_DISCHARGE_S, termination=f"{EMPTY_V} V")
        solved = self._solve(parameters, [*held, step.rest(REST_S), draw], starting_solution=solved)
        charged, drawn = solved.cycles[: 1 + len(held)], solved.cycles[2 + len(held) :]
        return {
            "constant_current_s": self._seconds(charged[0]),
            "constant_voltage_s": sum(self._seconds(one) for one in charged[1:]),
            "charged_share": sum(self._share(one) for one in charged),
            "charged_wh_a_h": sum(self._wh_a_h(one) for one in charged),
            "end_c_rate": -float(charged[-1]["Current [A]"].entries[-1]) / full_a,
            "discharge_s": sum(self._seconds(one) for one in drawn),
            "discharged_share": -sum(self._share(one) for one in drawn),
            "discharged_wh_a_h": -sum(self._wh_a_h(one) for one in drawn),
        }

    def _solve(self, parameters: Any, steps: list[Any], **start: Any) -> Any:  # noqa: ANN401 (likewise)
        simulation = self._pybamm.Simulation(
            self._pybamm.lithium_ion.SPMe(),
            parameter_values=parameters,
            experiment=self._pybamm.Experiment(steps, period=f"{PERIOD_S} seconds"),
        )
        return simulation.solve(calc_esoh=False, **start)

    def _seconds(self, phase: Any) -> float:  # noqa: ANN401 (likewise)
        return float(phase.t[-1] - phase.t[0])

    def _share(self, phase: Any) -> float:  # noqa: ANN401 (likewise)
        """Charge that went in, per capacity; negative when it came out."""
        count = phase["Discharge capacity [A.h]"].entries
        return float(count[0] - count[-1]) / self.capacity_a_h

    def _wh_a_h(self, phase: Any) -> float:  # noqa: ANN401 (likewise)
        """Energy that went in, per ampere-hour of capacity, by the trapezoidal rule over the samples."""
        charge = phase["Discharge capacity [A.h]"].entries
        voltage = phase["Voltage [V]"].entries
        middle = (voltage[1:] + voltage[:-1]) / 2
        return float((middle * (charge[:-1] - charge[1:])).sum()) / self.capacity_a_h


def questions(source: TextIO) -> SimpleQueue[str]:
    """Lines as they come. At their end the process ends too, amid a solution as well: nobody waits for it any more."""
    lines: SimpleQueue[str] = SimpleQueue()

    def read() -> None:
        for line in source:
            lines.put(line)
        os._exit(0)

    threading.Thread(target=read, daemon=True).start()
    return lines


def main() -> None:
    """Answer line by line; what the library prints goes to standard error."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    asked = questions(sys.stdin)
    os.environ["PYBAMM_DISABLE_TELEMETRY"] = "true"
    cell: Cell | None = None
    while True:
        question = json.loads(asked.get())
        try:
            cell = cell or Cell(import_module("pybamm"))
            answer: dict[str, Any] = cell.first_cycle(**question)
        except Exception as error:  # noqa: BLE001 (a solver may raise anything, and whoever asked is to hear it)
            answer = {"error": f"{type(error).__name__}: {error}"}
        answers.write(json.dumps(answer) + "\n")
        answers.flush()


if __name__ == "__main__":
    main()
