"""Bringing a run back to where it was: its commands once more, in slices that leave the event loop to others."""

from __future__ import annotations

import asyncio
import time

from server.clock import Clock
from server.plant.commands import Command
from server.plant.runs.run import Design, Run
from server.plant.runs.wording import command_of
from server.plant.simulation import PlantSimulation
from server.stores.errors import StoreError
from server.stores.plant import PlantStore, RunRecord

COMMANDS_AT_ONCE = 500
SLICE_S = 0.002


class NotRepeatedError(Exception):
    """The run cannot be brought back: the reason in a sentence."""


async def restored(record: RunRecord, design: Design, store: PlantStore, clock: Clock) -> Run:
    """The run at the place where it was kept, all its commands done; raises NotRepeatedError."""
    if record.layout != design.layout:
        raise NotRepeatedError("the plant is laid out otherwise than when the run began")
    try:
        run = Run(record, design, clock, await store.live())
        await _repeat(run, store)
        await advance(run.simulation, record.place.now_s)
    except StoreError:
        raise
    except Exception as error:  # whatever stops a run now would stop it at every start
        raise NotRepeatedError(f"a command of the run can no longer be done: {error}") from error
    place = record.place
    if run.simulation.sequence < place.sequence or run.recorder.digest_then != place.digest:
        raise NotRepeatedError("the same commands no longer give the same events")
    return run


async def _repeat(run: Run, store: PlantStore) -> None:
    while records := await store.commands(run.record.number, run.commands, COMMANDS_AT_ONCE):
        for record in records:
            await do(run, command_of(record))


async def do(run: Run, command: Command) -> None:
    """What happens up to the command's time, and the command."""
    await advance(run.simulation, command.at_s)
    run.note(command)
    run.simulation.apply(command)


async def advance(simulation: PlantSimulation, to_s: float) -> None:
    """Let everything happen up to that time."""
    ends = time.perf_counter() + SLICE_S
    while (at_s := simulation.next_event_time()) is not None and at_s <= to_s:
        simulation.step()
        if time.perf_counter() > ends:
            await asyncio.sleep(0)
            ends = time.perf_counter() + SLICE_S
    simulation.run_until(max(to_s, simulation.now_s))
