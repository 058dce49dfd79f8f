"""Formation with PyBaMM: the first charge of `steps/formation_cycling.py`, solved instead of written down."""

from __future__ import annotations

import sys
from collections import OrderedDict
from importlib.util import find_spec
from pathlib import Path
from random import Random
from types import TracebackType
from typing import Self

from clients.plant.models import Line, MachineKey, Stage
from clients.plant.parameters import FormationCyclingParameters
from server.plant.material import Material
from server.plant.models.errors import ModelError
from server.plant.models.worker import Numbers, Worker
from server.plant.ocv import voltage_v
from server.plant.outcome import Outcome
from server.plant.steps.formation_cycling import Charge, form_with

FORMATION = MachineKey(Line.CELL, Stage.FORMATION_CYCLING)
"""The machine whose step this is."""
COMMAND = (sys.executable, "-P", str(Path(__file__).with_name("pybamm_program.py")))
"""`-P`: the program's own folder is no place to import from."""
ALIKE_DIGITS = 4
"""Figures of the current per capacity that make two cells one question: within 0.05 %; the models differ by more."""
FASTEST_C_RATE = 2.0
"""Current per capacity, 1/h: beyond, the solver may fail, or not come to an end."""
MOST = 256
"""Solutions that are remembered; then the oldest go."""


def pybamm_worker() -> Worker:
    """The process of the library; it starts with its first question. Raises ModelError when it is not installed."""
    if find_spec("pybamm") is None:
        raise ModelError("PyBaMM is not installed: pip install 'busbar[models]'")
    return Worker("PyBaMM", COMMAND)


class PybammFormation:
    """A formation step. One solution for each distinct set of parameters and cell, remembered; never one per cell."""

    def __init__(self, worker: Worker) -> None:
        self._worker = worker
        self._known: OrderedDict[tuple[float, float, float, float], Numbers] = OrderedDict()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._worker.close()

    def form(self, material: Material, parameters: FormationCyclingParameters, dice: Random) -> Outcome:  # noqa: ARG002 (called alike)
        """What `formation_cycling.form` makes, and readings of the first discharge. Raises ModelError.

        Times, charge in and end current are PyBaMM's. What of the charge is lost is taken as there: PyBaMM's side
        reactions lose 0.025 % in such a cycle, and 8 to 15 % are measured. Readings besides: `end_current_a` and
        `charged_wh`, and of a discharge at C/5 down to 3.0 V, without that loss, `discharge_s`, `discharged_a_h` and
        `discharged_wh`.
        """
        solved: dict[str, float] = {}

        def charging(
            start_soc: float, capacity_a_h: float, current_a: float, limit_v: float, _ohm: float, duration_s: float
        ) -> Charge:
            cycle = self._cycle(voltage_v(start_soc), current_a / capacity_a_h, limit_v, duration_s)
            solved.update(_readings(cycle, capacity_a_h))
            soc = start_soc + cycle["charged_share"]
            return Charge(soc, cycle["constant_current_s"], cycle["constant_voltage_s"])

        found = form_with(charging, material, parameters)
        readings = {**found.readings, **solved}
        return Outcome(found.material, found.duration_s, found.energy_j, found.scrap_kg, found.flags, readings)

    def _cycle(self, start_v: float, c_rate: float, limit_v: float, duration_s: float) -> Numbers:
        if c_rate > FASTEST_C_RATE:
            raise ModelError(
                f"PyBaMM's cell takes {FASTEST_C_RATE:g} times its capacity an hour, not {c_rate:.3g} times"
            )
        key = (start_v, float(f"{c_rate:.{ALIKE_DIGITS}g}"), limit_v, duration_s)
        if key not in self._known:
            names = ("start_v", "c_rate", "limit_v", "duration_s")
            self._known[key] = self._worker.ask(dict(zip(names, key, strict=True)))
            if len(self._known) > MOST:
                self._known.popitem(last=False)
        return self._known[key]


def _readings(cycle: Numbers, capacity_a_h: float) -> dict[str, float]:
    return {
        "end_current_a": cycle["end_c_rate"] * capacity_a_h,
        "charged_wh": cycle["charged_wh_a_h"] * capacity_a_h,
        "discharge_s": cycle["discharge_s"],
        "discharged_a_h": cycle["discharged_share"] * capacity_a_h,
        "discharged_wh": cycle["discharged_wh_a_h"] * capacity_a_h,
    }
