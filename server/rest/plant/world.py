"""What a request finds of the world."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from schema.ports import Events, Plant
from server.rest.seen import seen


def plant_of(connection: HTTPConnection) -> Plant:
    """The running plant."""
    return seen(connection).plant


def events_of(connection: HTTPConnection) -> Events:
    """The log of what changed."""
    return seen(connection).events
