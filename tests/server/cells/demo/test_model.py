"""The demo's cells obey physics: charge is kept, limits hold, age shows, and positive current discharges."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from clients.cells.models import CHARGE_CAPACITY, CURRENT, DISCHARGE_CAPACITY, STEP_COUNT, TEMPERATURE, TIME, VOLTAGE
from server.cells.demo.model import AMBIENT_DEG_C, LCO, LFP, NMC811, Cell, Chemistry
from server.cells.demo.protocols import VOLTAGE_NOISE_V, Columns, Cycler, Protocol, ageing, formation, pulses, rate_test

CHEMISTRIES = pytest.mark.parametrize("chemistry", [LFP, NMC811, LCO], ids=lambda each: each.name)
PROTOCOLS = pytest.mark.parametrize("protocol", [formation, rate_test, pulses, ageing(5, 20.0)])


def recorded(chemistry: Chemistry, *protocols: Protocol) -> tuple[Cell, Columns]:
    cell = Cell(chemistry)
    for protocol in protocols:
        cycler = Cycler(cell, np.random.default_rng(1))
        protocol(cycler)
    return cell, cycler.columns()


def each_step(columns: Columns) -> Iterator[Columns]:
    for number in range(columns[STEP_COUNT][-1] + 1):
        here = columns[STEP_COUNT] == number
        yield {name: values[here] for name, values in columns.items()}


@CHEMISTRIES
def test_the_open_circuit_voltage_rises_and_ends_beyond_both_limits(chemistry):
    voltage = chemistry.open_circuit_v(np.linspace(0, 1, 1001))
    assert np.all(np.diff(voltage) > 0)
    assert voltage[0] < chemistry.voltage_min_v
    assert voltage[-1] > chemistry.voltage_max_v
    assert chemistry.open_circuit_v_at(0.3) == pytest.approx(chemistry.open_circuit_v(np.array([0.3]))[0])


@CHEMISTRIES
@PROTOCOLS
def test_limits_hold_time_rises_and_steps_count_from_zero(chemistry, protocol):
    _, columns = recorded(chemistry, protocol)
    assert columns[TIME][0] == 0.0
    assert np.all(np.diff(columns[TIME]) > 0)
    assert columns[STEP_COUNT][0] == 0
    assert set(np.diff(columns[STEP_COUNT])) <= {0, 1}
    assert columns[VOLTAGE].min() > chemistry.voltage_min_v - 10 * VOLTAGE_NOISE_V
    assert columns[VOLTAGE].max() < chemistry.voltage_max_v + 10 * VOLTAGE_NOISE_V
    assert columns[TEMPERATURE].min() >= AMBIENT_DEG_C
    assert all(np.isfinite(values).all() for values in columns.values())


@CHEMISTRIES
@PROTOCOLS
def test_a_steps_capacity_is_the_integral_of_its_current(chemistry, protocol):
    _, columns = recorded(chemistry, protocol)
    for step in each_step(columns):
        charge = np.trapezoid(-step[CURRENT], step[TIME]) / 3600
        counted = step[CHARGE_CAPACITY] - step[DISCHARGE_CAPACITY]
        assert counted[0] == 0.0
        assert counted[-1] == pytest.approx(charge, abs=1e-3 * chemistry.capacity_a_h)
        assert np.all(np.diff(step[CHARGE_CAPACITY]) >= 0)
        assert np.all(np.diff(step[DISCHARGE_CAPACITY]) >= 0)


@CHEMISTRIES
def test_what_goes_in_and_out_is_what_the_state_of_charge_says(chemistry):
    cell = Cell(chemistry)
    before = cell.soc
    cycler = Cycler(cell, np.random.default_rng(1))
    cycler.charge(0.5, 10)
    cycler.rest(600, 10)
    cycler.discharge(1.0, 10)
    columns = cycler.columns()
    net = sum(step[CHARGE_CAPACITY][-1] - step[DISCHARGE_CAPACITY][-1] for step in each_step(columns))
    assert net == pytest.approx((cell.soc - before) * cell.capacity_a_h, abs=1e-5)


@CHEMISTRIES
def test_positive_current_discharges(chemistry):
    cell = Cell(chemistry)
    charged = cell.drive(-chemistry.capacity_a_h / 2, 10)
    discharged = cell.drive(chemistry.capacity_a_h / 2, 10)
    assert charged.voltage_v[-1] == pytest.approx(chemistry.voltage_max_v, abs=1e-3)
    assert np.all(np.diff(charged.voltage_v) > 0)
    assert discharged.voltage_v[-1] == pytest.approx(chemistry.voltage_min_v, abs=1e-3)
    assert np.all(np.diff(discharged.voltage_v) < 0)


@CHEMISTRIES
def test_age_takes_capacity_and_adds_resistance(chemistry):
    cell = Cell(chemistry)
    new = cell.capacity_a_h
    cell.drive(-chemistry.capacity_a_h / 2, 10, 3600)
    cell.drive(0, 60, 7200)
    drop_new = cell.drive(0, 1, 1).voltage_v[-1] - cell.drive(1.0, 1, 1).voltage_v[0]
    cell.cycles = 200
    cell.drive(0, 60, 7200)
    drop_aged = cell.drive(0, 1, 1).voltage_v[-1] - cell.drive(1.0, 1, 1).voltage_v[0]
    assert cell.capacity_a_h < 0.96 * new
    assert drop_aged > 1.03 * drop_new


@CHEMISTRIES
def test_faster_discharges_give_less(chemistry):
    _, columns = recorded(chemistry, rate_test)
    given = [step[DISCHARGE_CAPACITY][-1] for step in each_step(columns) if step[CURRENT][0] > 0]
    assert len(given) == 5
    assert given == sorted(given, reverse=True)
    assert given[-1] < given[0]


@CHEMISTRIES
def test_constant_voltage_lets_the_current_fall_to_its_end(chemistry):
    cell = Cell(chemistry)
    cell.drive(-chemistry.capacity_a_h, 10)
    held = cell.hold(chemistry.voltage_max_v, 0.05 * chemistry.capacity_a_h, 10)
    assert np.all(np.diff(held.current_a) > 0)
    assert -held.current_a[-1] <= 0.05 * chemistry.capacity_a_h < -held.current_a[-2]


def test_a_cell_that_would_discharge_is_not_held():
    cell = Cell(NMC811)
    cell.drive(-2.5, 10)
    with pytest.raises(ValueError, match=r"does not charge at 3\.0 V"):
        cell.hold(3.0, 0.1, 10)
