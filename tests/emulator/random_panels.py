"""Panels and commands that nobody would think of, for the laws that must hold on all of them."""

from __future__ import annotations

from hypothesis import strategies as st

from emulator.commands import (
    PRIORITIES,
    ClearOverrides,
    Command,
    OverridePower,
    Reboot,
    RenameCircuit,
    SetFlags,
    SetGrid,
    SetMainRelay,
    SetPriority,
    SetRelay,
    SetSoc,
    SetSocThresholds,
    SwapSerial,
)
from emulator.configuration.layout import (
    Battery,
    CircuitConfig,
    Climate,
    Cycle,
    Demand,
    Load,
    PanelConfig,
    Placement,
    Sessions,
    Source,
)

SUMMER_NOON = 1_782_072_000  # 2026-06-21T20:00Z, one in the afternoon in Los Angeles
ZONES = ("UTC", "America/Los_Angeles", "Europe/Berlin", "Asia/Kathmandu", "Australia/Lord_Howe")

units = st.floats(0, 1)
watts = st.floats(0, 9000)

gates = st.one_of(
    st.none(),
    st.builds(Cycle, on_s=st.integers(1, 400), off_s=st.integers(0, 400)),
    st.builds(Climate, period_s=st.integers(60, 900)),
    st.builds(
        Sessions,
        per_day=st.floats(0, 40),
        from_hour=st.floats(0, 12),
        to_hour=st.floats(12, 30),
        min_s=st.integers(1, 60),
        max_s=st.integers(60, 5000),
    ),
)
demands = st.builds(
    lambda typical, spread, variation, noise, gate: Demand(
        typical, typical * (1 - spread), typical * (1 + spread), variation, noise, gate=gate
    ),
    watts,
    units,
    units,
    st.floats(0, 0.2),
    gates,
)
sources = st.builds(lambda peak, room, clouds: Source(peak, peak * (1 + room), clouds, 0.02), watts, units, units)
batteries = st.builds(
    Battery,
    capacity_wh=st.floats(1, 5000),
    max_charge_w=watts,
    max_discharge_w=watts,
    charge_efficiency=st.floats(0.5, 1),
    discharge_efficiency=st.floats(0.5, 1),
    reserve=units,
    initial_soc=units,
    mode=st.sampled_from(["schedule", "self_consumption", "backup"]),
    schedule_w=st.lists(st.floats(-9000, 9000), min_size=24, max_size=24).map(tuple),
)
loads = st.one_of(demands, demands, sources, batteries)


@st.composite
def panels(draw: st.DrawFn) -> PanelConfig:
    """2 to 12 tabs, some two-pole, some unmapped, some empty."""
    tabs = draw(st.integers(2, 12))
    free = list(range(1, tabs + 1))
    circuits: list[CircuitConfig] = []
    unmapped: list[Placement] = []
    while free and draw(st.integers(0, 9)) > 0:
        placement = _placement(draw, free, draw(loads))
        if draw(st.integers(0, 3)) == 0 and circuits:
            unmapped.append(placement)
        else:
            circuits.append(_circuit(draw, placement))
    if not circuits:
        circuits.append(_circuit(draw, Placement((1,), (100,), draw(demands))))
        unmapped = []
    if draw(st.integers(0, 5)) == 0:
        unmapped.append(Placement((), (), draw(batteries)))
    return PanelConfig("sp-test", tabs, 200, tuple(circuits), tuple(unmapped), time_zone=draw(st.sampled_from(ZONES)))


def _placement(draw: st.DrawFn, free: list[int], load: Load) -> Placement:
    tab = free.pop(0)
    if tab + 2 not in free or draw(st.booleans()):
        return Placement((tab,), (100,), load)
    free.remove(tab + 2)
    first: int = draw(st.sampled_from([50, 50, 100, 30])) if isinstance(load, Demand) else 50
    return Placement((tab, tab + 2), (first, 100 - first), load)


def _circuit(draw: st.DrawFn, placement: Placement) -> CircuitConfig:
    return CircuitConfig(
        id=f"c{placement.tabs[0]}",
        name=f"Circuit {placement.tabs[0]}",
        placement=placement,
        priority=draw(st.sampled_from(PRIORITIES)),
        is_user_controllable=draw(st.integers(0, 4)) > 0,
        is_sheddable=isinstance(placement.load, Demand) and draw(st.integers(0, 4)) > 0,
        is_never_backup=draw(st.integers(0, 6)) == 0,
    )


def commands(config: PanelConfig) -> st.SearchStrategy[Command]:
    """Sensible and senseless ones: what cannot be is refused."""
    ids = st.sampled_from([*(circuit.id for circuit in config.circuits), "nobody"])
    targets = st.one_of(ids, st.integers(0, 13), st.none())
    powers = st.one_of(st.floats(-9000, 9000), st.just(float("nan")))
    return st.one_of(
        st.builds(SetRelay, ids, st.booleans()),
        st.builds(SetPriority, ids, st.sampled_from([*PRIORITIES, "UNKNOWN"])),
        st.builds(RenameCircuit, ids, st.text(max_size=3)),
        st.builds(SetFlags, ids, st.none() | st.booleans(), st.none() | st.booleans(), st.none() | st.booleans()),
        st.builds(SetMainRelay, st.booleans()),
        st.builds(SetGrid, st.booleans()),
        st.builds(SetGrid, st.booleans()),
        st.builds(SetSoc, st.floats(-0.1, 1.1)),
        st.builds(SetSocThresholds, units, units),
        st.builds(OverridePower, targets, powers),
        st.builds(OverridePower, targets, st.none(), st.floats(0, 3)),
        st.builds(OverridePower, targets),
        st.builds(ClearOverrides),
        st.builds(Reboot),
        st.builds(SwapSerial, st.sampled_from(["sp-other", ""])),
    )
