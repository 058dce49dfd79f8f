"""The panels that a token names. Of another panel nothing is asked: it answers as one that is not there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

from clients.panel.models import Priority, RelayState
from schema.errors import ForbiddenError
from schema.feeds import closed_after
from schema.panel.refusals import PanelRefusal
from schema.ports import Panels, PanelView
from server.panel.registry import not_found


class SomePanels:
    """See `schema.ports.Panels`."""

    def __init__(self, panels: Panels, serials: frozenset[str]) -> None:
        self._panels = panels
        self._serials = serials

    def all(self) -> Sequence[PanelView]:
        """See the port."""
        return [view for view in self._panels.all() if view.serial in self._serials]

    def get(self, serial: str) -> PanelView | None:
        """See the port."""
        return self._panels.get(serial) if serial in self._serials else None

    async def updates(self, serial: str, every_s: float = 0.0) -> AsyncIterator[PanelView]:
        """See the port."""
        if serial in self._serials:
            async with closed_after(self._panels.updates(serial, every_s)) as views:
                async for view in views:
                    yield view

    async def add(self, host: str, port: int, access_token: str | None, name: str | None) -> PanelView | PanelRefusal:  # noqa: ARG002
        """Raises ForbiddenError: whoever added a panel would not see it."""
        raise ForbiddenError("addPanel needs a token without a list of panels: this one would not see what it added")

    async def remove(self, serial: str) -> PanelView | PanelRefusal:
        """See the port."""
        return await self._panels.remove(serial) if serial in self._serials else not_found(serial)

    async def set_circuit_relay(self, serial: str, circuit_id: str, state: RelayState) -> PanelView | PanelRefusal:
        """See the port."""
        if serial not in self._serials:
            return not_found(serial)
        return await self._panels.set_circuit_relay(serial, circuit_id, state)

    async def set_circuit_priority(self, serial: str, circuit_id: str, priority: Priority) -> PanelView | PanelRefusal:
        """See the port."""
        if serial not in self._serials:
            return not_found(serial)
        return await self._panels.set_circuit_priority(serial, circuit_id, priority)

    async def rename_circuit(self, serial: str, circuit_id: str, name: str) -> PanelView | PanelRefusal:
        """See the port."""
        if serial not in self._serials:
            return not_found(serial)
        return await self._panels.rename_circuit(serial, circuit_id, name)

    async def set_main_relay(self, serial: str, state: RelayState) -> PanelView | PanelRefusal:
        """See the port."""
        return await self._panels.set_main_relay(serial, state) if serial in self._serials else not_found(serial)
