"""What a panel is made of. Power is positive for consumption, negative for production; grid power, for import.

Energies are Wh counted since the panel was made, times are aware UTC. Every noun is immutable: a poll makes new ones.
`Also` marks the second names under which programs written for span-panel-api 1.1.3 read the same values.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from clients.panel.spelling import Also


class RelayState(StrEnum):
    """A relay's position; UNKNOWN while the panel cannot tell, as just after its start."""

    UNKNOWN = "UNKNOWN"
    OPEN = "OPEN"
    CLOSED = "CLOSED"


class Priority(StrEnum):
    """What the panel does with a circuit off grid: keep it, keep it while the battery lasts, or shed it at once."""

    UNKNOWN = "UNKNOWN"
    MUST_HAVE = "MUST_HAVE"
    NICE_TO_HAVE = "NICE_TO_HAVE"
    NON_ESSENTIAL = "NON_ESSENTIAL"


class DoorState(StrEnum):
    """The panel's door; UNKNOWN until it has been used once."""

    UNKNOWN = "UNKNOWN"
    OPEN = "OPEN"
    CLOSED = "CLOSED"


@dataclass(frozen=True, slots=True)
class Energy:
    """A meter's two counters in Wh."""

    consumed_wh: float
    produced_wh: float

    consumed_energy_wh = Also[float]("consumed_wh")
    produced_energy_wh = Also[float]("produced_wh")


@dataclass(frozen=True, slots=True)
class Branch:
    """One breaker space (tab), numbered from 1. `measured_ms` counts from the panel's boot, not from 1970."""

    tab: int
    relay_state: RelayState
    power_w: float
    consumed_energy_wh: float
    produced_energy_wh: float
    measured_ms: int
    measure_duration_ms: int
    is_measure_valid: bool

    id = Also[int]("tab")
    instant_power_w = Also[float]("power_w")
    imported_active_energy_wh = Also[float]("produced_energy_wh")
    exported_active_energy_wh = Also[float]("consumed_energy_wh")
    measure_start_ts_ms = Also[int]("measured_ms")


@dataclass(frozen=True, slots=True)
class Circuit:
    """A named load or source on one or two tabs. A virtual one stands for a tab that belongs to none of the panel's."""

    id: str
    name: str | None
    relay_state: RelayState
    priority: Priority
    power_w: float
    power_at: datetime
    consumed_energy_wh: float
    produced_energy_wh: float
    energy_at: datetime
    tabs: tuple[int, ...]
    is_user_controllable: bool
    is_sheddable: bool
    is_never_backup: bool
    is_virtual: bool = False

    instant_power_w = Also[float]("power_w")

    @property
    def instant_power_update_time_s(self) -> int:
        """`power_at` in epoch seconds."""
        return int(self.power_at.timestamp())

    @property
    def energy_accum_update_time_s(self) -> int:
        """`energy_at` in epoch seconds."""
        return int(self.energy_at.timestamp())


@dataclass(frozen=True, slots=True)
class Circuits:
    """What `get_circuits` answers: the panel's circuits by id, then a virtual one for each tab that belongs to none."""

    additional_properties: Mapping[str, Circuit]

    @property
    def circuits(self) -> Circuits:
        """Itself: 1.1.3 wraps the mapping twice, as in `answer.circuits.additional_properties`."""
        return self


@dataclass(frozen=True, slots=True)
class PanelState:
    """The panel's main meter, relay and branches. Feed-through is a computed residual: its counters may fall."""

    main_relay_state: RelayState
    grid_power_w: float
    feedthrough_power_w: float
    main_meter: Energy
    feedthrough: Energy
    grid_sample_start_ms: int
    grid_sample_end_ms: int
    dsm_grid_state: str
    dsm_state: str
    run_config: str
    branches: tuple[Branch, ...]

    instant_grid_power_w = Also[float]("grid_power_w")
    main_meter_energy = Also[Energy]("main_meter")
    feedthrough_energy = Also[Energy]("feedthrough")
    current_run_config = Also[str]("run_config")


@dataclass(frozen=True, slots=True)
class Status:
    """Who the panel is and how it is connected; answered without a token."""

    serial: str
    manufacturer: str
    model: str
    firmware_version: str
    update_status: str
    environment: str
    door_state: DoorState
    proximity_proven: bool
    uptime_s: int
    eth0_link: bool
    wlan_link: bool
    wwan_link: bool

    env = Also[str]("environment")
    uptime = Also[int]("uptime_s")
    eth_0_link = Also[bool]("eth0_link")

    @property
    def system(self) -> Status:
        """Itself: 1.1.3 sorts these fields into `system`, `network` and `software`; one noun answers to all three."""
        return self

    network = software = system


class Soe(float):
    """A state of charge as a fraction, 0 to 1 (NaN where there is no battery), that also knows its per cent."""

    __slots__ = ()

    @property
    def percentage(self) -> int | None:
        """The panel's own figure, 0 to 100, or None where there is no battery."""
        return None if math.isnan(self) else round(self * 100)


@dataclass(frozen=True, slots=True)
class Storage:
    """The battery's state of charge, 0 to 1, or None where the panel knows of no battery.

    HTTP API v1 does not tell the capacity: `max_energy_kwh` is None unless someone who knows it fills it in.
    """

    soc: float | None
    max_energy_kwh: float | None = None

    @property
    def soe(self) -> Soe:
        """`soc` for programs that print `soe * 100` or read `soe.percentage`."""
        return Soe(math.nan if self.soc is None else self.soc)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One poll of a panel: its four answers, taken together."""

    status: Status
    panel: PanelState
    circuits: tuple[Circuit, ...]
    storage: Storage


@dataclass(frozen=True, slots=True)
class Power:
    """The panel's two power readings without the rest of its state."""

    grid_power_w: float
    feedthrough_power_w: float


@dataclass(frozen=True, slots=True)
class Meter:
    """The panel's two energy readings without the rest of its state."""

    main_meter: Energy
    feedthrough: Energy


@dataclass(frozen=True, slots=True)
class Thresholds:
    """Off grid, NICE_TO_HAVE is shed below `low_soc` and comes back above `high_soc` (0 to 1; None: not set)."""

    low_soc: float | None
    high_soc: float | None


@dataclass(frozen=True, slots=True)
class Registration:
    """The token that `authenticate` was given; it does not show in `repr`."""

    access_token: str = field(repr=False)
    token_type: str
    issued_at: datetime

    @property
    def iat_ms(self) -> int:
        """`issued_at` in epoch milliseconds."""
        return round(self.issued_at.timestamp() * 1000)


@dataclass(frozen=True, slots=True)
class ApiClient:
    """A program that registered with the panel, and the endpoints it may use by method (get, post, push, delete)."""

    name: str
    description: str | None
    issued_at: datetime | None
    endpoint_groups: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class AccessPoint:
    """A wireless network that the panel hears; `signal` as the panel gives it (unit not documented)."""

    bssid: str
    ssid: str
    signal: int
    frequency: str | None
    encrypted: bool
    connected: bool
    error: str
