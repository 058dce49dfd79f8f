"""Reading panels: always from busbar's last poll, never from the panel itself."""

from __future__ import annotations

from typing import Annotated

import strawberry

from schema.context import Info
from schema.fields import field
from schema.pages import After, Connection, First, page
from schema.panel.types import Panel

Serial = Annotated[str, strawberry.argument(description="The panel's serial number.")]


@strawberry.type
class PanelQueries:
    """The part of Query that is about panels."""

    @field("The panels that busbar polls, by serial.")
    def panels(self, info: Info, first: First = 100, after: After = None) -> Connection[Panel]:
        """Raises BadInputError and CursorBadError."""
        return page(info, info.context.panels.all(), lambda view: view.serial, Panel.of, first, after)

    @field("One panel; null when busbar has none with this serial.")
    def panel(self, info: Info, serial: Serial) -> Panel | None:
        """Answered from the last poll."""
        view = info.context.panels.get(serial)
        return None if view is None else Panel.of(view)
