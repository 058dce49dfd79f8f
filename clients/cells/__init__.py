"""Battery cells: the nouns, and the client of the cells REST face.

`from clients.cells import CellsClient` is read only when asked for: the nouns alone need no httpx.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clients.cells.client import AsyncCellsClient, CellInstanceClient, CellsClient

__all__ = ["AsyncCellsClient", "CellInstanceClient", "CellsClient"]


def __getattr__(name: str) -> object:
    if name in __all__:
        from clients.cells import client  # noqa: PLC0415 - lazily, as the module says

        return getattr(client, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
