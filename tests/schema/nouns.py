"""A small panel to ask about: a kitchen, a solar roof and a tab that belongs to nobody."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from clients.panel import models
from clients.panel.models import DoorState, Priority, RelayState
from schema.ports import Availability, PanelView

NOW = datetime(2026, 6, 21, 12, 0, tzinfo=UTC)
SERIAL = "nj-2316-00042"

STATUS = models.Status(
    serial=SERIAL,
    manufacturer="SPAN",
    model="00200",
    firmware_version="r202525/04",
    update_status="idle",
    environment="prod",
    door_state=DoorState.CLOSED,
    proximity_proven=False,
    uptime_s=86_400,
    eth0_link=True,
    wlan_link=False,
    wwan_link=False,
)


def circuit(circuit_id: str, name: str | None, tabs: tuple[int, ...], power_w: float, **changes) -> models.Circuit:
    plain = models.Circuit(
        id=circuit_id,
        name=name,
        relay_state=RelayState.CLOSED,
        priority=Priority.MUST_HAVE,
        power_w=power_w,
        power_at=NOW,
        consumed_energy_wh=1000.5,
        produced_energy_wh=2.0,
        energy_at=NOW - timedelta(minutes=10),
        tabs=tabs,
        is_user_controllable=True,
        is_sheddable=True,
        is_never_backup=False,
    )
    return replace(plain, **changes)


KITCHEN = circuit("c1", "Kitchen Outlets", (1,), 150.0)
FRIDGE = circuit("c2", "Refrigerator", (2, 4), 80.0, is_user_controllable=False)
POOL = circuit("c3", None, (6,), 0.0, relay_state=RelayState.OPEN, priority=Priority.NON_ESSENTIAL)
SOLAR = circuit("unmapped_tab_30", "Unmapped Tab 30", (30,), -1800.0, is_virtual=True, priority=Priority.UNKNOWN)


def branch(tab: int, power_w: float) -> models.Branch:
    return models.Branch(tab, RelayState.CLOSED, power_w, 10.0, 1.0, 1_666_130_731, 25, is_measure_valid=True)


def snapshot(*circuits: models.Circuit) -> models.Snapshot:
    circuits = circuits or (KITCHEN, FRIDGE, POOL, SOLAR)
    state = models.PanelState(
        main_relay_state=RelayState.CLOSED,
        grid_power_w=-1570.0,
        feedthrough_power_w=0.0,
        main_meter=models.Energy(5000.0, 300.0),
        feedthrough=models.Energy(-1.5, 2.5),
        grid_sample_start_ms=1,
        grid_sample_end_ms=2,
        dsm_grid_state="DSM_GRID_UP",
        dsm_state="DSM_ON_GRID",
        run_config="PANEL_ON_GRID",
        branches=(branch(1, 150.0), branch(2, 80.0)),
    )
    return models.Snapshot(STATUS, state, circuits, models.Storage(soc=0.85))


def view(serial: str = SERIAL, **changes) -> PanelView:
    """A panel seen two seconds ago."""
    plain = PanelView(
        serial=serial,
        name="Home",
        host="127.0.0.1",
        port=8180,
        availability=Availability.ONLINE,
        sequence=1,
        added_at=NOW - timedelta(days=1),
        observed_at=NOW - timedelta(seconds=2),
        snapshot=snapshot(),
    )
    return replace(plain, **changes)


def later(seen: PanelView, seconds: float, *circuits: models.Circuit) -> PanelView:
    """The next view of the same panel."""
    observed_at = (seen.observed_at or NOW) + timedelta(seconds=seconds)
    fresh = snapshot(*circuits) if circuits else seen.snapshot
    return replace(seen, sequence=seen.sequence + 1, observed_at=observed_at, snapshot=fresh)
