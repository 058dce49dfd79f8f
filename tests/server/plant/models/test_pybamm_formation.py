"""The step around the process, with a stand-in for it that answers by rule and counts."""

from __future__ import annotations

import sys
from random import Random

import pytest
from click.testing import CliRunner

from clients.plant.parameters import FormationCyclingParameters
from server.cli.group import busbar
from server.plant.models.errors import ModelError
from server.plant.models.pybamm_formation import COMMAND, PybammFormation, pybamm_worker
from server.plant.models.worker import Numbers, Worker
from server.plant.steps.formation_cycling import form
from server.plant.steps.rewinding import WOUND
from tests.server.plant.cells import filled


class Rule(Worker):
    """Charges 0.98 of the capacity, whatever it is asked."""

    def __init__(self) -> None:
        super().__init__("The rule", ["nothing"])
        self.asked: list[Numbers] = []

    def ask(self, question: Numbers) -> Numbers:
        self.asked.append(question)
        held_s = question["duration_s"] - 36_000
        shares = {"charged_share": 0.98, "charged_wh_a_h": 3.7, "end_c_rate": 0.01, "discharge_s": 18_000.0}
        out = {"discharged_share": 0.97, "discharged_wh_a_h": 3.5}
        return {"constant_current_s": 36_000.0, "constant_voltage_s": held_s, **shares, **out}


def test_the_outcome_is_that_of_the_closed_form_around_another_charge() -> None:
    cells, parameters = filled().material, FormationCyclingParameters()
    ours = form(cells, parameters, Random(1))

    found = PybammFormation(Rule()).form(cells, parameters, Random(1))

    reached = ours.readings["reached_a_h"]
    assert set(found.readings) - set(ours.readings) == {
        "end_current_a",
        "charged_wh",
        "discharge_s",
        "discharged_a_h",
        "discharged_wh",
    }
    assert set(ours.readings) < set(found.readings)
    assert found.readings["charged_a_h"] == pytest.approx(0.98 * reached)
    assert found.readings["constant_current_s"] == 36_000
    assert found.readings["end_current_a"] == pytest.approx(0.01 * reached)
    assert found.readings["discharged_a_h"] == pytest.approx(0.97 * reached)
    assert found.material.cells.soc == pytest.approx(0.98)
    assert found.material.cells.capacity_a_h < ours.material.cells.capacity_a_h
    assert found.material.count == cells.count
    assert found.duration_s == ours.duration_s
    assert found.flags == ()


def test_it_is_asked_in_shares_of_the_capacity() -> None:
    rule = Rule()
    found = PybammFormation(rule).form(filled().material, FormationCyclingParameters(), Random(1))

    c_rate = 0.5 / found.readings["reached_a_h"]
    assert rule.asked == [
        {"start_v": 3.0, "c_rate": pytest.approx(c_rate, rel=5e-3), "limit_v": 4.2, "duration_s": 86_400.0}
    ]


def test_a_cell_that_is_not_empty_is_charged_on_top() -> None:
    rule = Rule()
    found = PybammFormation(rule).form(filled().material, FormationCyclingParameters(initial_voltage=3.33), Random(1))

    assert rule.asked[0]["start_v"] == pytest.approx(3.33)
    assert found.material.cells.soc == pytest.approx(0.05 + 0.98)
    assert found.readings["charged_a_h"] == pytest.approx(0.98 * found.readings["reached_a_h"])


def test_cells_alike_are_one_question() -> None:
    rule = Rule()
    model = PybammFormation(rule)
    for count in (1, 300):
        for wetted in (0.96, 0.96001):
            cells = filled().material.cells._replace(wetted=wetted)
            model.form(WOUND.but(count=count, cells=cells), FormationCyclingParameters(), Random(count))
    assert len(rule.asked) == 1

    model.form(filled().material, FormationCyclingParameters(charge_voltage_limit_V=4.1), Random(1))
    model.form(filled().material, FormationCyclingParameters(charge_current_A=0.6), Random(1))
    assert len(rule.asked) == 3


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("server.plant.models.pybamm_formation.MOST", 2)
    rule = Rule()
    model = PybammFormation(rule)
    for limit in (4.0, 4.1, 4.2, 4.2, 4.1, 4.0):
        model.form(filled().material, FormationCyclingParameters(charge_voltage_limit_V=limit), Random(1))
    assert [asked["limit_v"] for asked in rule.asked] == [4.0, 4.1, 4.2, 4.0]


def test_a_current_beyond_the_model_is_refused_before_it_is_asked() -> None:
    rule = Rule()
    with pytest.raises(ModelError, match="not 20"):
        PybammFormation(rule).form(filled().material, FormationCyclingParameters(charge_current_A=100.0), Random(1))
    assert rule.asked == []


def test_a_batch_without_cells_asks_nothing() -> None:
    rule = Rule()
    outcome = PybammFormation(rule).form(WOUND, FormationCyclingParameters(), Random(1))
    assert outcome.flags == ("no_cells",)
    assert rule.asked == []


def test_without_the_library_the_command_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pybamm", None)
    with pytest.raises(ModelError, match=r"pip install 'busbar\[models\]'"):
        pybamm_worker()
    result = CliRunner().invoke(busbar, ["plant", "run", "--batches", "1", "--formation-model", "pybamm"])
    assert result.exit_code == 2
    assert result.output.startswith("Error: PyBaMM is not installed: pip install 'busbar[models]'; ")
    assert len(result.output.splitlines()) == 1


def test_the_program_tells_what_its_library_raised() -> None:
    without_packages = (COMMAND[0], "-S", *COMMAND[1:])
    with Worker("PyBaMM", without_packages) as worker:
        for _ in range(2):
            with pytest.raises(ModelError, match=r"^PyBaMM gave up: ModuleNotFoundError: No module named 'pybamm'$"):
                worker.ask({"start_v": 3.0, "c_rate": 0.1, "limit_v": 4.2, "duration_s": 60.0})


def test_a_model_that_fails_on_the_way_ends_the_run_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    crash = Worker("PyBaMM", [sys.executable, "-c", "import sys; sys.exit(9)"])
    monkeypatch.setattr("server.plant.models.pybamm_formation.pybamm_worker", lambda: crash)
    result = CliRunner().invoke(busbar, ["plant", "run", "--batches", "1", "--formation-model", "pybamm"])
    assert result.exit_code == 2
    assert result.output.startswith("Error: PyBaMM ended before it answered, with code 9; ")
    assert len(result.output.splitlines()) == 1


def test_a_model_that_is_not_known_is_refused() -> None:
    result = CliRunner().invoke(busbar, ["plant", "run", "--formation-model", "dfn"])
    assert result.exit_code == 2
    assert "closed-form" in result.output.splitlines()[-1]
