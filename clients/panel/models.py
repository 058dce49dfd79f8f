"""What a panel is made of. Power is positive for consumption, negative for production; the grid's is positive for import.

Energies are Wh counted since the panel was made, times are aware UTC. Every noun is immutable: a poll makes new ones.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class Circuit:
    """A named load or source on one or two tabs. A virtual one stands for a tab that belongs to no circuit of the panel's."""

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


@dataclass(frozen=True, slots=True)
class Storage:
    """The battery's state of charge, 0 to 1, or None where the panel knows of no battery."""

    soc: float | None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One poll of a panel: its four answers, taken together."""

    status: Status
    panel: PanelState
    circuits: tuple[Circuit, ...]
    storage: Storage
