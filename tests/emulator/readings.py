"""Readings made by hand, for what is tested apart from the physics."""

from __future__ import annotations

from emulator.reading import Branches, BranchReading, CircuitReading, Circuits, Counters, Reading

TICK = 1_782_043_200
BOOTED = TICK - 1_666_224


def counters(consumed_mwh: int = 0, produced_mwh: int = 0) -> Counters:
    return Counters(consumed_mwh, produced_mwh)


def branch(tab: int, power_mw: int = 0, *, closed: bool = True, energy: Counters | None = None) -> BranchReading:
    return BranchReading(tab, closed, power_mw, energy or counters())


def circuit(power_mw: int = 0, *, closed: bool = True, tabs: tuple[int, ...] = (1, 3)) -> CircuitReading:
    return CircuitReading(
        id="a" * 32,
        name="Dryer",
        tabs=tabs,
        is_closed=closed,
        power_mw=power_mw,
        energy=counters(123_456, 789),
        energy_tick=TICK - 623,
        priority="NICE_TO_HAVE",
        is_user_controllable=True,
        is_sheddable=True,
        is_never_backup=False,
    )


def reading(
    branches: tuple[BranchReading, ...] = (),
    circuits: tuple[CircuitReading, ...] = (),
    *,
    grid_mw: int = 0,
    main_relay_closed: bool = True,
    grid_is_up: bool = True,
    on_battery: bool = False,
    soc: float | None = None,
) -> Reading:
    """A reading whose feed-through follows from the rest, as the device's does."""
    main_meter = counters(9_000_001, 4_000_003)
    consumed = main_meter.consumed_mwh - sum(found.energy.produced_mwh for found in branches)
    produced = sum(found.energy.consumed_mwh for found in branches) - main_meter.produced_mwh
    return Reading(
        tick=TICK,
        booted_tick=BOOTED,
        main_relay_closed=main_relay_closed,
        grid_is_up=grid_is_up,
        on_battery=on_battery,
        grid_mw=grid_mw,
        feedthrough_mw=grid_mw - sum(found.power_mw for found in branches),
        main_meter=main_meter,
        feedthrough=counters(consumed, produced),
        branches=_branches(branches),
        circuits=_circuits(circuits),
        soc=soc,
        soc_low_threshold=0.2,
        soc_high_threshold=0.5,
    )


def _branches(rows: tuple[BranchReading, ...]) -> Branches:
    assert [row.tab for row in rows] == list(range(1, len(rows) + 1))
    return Branches(
        tuple(row.is_closed for row in rows),
        tuple(row.power_mw for row in rows),
        tuple(row.energy.consumed_mwh for row in rows),
        tuple(row.energy.produced_mwh for row in rows),
    )


def _circuits(rows: tuple[CircuitReading, ...]) -> Circuits:
    return Circuits(
        rows,
        tuple(row.power_mw for row in rows),
        tuple(row.energy.consumed_mwh for row in rows),
        tuple(row.energy.produced_mwh for row in rows),
        max((row.energy_tick for row in rows), default=TICK),
    )
