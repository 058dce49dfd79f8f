"""A panel in the graph, with its meters, storage and breaker spaces."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import strawberry

from clients.panel import models
from schema import ports
from schema.batch import batch
from schema.context import Info
from schema.fields import field
from schema.node import Node, write_id
from schema.panel.circuits import Circuit, circuits_of, find_circuit
from schema.panel.enums import Availability, DoorState, RelayState
from schema.panel.history import panel_history

CircuitKey = Annotated[strawberry.ID, strawberry.argument(description="The circuit's `circuitId`; its `id` works too.")]


@strawberry.type(description="A meter's two counters, in Wh since the panel was made.")
class Meter:
    """Feed-through is computed by the panel from other meters: its counters may fall, and may be negative."""

    consumed_energy_wh: float = strawberry.field(description="Energy taken in, in Wh.")
    produced_energy_wh: float = strawberry.field(description="Energy given out, in Wh.")

    @classmethod
    def of(cls, energy: models.Energy) -> Meter:
        """The noun, as the API shows it."""
        return cls(consumed_energy_wh=energy.consumed_wh, produced_energy_wh=energy.produced_wh)


@strawberry.type(description="The battery behind the panel.")
class Storage:
    """Only its charge is known to the panel."""

    soc_percent: float | None = strawberry.field(description="State of charge, 0 to 100 %; null without a battery.")

    @classmethod
    def of(cls, storage: models.Storage) -> Storage:
        """The noun, as the API shows it."""
        return cls(soc_percent=None if storage.soc is None else storage.soc * 100)


@strawberry.type(description="One breaker space (tab) of a panel, whether or not a circuit is on it.")
class Branch:
    """What the panel measures; a circuit is one or two of these."""

    tab: int = strawberry.field(description="Its number, from 1.")
    relay_state: RelayState = strawberry.field(description="Its relay's position.")
    power_w: float = strawberry.field(description="Power in W: positive = consumption, negative = production.")
    consumed_energy_wh: float = strawberry.field(description="Energy consumed in Wh since the panel was made.")
    produced_energy_wh: float = strawberry.field(description="Energy produced in Wh since the panel was made.")
    is_measure_valid: bool = strawberry.field(description="Whether the panel trusts this measurement.")

    @classmethod
    def of(cls, branch: models.Branch) -> Branch:
        """The noun, as the API shows it."""
        return cls(
            tab=branch.tab,
            relay_state=branch.relay_state,
            power_w=branch.power_w,
            consumed_energy_wh=branch.consumed_energy_wh,
            produced_energy_wh=branch.produced_energy_wh,
            is_measure_valid=branch.is_measure_valid,
        )


@strawberry.type(
    description="An electrical panel, as busbar last saw it. What only a poll can tell is null before the first."
)
class Panel(Node):
    """Built from one view of it: all its values are of the same poll."""

    view: strawberry.Private[ports.PanelView]
    serial: str = strawberry.field(description="The panel's serial number; what `serial` arguments take.")
    name: str = strawberry.field(description="What busbar calls it.")
    host: str = strawberry.field(description="The host name or address it is polled at.")
    port: int = strawberry.field(description="The TCP port it is polled at.")
    added_at: datetime = strawberry.field(description="When it was added to busbar.")
    availability: Availability = strawberry.field(description="How much the values below are worth right now.")
    unavailable_reason: str | None = strawberry.field(default=None, description="Why it is not ONLINE, in a sentence.")
    observed_at: datetime | None = strawberry.field(default=None, description="When busbar last had an answer from it.")
    firmware_version: str | None = strawberry.field(default=None, description="The firmware, as the panel writes it.")
    model: str | None = strawberry.field(default=None, description="The maker's model number.")
    manufacturer: str | None = strawberry.field(default=None, description="The maker.")
    uptime_seconds: int | None = strawberry.field(default=None, description="Seconds since the panel's start.")
    door_state: DoorState | None = strawberry.field(default=None, description="The panel's door.")
    main_relay_state: RelayState | None = strawberry.field(default=None, description="The main relay; OPEN = off grid.")
    grid_state: str | None = strawberry.field(
        default=None, description="The grid in the panel's own word: DSM_GRID_UP or DSM_GRID_DOWN."
    )
    run_config: str | None = strawberry.field(
        default=None, description="How it runs, in its own word: PANEL_ON_GRID, PANEL_OFF_GRID or PANEL_BACKUP."
    )
    grid_power_w: float | None = strawberry.field(
        default=None, description="Power from the grid in W: positive = import, negative = export."
    )
    feedthrough_power_w: float | None = strawberry.field(
        default=None, description="Power in W of what hangs on the feed-through lugs: positive = consumption."
    )
    main_meter: Meter | None = strawberry.field(
        default=None, description="The grid's energies: consumed = imported, produced = exported."
    )
    feedthrough_meter: Meter | None = strawberry.field(
        default=None, description="The feed-through's energies: computed by the panel, they may fall."
    )
    storage: Storage | None = strawberry.field(default=None, description="The battery.")
    branches: list[Branch] | None = strawberry.field(default=None, description="All its breaker spaces, in order.")
    circuits: list[Circuit] | None = batch(circuits_of, description="Its circuits, in the panel's order.")
    history: ports.Series = batch(panel_history, description="The grid's power or energies over time, in one column.")

    @field("Seconds since `observedAt`: how old these values are.")
    def age_seconds(self, info: Info) -> float | None:
        """By busbar's clock, never negative."""
        if self.observed_at is None:
            return None
        return max(0.0, (info.context.now() - self.observed_at).total_seconds())

    @field("One of its circuits; null when it has none of that id, or before the first poll.")
    def circuit(self, id: CircuitKey) -> Circuit | None:  # noqa: A002 (the argument's name in the graph)
        """By the panel's own id or the global one."""
        return find_circuit(self, id)

    @classmethod
    def of(cls, view: ports.PanelView) -> Panel:
        """The noun, as the API shows it."""
        polled = {} if view.snapshot is None else _polled(view.snapshot)
        return cls(
            id=write_id("Panel", view.serial),
            view=view,
            serial=view.serial,
            name=view.name,
            host=view.host,
            port=view.port,
            added_at=view.added_at,
            availability=view.availability,
            unavailable_reason=view.reason,
            observed_at=view.observed_at,
            **polled,
        )


def _polled(snapshot: models.Snapshot) -> dict[str, Any]:
    status, state = snapshot.status, snapshot.panel
    return {
        "firmware_version": status.firmware_version,
        "model": status.model,
        "manufacturer": status.manufacturer,
        "uptime_seconds": status.uptime_s,
        "door_state": status.door_state,
        "main_relay_state": state.main_relay_state,
        "grid_state": state.dsm_grid_state,
        "run_config": state.run_config,
        "grid_power_w": state.grid_power_w,
        "feedthrough_power_w": state.feedthrough_power_w,
        "main_meter": Meter.of(state.main_meter),
        "feedthrough_meter": Meter.of(state.feedthrough),
        "storage": Storage.of(snapshot.storage),
        "branches": [Branch.of(branch) for branch in state.branches],
    }
