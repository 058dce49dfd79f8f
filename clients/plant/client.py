"""The client of the plant's REST face and socket.

    async with PlantClient("http://127.0.0.1:8000") as plant:
        place = (await plant.status()).cursor
        await plant.add_batch("batch-1")
        async for update in plant.follow(place, "batch-1"):
            print(update.progress)

The token goes to the server's own scheme, host and port only; no redirect is followed, no variable and no file is read.
Errors are drawn in `clients/plant/exceptions.py`; no call is repeated by itself, but `follow` connects again.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Mapping
from types import TracebackType
from typing import Any, Self

import httpx

from clients.plant import wire
from clients.plant.answers import (
    BatchPage,
    Health,
    LogPage,
    Machine,
    ParametersChange,
    PlantStatus,
    Started,
    Update,
)
from clients.plant.exceptions import PlantMachineNotFoundError
from clients.plant.feed import Patience, Trail, followed
from clients.plant.link import Link
from clients.plant.models import MACHINES, Line, MachineKey, Stage
from clients.plant.parameters import MixingParameters, Parameters
from clients.plant.spelling import block_name, key_of, machine_name, sent

Changes = Parameters | Mapping[str, Any]
"""All of a machine's parameters, or those that are to change."""


class PlantClient:
    """One server, used as `async with PlantClient(url) as plant`.

    `timeout_s` is for a whole answer and for opening a socket, `patience` for the pauses between the connections
    of `follow`. Every call raises PlantError, and ValueError, unsent, for what JSON cannot hold.
    """

    def __init__(
        self,
        base_url: str,
        token: str | None = None,
        *,
        timeout_s: float = 10.0,
        transport: httpx.AsyncBaseTransport | None = None,
        patience: Patience = Patience(),  # noqa: B008 - frozen
    ) -> None:
        """Raises ValueError for what is no HTTP address, or no token."""
        self._link = Link(base_url, token, timeout_s, transport)
        self._patience = patience

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Close the connections; the client cannot be used after."""
        await self._link.close()

    async def start_simulation(
        self, anode: MixingParameters | Mapping[str, float], cathode: MixingParameters | Mapping[str, float]
    ) -> Started:
        """Start a batch with these mixtures (shares of the mass: AM, CA, PVDF, solvent) and an id of the server's."""
        body = {"anode": sent(anode), "cathode": sent(cathode)}
        return wire.started(await self._link.send("POST", "/start-simulation", body))

    async def add_batch(
        self, batch_id: str, parameters: Mapping[MachineKey, Changes] | None = None, recipe: str | None = None
    ) -> Started:
        """Queue a batch; what its parameters leave out is as the machine has it now.

        `recipe` names the cell that it is to become. Raises PlantInvalidError, PlantBatchIdTakenError,
        PlantQueueFullError.
        """
        blocks = {block_name(key): sent(given) for key, given in (parameters or {}).items()}
        named = {"id": batch_id} if recipe is None else {"id": batch_id, "recipe": recipe}
        return wire.started(await self._link.send("POST", "/factory/start", {**named, **blocks}))

    async def status(self) -> PlantStatus:
        """The whole plant, with its newest 50 batches."""
        return wire.status(await self._link.get("/factory/status"))

    async def batches(self, state: str | None = None, limit: int = 50, after: str | None = None) -> BatchPage:
        """Up to `limit` (1 to 200) batches of one state or of all, newest first; `after` is the last page's `next`."""
        return wire.batches(await self._link.get("/factory/status", state=state, limit=limit, after=after))

    async def logs(
        self,
        after: str | int | None = None,
        limit: int = 100,
        batch_id: str | None = None,
        machine: MachineKey | None = None,
    ) -> LogPage:
        """The newest `limit` (1 to 1000) transitions, or the next behind `after`, a cursor or a sequence number.

        `batch_id` and `machine` choose among these. Raises PlantCursorError.
        """
        name = None if machine is None else machine_name(machine)
        return wire.log(
            await self._link.get("/factory/logs", after=after, limit=limit, batch_id=batch_id, machine=name)
        )

    async def machine(self, line: Line | str, stage: Stage | str) -> Machine:
        """One machine. Raises PlantMachineNotFoundError."""
        return wire.machine(await self._link.get(f"/machine/{machine_name(_key(line, stage))}/status"))

    async def update_parameters(self, line: Line | str, stage: Stage | str, changes: Changes) -> ParametersChange:
        """Set a machine; what is not named stays, and either all is taken or nothing.

        Raises PlantMachineNotFoundError, PlantInvalidError.
        """
        key = _key(line, stage)
        path = f"/machine/{machine_name(key)}/parameters"
        return wire.change(await self._link.send("PATCH", path, sent(changes), key))

    async def health(self) -> Health:
        """Whether the plant can do its work; an answer also where it cannot. Needs no token."""
        return wire.health(await self._link.get("/health", also=(503,)))

    def follow(
        self,
        after: str | int | None = None,
        batch_id: str | None = None,
        *,
        on_lost: Callable[[str], None] | None = None,
    ) -> AsyncGenerator[Update, None]:
        """What happens, as Transition and, between two of them, Progress; with a batch, its own, to its end.

        `after` is a cursor or a sequence number; without it, from now on, so that a batch that has ended already says
        nothing more: take `status().cursor` before adding it. Every transition comes once and in order, and no batch's
        progress falls. A connection that is lost is made again, however long that takes; `on_lost` hears why.

        Raises PlantConnectionError and PlantTimeoutError when the first connection fails; at any time PlantAuthError,
        PlantCursorError and PlantProtocolError. Leave it early by way of `contextlib.aclosing`.
        """
        return followed(self._link, Trail(after, batch_id), self._patience, on_lost)


def _key(line: str, stage: str) -> MachineKey:
    try:
        return key_of(line, stage)
    except ValueError:
        there = ", ".join(machine_name(key) for key in MACHINES)
        raise PlantMachineNotFoundError(f"there is no {line!r:.60}/{stage!r:.60}; there are {there}") from None
