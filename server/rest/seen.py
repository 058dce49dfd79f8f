"""What a request finds of the world: panels that its token does not name are not there."""

from __future__ import annotations

from starlette.requests import HTTPConnection

from server.security.door import viewer_of
from server.security.views.sight import Sight


def seen(connection: HTTPConnection) -> Sight:
    """For whoever asks; of a socket not before it has shown its token."""
    sight: Sight = connection.app.state.world.seen_by(viewer_of(connection.scope))
    return sight
