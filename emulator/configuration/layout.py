"""What a panel is made of: nouns only. `config.py` reads them from YAML, `emulator.device` runs them.

Tabs (breaker spaces) count from 1. A 240 V load sits on tabs n and n + 2 of one side, which are on different legs.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from emulator.commands import Priority

HOURS_A_DAY = 24


@dataclass(frozen=True, slots=True)
class Cycle:
    """A thermostat or timer: runs `on_s` seconds of every `on_s + off_s`, each cycle a little different."""

    on_s: int
    off_s: int


@dataclass(frozen=True, slots=True)
class Climate:
    """Heating and cooling: runs for a share of each `period_s` that grows with the distance of outdoors from comfort.

    `mean_c` is the year's mean outdoors, `season_c` and `day_c` the swings about it (half of peak to peak, in kelvin).
    The machine runs all the time when outdoors is `span_c` beyond the comfort band.
    """

    period_s: int = 1800
    mean_c: float = 13.0
    season_c: float = 11.0
    day_c: float = 6.0
    comfort_low_c: float = 17.0
    comfort_high_c: float = 24.0
    span_c: float = 18.0


@dataclass(frozen=True, slots=True)
class Sessions:
    """Uses of an appliance or charger: on average `per_day` begin in the window of hours, which may pass midnight."""

    per_day: float
    from_hour: float
    to_hour: float
    min_s: int
    max_s: int


Gate: TypeAlias = Cycle | Climate | Sessions


@dataclass(frozen=True, slots=True)
class Demand:
    """A consumer: `typical_w` by the hour's factor, while its gate is open; always within `low_w`..`high_w` or 0.

    `variation` (0..1) is the slow drift, `noise` (0..1) the flicker from second to second.
    """

    typical_w: float
    low_w: float
    high_w: float
    variation: float = 0.0
    noise: float = 0.0
    hours: tuple[float, ...] = (1.0,) * HOURS_A_DAY
    gate: Gate | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """A producer, by default solar: `peak_w` under a clear summer noon, never beyond `nameplate_w`, nothing at night.

    `cloudiness` (0..1) is how deep clouds may cut. `hours` replaces the sun by 24 factors of `peak_w`.
    """

    peak_w: float
    nameplate_w: float
    cloudiness: float = 0.0
    noise: float = 0.0
    hours: tuple[float, ...] | None = None


DispatchMode: TypeAlias = Literal["schedule", "self_consumption", "backup"]


@dataclass(frozen=True, slots=True)
class Battery:
    """Storage that charges and discharges by `mode` on grid, and balances the panel off grid.

    `schedule_w` is the wish by hour (positive = charge) of the mode "schedule". `reserve` (0..1) is kept while on grid.
    Efficiencies are 0..1, one way.
    """

    capacity_wh: float
    max_charge_w: float
    max_discharge_w: float
    charge_efficiency: float = 0.95
    discharge_efficiency: float = 0.95
    reserve: float = 0.2
    initial_soc: float = 0.6
    mode: DispatchMode = "self_consumption"
    schedule_w: tuple[float, ...] = (0.0,) * HOURS_A_DAY


Load: TypeAlias = Demand | Source | Battery


@dataclass(frozen=True, slots=True)
class Placement:
    """A load on its tabs. `shares` says, tab by tab, what percentage each carries; they sum to 100.

    No tab at all puts a battery at the feed-through lugs, where branches do not see it.
    """

    tabs: tuple[int, ...]
    shares: tuple[int, ...]
    load: Load


@dataclass(frozen=True, slots=True)
class CircuitConfig:
    """A circuit as it leaves the factory; names, priority and flags can be changed by command."""

    id: str
    name: str
    placement: Placement
    priority: Priority = "MUST_HAVE"
    is_user_controllable: bool = True
    is_sheddable: bool = True
    is_never_backup: bool = False
    breaker_a: float | None = None

    @property
    def tabs(self) -> tuple[int, ...]:
        """One tab, or n and n + 2."""
        return self.placement.tabs


@dataclass(frozen=True, slots=True)
class Measuring:
    """How the strict panel's meters deviate from the truth; the ideal panel's do not."""

    dead_band_w: float = 2.6
    energy_period_s: int = 660
    open_noise_w: float = 1.0
    lug_residual_w: float = 4.0


@dataclass(frozen=True, slots=True)
class PanelConfig:
    """A whole panel. `unmapped` are loads that the panel does not list as circuits; its other tabs are empty."""

    serial: str
    tabs: int
    main_breaker_a: float
    circuits: tuple[CircuitConfig, ...]
    unmapped: tuple[Placement, ...] = ()
    model: str = "00200"
    time_zone: str = "UTC"
    latitude: float = 37.8
    longitude: float | None = None
    starts_full_of_years: bool = True
    measuring: Measuring = field(default_factory=Measuring)
    start_time: str | None = None
    time_acceleration: float = 1.0

    def with_serial(self, serial: str) -> PanelConfig:
        """The same panel under another serial."""
        return replace(self, serial=serial)

    @property
    def placements(self) -> tuple[Placement, ...]:
        """Every load: the circuits' in their order, then the unmapped ones."""
        return (*(circuit.placement for circuit in self.circuits), *self.unmapped)
