"""What the device shows at one instant: the seam between the physics (device.py) and the wire (wire.py).

Powers are integer milliwatts and positive for consumption, grid power is positive for import, so that the balance
`feedthrough = grid - sum(branches)` is exact in integers. Counters are integer milliwatt-hours; see `Counters`.
"""

from __future__ import annotations

from dataclasses import dataclass

from emulator.islanding import Level


@dataclass(frozen=True, slots=True)
class Counters:
    """Energy since the panel was made, in mWh: rounded down from the exact integral, so they never fall."""

    consumed_mwh: int
    produced_mwh: int


@dataclass(frozen=True, slots=True)
class BranchReading:
    """One tab. An open branch still shows about 1 W of measuring noise in strict fidelity."""

    tab: int
    is_closed: bool
    power_mw: int
    energy: Counters


@dataclass(frozen=True, slots=True)
class CircuitReading:
    """One circuit: power at `Reading.tick`, energy at `energy_tick` (older in strict fidelity: the panel lags)."""

    id: str
    name: str
    tabs: tuple[int, ...]
    is_closed: bool
    power_mw: int
    energy: Counters
    energy_tick: int
    priority: str
    is_user_controllable: bool
    is_sheddable: bool
    is_never_backup: bool


@dataclass(frozen=True, slots=True)
class Reading:
    """The whole panel at `tick` (epoch seconds of simulated time). `booted_tick` is when it last started."""

    tick: int
    booted_tick: int
    main_relay_closed: bool
    grid_is_up: bool
    on_battery: bool
    grid_mw: int
    feedthrough_mw: int
    main_meter: Counters
    feedthrough: Counters
    branches: tuple[BranchReading, ...]
    circuits: tuple[CircuitReading, ...]
    soc: float | None
    soc_low_threshold: float
    soc_high_threshold: float


@dataclass(frozen=True, slots=True)
class Truth:
    """What really happens at `tick`, without dead band, noise or lag; by row of `PanelConfig.placements`."""

    tick: int
    level: Level
    grid_mw: int
    power_mw: tuple[int, ...]
    consumed_mwh: tuple[int, ...]
    produced_mwh: tuple[int, ...]
    imported_mwh: int
    exported_mwh: int
