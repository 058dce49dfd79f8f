"""Which path leads to which handler."""

from __future__ import annotations

from starlette.routing import BaseRoute, WebSocketRoute

from server.plant.runs.limits import Limits
from server.rest.methods import at
from server.rest.plant import batches, factory, health, machines
from server.rest.plant.sockets import Sockets, upgrade_required


def plant_routes(limits: Limits | None = None) -> list[BaseRoute]:
    """Every path of this face."""
    return [
        at("/start-simulation", POST=batches.start_simulation),
        at("/factory/start", POST=batches.start_batch),
        at("/factory/status", GET=factory.factory_status),
        at("/factory/logs", GET=factory.factory_logs),
        at("/machine/{line}/{machine}/status", GET=machines.machine_status),
        at("/machine/{line}/{machine}/parameters", PATCH=machines.update_parameters),
        at("/health", GET=health.health),
        at("/ws/status", GET=upgrade_required),
        WebSocketRoute("/ws/status", Sockets(limits or Limits())),
    ]
