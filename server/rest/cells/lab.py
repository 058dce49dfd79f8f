"""What a request finds of the world."""

from __future__ import annotations

from starlette.requests import Request

from schema.ports import Links
from server.cells.lab import Lab
from server.security.address import public_base


def lab_of(request: Request) -> Lab:
    """The open lab."""
    lab: Lab = request.app.state.world.lab
    return lab


def links_of(request: Request) -> Links:
    """Addresses that lead back the way the client came."""
    state = request.app.state
    links: Links = state.world.links(public_base(request, state.config.server.public_url))
    return links
