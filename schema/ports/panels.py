"""What the API asks of the panels: their last values, their history, and changes."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from clients.panel.models import Priority, RelayState, Snapshot
from schema.ports.series import Series

if TYPE_CHECKING:
    from schema.panel.refusals import PanelRefusal


class Availability(StrEnum):
    """How much a panel's last values are worth right now."""

    ONLINE = "ONLINE"
    STALE = "STALE"
    OFFLINE = "OFFLINE"
    UNAUTHORIZED = "UNAUTHORIZED"


@dataclass(frozen=True, slots=True)
class PanelView:
    """A panel as busbar last saw it. `snapshot` and `observed_at` are None until the first answer ever.

    `snapshot`'s energies never fall: they are the panel's counters less its known reboot glitch. `reason` says in a
    sentence why the panel is not ONLINE. `sequence` grows with every change of the view.
    """

    serial: str
    name: str
    host: str
    port: int
    availability: Availability
    sequence: int
    added_at: datetime
    observed_at: datetime | None = None
    snapshot: Snapshot | None = None
    reason: str | None = None


class Metric(StrEnum):
    """What of a panel or circuit is kept over time."""

    POWER_W = "POWER_W"
    CONSUMED_ENERGY_WH = "CONSUMED_ENERGY_WH"
    PRODUCED_ENERGY_WH = "PRODUCED_ENERGY_WH"


class Panels(Protocol):
    """The panels busbar knows. Reading never touches a panel: it answers from the last poll."""

    def all(self) -> Sequence[PanelView]:
        """Every panel, by serial."""

    def get(self, serial: str) -> PanelView | None:
        """One panel, or None."""

    def updates(self, serial: str, every_s: float = 0.0) -> AsyncIterator[PanelView]:
        """The view now, then each newer one; latest wins, at most one in `every_s`. Ends when the panel is removed."""

    async def add(self, host: str, port: int, access_token: str | None, name: str | None) -> PanelView | PanelRefusal:
        """Start to poll a panel, and keep it over restarts; registers with it when there is no token."""

    async def remove(self, serial: str) -> PanelView | PanelRefusal:
        """Forget a panel. Its history and events stay until they expire."""

    async def set_circuit_relay(self, serial: str, circuit_id: str, state: RelayState) -> PanelView | PanelRefusal:
        """Open or close a circuit's relay; the answer was read back from the panel after the change."""

    async def set_circuit_priority(self, serial: str, circuit_id: str, priority: Priority) -> PanelView | PanelRefusal:
        """Change what the panel does with the circuit off grid."""

    async def rename_circuit(self, serial: str, circuit_id: str, name: str) -> PanelView | PanelRefusal:
        """Rename a circuit on the panel itself."""

    async def set_main_relay(self, serial: str, state: RelayState) -> PanelView | PanelRefusal:
        """Open (go off grid) or close the main relay."""


class History(Protocol):
    """Power and energy over time, indexed by the panel's own clock."""

    async def series(
        self,
        serial: str,
        circuit_id: str | None,
        metric: Metric,
        start: datetime,
        end: datetime,
        max_points: int,
    ) -> Series:
        """One circuit's (or, with None, the grid's) values in [start, end), thinned to at most `max_points`."""
