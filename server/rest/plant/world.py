"""What a request finds of the world."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from schema.ports import Events, Plant


def plant_of(connection: HTTPConnection) -> Plant:
    """The running plant."""
    plant: Plant = connection.app.state.world.plant
    return plant


def events_of(connection: HTTPConnection) -> Events:
    """The log of what changed."""
    events: Events = connection.app.state.world.events
    return events
