"""Whatever of the world tells of panels, whole or limited to some of them."""

from __future__ import annotations

from typing import NamedTuple

from schema import ports
from server.security.views.events import SomeEvents
from server.security.views.history import SomeHistory
from server.security.views.metering import NoMetering
from server.security.views.panels import SomePanels
from server.security.views.plant import ReticentPlant
from server.security.views.wiring import SomeWiring


class Sight(NamedTuple):
    """What one viewer finds of the world; the rest of it is the same for everybody. Made for each operation."""

    panels: ports.Panels
    history: ports.History
    events: ports.Events
    plant: ports.Plant
    wiring: ports.Wiring
    metering: ports.Metering
    search: ports.Search

    def limited(self, serials: frozenset[str]) -> Sight:
        """The same world, in which there are no other panels. Its `search` must know that by itself."""
        return Sight(
            panels=SomePanels(self.panels, serials),
            history=SomeHistory(self.history, serials),
            events=SomeEvents(self.events, serials),
            plant=ReticentPlant(self.plant),
            wiring=SomeWiring(self.wiring, serials),
            metering=NoMetering(self.metering),
            search=self.search,
        )
