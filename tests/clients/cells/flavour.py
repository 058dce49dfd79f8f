"""One client, blocking or for event loops, behind one way to call it: the same test runs both."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import anyio.to_thread
import pytest

from clients.cells.client import AsyncCellsClient, CellsClient
from clients.cells.errors import CellsError

FLAVOURS = ("blocking", "async")


class Flavour:
    """`ask(lambda client: client.get(...))` awaits or runs in a thread; `slept` lists every wait."""

    def __init__(self, kind: str, url: str, api_key: str | None = "the-key", **options: Any) -> None:
        self.kind = kind
        self.slept: list[float] = []
        options = {"environ": {}, **options}
        self.client: Any = (
            CellsClient(url, api_key, sleep=self.slept.append, **options)
            if kind == "blocking"
            else AsyncCellsClient(url, api_key, sleep=self._sleep, **options)
        )

    async def _sleep(self, seconds: float) -> None:
        self.slept.append(seconds)

    async def ask(self, call: Callable[..., Any], *arguments: Any) -> Any:
        if self.kind == "blocking":
            return await anyio.to_thread.run_sync(call, self.client, *arguments)
        return await call(self.client, *arguments)

    async def fails(
        self, call: Callable[[Any], Any], kind: type[Exception] = CellsError, match: str | None = None
    ) -> Any:
        """The error that the call must end in."""
        with pytest.raises(kind, match=match) as caught:
            await self.ask(call)
        return caught.value

    async def close(self) -> None:
        await self.ask(lambda client: client.close())


@asynccontextmanager
async def opened(kind: str, url: str, api_key: str | None = "the-key", **options: Any) -> AsyncIterator[Flavour]:
    flavour = Flavour(kind, url, api_key, **options)
    try:
        yield flavour
    finally:
        await flavour.close()
