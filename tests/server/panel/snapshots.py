from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from clients.panel.models import (
    Circuit,
    DoorState,
    Energy,
    PanelState,
    Priority,
    RelayState,
    Snapshot,
    Status,
    Storage,
)

NOON = datetime(2026, 6, 21, 12, tzinfo=UTC)


def after(**span: float) -> datetime:
    """A time so much after noon."""
    return NOON + timedelta(**span)


def snapshot(
    powers_w: Mapping[str, float],
    *,
    at: datetime = NOON,
    grid_w: float = 0.0,
    consumed_wh: float = 0.0,
    produced_wh: float = 0.0,
) -> Snapshot:
    """A poll that tells these powers; the main meter and every circuit tell the same energies."""
    circuits = tuple(
        Circuit(
            id=circuit_id,
            name=None,
            relay_state=RelayState.CLOSED,
            priority=Priority.MUST_HAVE,
            power_w=power_w,
            power_at=at,
            consumed_energy_wh=consumed_wh,
            produced_energy_wh=produced_wh,
            energy_at=at,
            tabs=(tab,),
            is_user_controllable=True,
            is_sheddable=False,
            is_never_backup=False,
        )
        for tab, (circuit_id, power_w) in enumerate(powers_w.items(), 1)
    )
    meter = Energy(consumed_wh, produced_wh)
    closed = RelayState.CLOSED
    panel = PanelState(closed, grid_w, 0.0, meter, Energy(0.0, 0.0), 0, 0, "DSM_GRID_UP", "DSM_ON_GRID", "", ())
    status = Status("nj-1", "SPAN", "00200", "r1", "", "", DoorState.CLOSED, False, 1, True, True, False)
    return Snapshot(status, panel, circuits, Storage(None))
