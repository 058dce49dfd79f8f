"""The client of the cells REST face, blocking and for event loops, both from one definition of each operation.

    with CellsClient("http://127.0.0.1:8000") as client:
        detail = client.cell_instance.detail(instance_id)

    async with AsyncCellsClient("http://127.0.0.1:8000") as client:
        detail = await client.cell_instance.detail(instance_id)

The key is the argument, else what BUSBAR_TOKEN has, else none; no other variable and no file is read. It is sent as
`X-API-Key`, to the server's own scheme, host and port only: not to signed addresses, not after a redirect elsewhere.
Tables are polars.DataFrame, or pyarrow.Table with `frames="arrow"`. Errors are drawn in `clients/cells/errors.py`.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Coroutine, Mapping
from types import TracebackType
from typing import TYPE_CHECKING, Any, Generic, Literal, Self, cast, overload

import anyio
import httpx

from clients.cells.blocking import BlockingDriver, BlockingFace
from clients.cells.concurrent import ConcurrentDriver, ConcurrentFace
from clients.cells.frames import ARROW, POLARS, ArrowTable, Frame, FrameName, Frames
from clients.cells.instances import InstanceRoom
from clients.cells.link import Bounds, Link
from clients.cells.measurements import MeasurementRoom
from clients.cells.raw import RawRoom
from clients.cells.specifications import SpecificationRoom
from clients.http import MAX_CONNECTIONS

if TYPE_CHECKING:
    import polars as pl

KEY_VARIABLE = "BUSBAR_TOKEN"
BY_NAME: dict[FrameName, object] = {"polars": POLARS, "arrow": ARROW}


class CellSpecificationClient(BlockingFace, SpecificationRoom[Frame]):
    """Specifications."""

    def __init__(self, client: CellsClient[Frame]) -> None:
        super().__init__(SpecificationRoom(client.frames), client.driver)


class CellInstanceClient(BlockingFace, InstanceRoom[Frame]):
    """Instances."""

    def __init__(self, client: CellsClient[Frame]) -> None:
        super().__init__(InstanceRoom(client.frames), client.driver)


class CellMeasurementClient(BlockingFace, MeasurementRoom[Frame]):
    """Measurements."""

    def __init__(self, client: CellsClient[Frame]) -> None:
        super().__init__(MeasurementRoom(client.frames), client.driver)


class AsyncCellSpecificationClient(ConcurrentFace, SpecificationRoom[Frame]):
    """Specifications."""

    def __init__(self, client: AsyncCellsClient[Frame]) -> None:
        super().__init__(SpecificationRoom(client.frames), client.driver)


class AsyncCellInstanceClient(ConcurrentFace, InstanceRoom[Frame]):
    """Instances."""

    def __init__(self, client: AsyncCellsClient[Frame]) -> None:
        super().__init__(InstanceRoom(client.frames), client.driver)


class AsyncCellMeasurementClient(ConcurrentFace, MeasurementRoom[Frame]):
    """Measurements."""

    def __init__(self, client: AsyncCellsClient[Frame]) -> None:
        super().__init__(MeasurementRoom(client.frames), client.driver)


class CellsClient(BlockingFace, RawRoom, Generic[Frame]):
    """One server. Threads may share it; `parallel` (1 to 8) is how many of them `detail` uses."""

    frames: Frames[Frame]

    @overload
    def __init__(
        self: CellsClient[pl.DataFrame],
        base_url: str,
        api_key: str | None = None,
        *,
        frames: Literal["polars"] = "polars",
        parallel: int = MAX_CONNECTIONS,
        bounds: Bounds = ...,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        environ: Mapping[str, str] = os.environ,
    ) -> None: ...
    @overload
    def __init__(
        self: CellsClient[ArrowTable],
        base_url: str,
        api_key: str | None = None,
        *,
        frames: Literal["arrow"],
        parallel: int = MAX_CONNECTIONS,
        bounds: Bounds = ...,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        environ: Mapping[str, str] = os.environ,
    ) -> None: ...
    def __init__(
        self,
        base_url: str,
        api_key: str | None = None,
        *,
        frames: FrameName = "polars",
        parallel: int = MAX_CONNECTIONS,
        bounds: Bounds = Bounds(),  # noqa: B008 - frozen
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        """Raises ValueError for what is no HTTP address, no key, no name of frames, or no such number."""
        self.frames = cast("Frames[Frame]", _frames(frames))
        link = Link(base_url, _key(api_key, environ), bounds)
        self.driver = BlockingDriver(link, _parallel(parallel), transport, sleep)
        super().__init__(RawRoom(), self.driver)
        self.cell_spec = CellSpecificationClient(self)
        self.cell_instance = CellInstanceClient(self)
        self.cell_measurement = CellMeasurementClient(self)

    def close(self) -> None:
        """Close the connections; the client cannot be used after."""
        self.driver.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


class AsyncCellsClient(ConcurrentFace, RawRoom, Generic[Frame]):
    """One server, on an event loop; `parallel` (1 to 8) is how many requests `detail` has under way."""

    frames: Frames[Frame]

    @overload
    def __init__(
        self: AsyncCellsClient[pl.DataFrame],
        base_url: str,
        api_key: str | None = None,
        *,
        frames: Literal["polars"] = "polars",
        parallel: int = MAX_CONNECTIONS,
        bounds: Bounds = ...,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Coroutine[Any, Any, None]] = anyio.sleep,
        environ: Mapping[str, str] = os.environ,
    ) -> None: ...
    @overload
    def __init__(
        self: AsyncCellsClient[ArrowTable],
        base_url: str,
        api_key: str | None = None,
        *,
        frames: Literal["arrow"],
        parallel: int = MAX_CONNECTIONS,
        bounds: Bounds = ...,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Coroutine[Any, Any, None]] = anyio.sleep,
        environ: Mapping[str, str] = os.environ,
    ) -> None: ...
    def __init__(
        self,
        base_url: str,
        api_key: str | None = None,
        *,
        frames: FrameName = "polars",
        parallel: int = MAX_CONNECTIONS,
        bounds: Bounds = Bounds(),  # noqa: B008 - frozen
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Coroutine[Any, Any, None]] = anyio.sleep,
        environ: Mapping[str, str] = os.environ,
    ) -> None:
        """Raises ValueError for what is no HTTP address, no key, no name of frames, or no such number."""
        self.frames = cast("Frames[Frame]", _frames(frames))
        link = Link(base_url, _key(api_key, environ), bounds)
        self.driver = ConcurrentDriver(link, _parallel(parallel), transport, sleep)
        super().__init__(RawRoom(), self.driver)
        self.cell_spec = AsyncCellSpecificationClient(self)
        self.cell_instance = AsyncCellInstanceClient(self)
        self.cell_measurement = AsyncCellMeasurementClient(self)

    async def close(self) -> None:
        """Close the connections; the client cannot be used after."""
        await self.driver.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()


def _key(api_key: str | None, environ: Mapping[str, str]) -> str | None:
    return api_key if api_key is not None else environ.get(KEY_VARIABLE) or None


def _parallel(parallel: int) -> int:
    if type(parallel) is not int or not 1 <= parallel <= MAX_CONNECTIONS:
        raise ValueError(f"parallel {parallel!r:.40} is no whole number from 1 to {MAX_CONNECTIONS}")
    return parallel


def _frames(name: FrameName) -> object:
    if name not in BY_NAME:
        raise ValueError(f"frames {name!r:.40} must be one of {', '.join(BY_NAME)}")
    return BY_NAME[name]
