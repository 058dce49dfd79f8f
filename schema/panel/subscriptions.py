"""Panels, live. Latest wins: who reads slowly skips samples, and never falls behind."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Sequence
from datetime import datetime
from typing import Annotated

import strawberry

from clients.panel.models import Snapshot
from schema import ports
from schema.bounds import MAX_CIRCUITS, MAX_EVERY_MS, MIN_EVERY_MS, within
from schema.context import Info
from schema.delivery import NEWEST
from schema.errors import BadInputError, CircuitMissingError, PanelMissingError
from schema.feeds import closed_after
from schema.fields import subscription
from schema.node import own_key
from schema.panel.queries import Serial
from schema.panel.types import Panel
from schema.server_info import EveryMs

CircuitIds = Annotated[
    list[strawberry.ID] | None,
    strawberry.argument(description=f"The circuits' `circuitId`s (or `id`s), at most {MAX_CIRCUITS}; all without it."),
]


@strawberry.type(description="One circuit's power in a sample.")
class CircuitPower:
    """Small on purpose: this is what charts draw."""

    circuit_id: strawberry.ID = strawberry.field(description="The panel's own id of the circuit.")
    name: str | None = strawberry.field(description="The circuit's name.")
    power_w: float = strawberry.field(description="Power in W: positive = consumption, negative = production.")


@strawberry.type(description="The power of a panel's circuits at one moment.")
class CircuitPowerSample:
    """One poll's worth; a circuit that the panel left out of its answer is left out here."""

    serial: str = strawberry.field(description="The panel's serial number.")
    observed_at: datetime = strawberry.field(description="When busbar had the panel's answer.")
    grid_power_w: float = strawberry.field(description="Power from the grid in W: positive = import.")
    circuits: list[CircuitPower] = strawberry.field(description="The circuits, in the panel's order.")


@strawberry.type
class PanelSubscriptions:
    """The part of Subscription that is about panels."""

    @subscription("A panel now, and each time anything about it changes. Ends when the panel is removed.", NEWEST)
    async def panel_updates(self, info: Info, serial: Serial) -> AsyncGenerator[Panel, None]:
        """Raises PanelMissingError."""
        _known(info, serial)
        return _panels(info, serial)

    @subscription("The power of a panel's circuits: the newest sample, then the newest of each interval.", NEWEST)
    async def circuit_power(
        self, info: Info, serial: Serial, circuit_ids: CircuitIds = None, every_ms: EveryMs = 1000
    ) -> AsyncGenerator[CircuitPowerSample, None]:
        """Raises PanelMissingError, CircuitMissingError and BadInputError."""
        within("everyMs", every_ms, MIN_EVERY_MS, MAX_EVERY_MS)
        view = _known(info, serial)
        wanted = None if circuit_ids is None else _own_ids(view, circuit_ids)
        return _samples(info, serial, wanted, every_ms / 1000)


def _known(info: Info, serial: str) -> ports.PanelView:
    view = info.context.panels.get(serial)
    if view is None:
        raise PanelMissingError(serial)
    return view


def _own_ids(view: ports.PanelView, given: Sequence[str]) -> frozenset[str]:
    """The panel's own ids of these circuits. Before the first poll nothing is known, and all are taken on trust."""
    if len(given) > MAX_CIRCUITS:
        raise BadInputError("circuitIds", f"{len(given):,} given, at most {MAX_CIRCUITS} are answered at once")
    wanted = [own_key("Circuit", view.serial, each) for each in given]
    known = None if view.snapshot is None else {circuit.id for circuit in view.snapshot.circuits}
    if missing := [each for each in wanted if known is not None and each not in known]:
        raise CircuitMissingError(view.serial, missing)
    return frozenset(wanted)


async def _panels(info: Info, serial: str) -> AsyncGenerator[Panel, None]:
    async with closed_after(info.context.panels.updates(serial)) as views:
        async for view in views:
            yield Panel.of(view)


async def _samples(
    info: Info, serial: str, wanted: Collection[str] | None, every_s: float
) -> AsyncGenerator[CircuitPowerSample, None]:
    last = None
    async with closed_after(info.context.panels.updates(serial, every_s)) as views:
        async for view in views:
            # A view also changes when the panel goes away; only a new answer is a new sample.
            if view.snapshot is None or view.observed_at is None or view.observed_at == last:
                continue
            last = view.observed_at
            yield _sample(view, view.snapshot, last, wanted)


def _sample(
    view: ports.PanelView, snapshot: Snapshot, observed_at: datetime, wanted: Collection[str] | None
) -> CircuitPowerSample:
    return CircuitPowerSample(
        serial=view.serial,
        observed_at=observed_at,
        grid_power_w=snapshot.panel.grid_power_w,
        circuits=[
            CircuitPower(circuit_id=strawberry.ID(circuit.id), name=circuit.name, power_w=circuit.power_w)
            for circuit in snapshot.circuits
            if wanted is None or circuit.id in wanted
        ],
    )
