"""Which path leads to which handler."""

from __future__ import annotations

from starlette.routing import BaseRoute, WebSocketRoute

from server.rest.methods import at
from server.rest.plant import batches, factory, health, machines
from server.rest.plant.feed import Feed
from server.rest.plant.sockets import Sockets


def plant_routes() -> list[BaseRoute]:
    """Every path of this face."""
    return [
        at("/start-simulation", POST=batches.start_simulation),
        at("/factory/start", POST=batches.start_batch),
        at("/factory/status", GET=factory.factory_status),
        at("/factory/logs", GET=factory.factory_logs),
        at("/machine/{line}/{machine}/status", GET=machines.machine_status),
        at("/machine/{line}/{machine}/parameters", PATCH=machines.update_parameters),
        at("/health", GET=health.health),
        WebSocketRoute("/ws/status", Sockets(Feed())),
    ]
