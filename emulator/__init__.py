"""A SPAN panel that is not there: physics, wire format and faults, with nothing of busbar's around it.

`from emulator import EmulatedPanel, transport` is all that a test without a socket needs:

    httpx.AsyncClient(transport=transport(EmulatedPanel.create("house-32")), base_url="http://panel")

Both are read only when asked for: a command line or a plugin that wants neither need not wait for them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from emulator.http.socketless import transport
    from emulator.panel import EmulatedPanel

__all__ = ["EmulatedPanel", "transport"]


def __getattr__(name: str) -> object:
    if name == "EmulatedPanel":
        from emulator.panel import EmulatedPanel  # noqa: PLC0415  # lazily, as the module says

        return EmulatedPanel
    if name == "transport":
        from emulator.http.socketless import transport  # noqa: PLC0415

        return transport
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
