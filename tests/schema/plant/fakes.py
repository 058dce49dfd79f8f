"""The plant's port, faked in a few lines. `calls` are what was asked, `answer` is what answers a command."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from clients.plant.models import MACHINES, LeadTime, Line, MachineFigures, MachineKey, PlantFigures, Stage
from clients.plant.parameters import CoatingParameters, defaults
from schema import ports
from schema.plant.refusals import PlantBusy
from schema.ports.plant import ReadingsWish
from tests.schema.nouns import NOW

COATER = MachineKey(Line.ANODE, Stage.COATING)
LOG = "log"


def place(sequence: int) -> ports.Position:
    return ports.Position(LOG, {"plant": sequence})


def figures(key: MachineKey) -> MachineFigures:
    return MachineFigures(key, 2, 0.5, 0.1, 0.2, 0.15, 0.05, 0.8, 0.75, 0.9, {"edge": 0.25}, 3.5)


def machine(key: MachineKey, batch_id: str | None = None) -> ports.MachineView:
    state = ports.MachineState.STARVED if batch_id is None else ports.MachineState.WORKING
    inside = () if batch_id is None else (batch_id,)
    progress, drawn_w = (0.5, 1200.0) if batch_id else (None, 0.0)
    return ports.MachineView(key, state, defaults(key), batch_id, inside, progress, figures(key), drawn_w)


RESULT = ports.StepResult(
    60.0,
    50.0,
    1.5,
    0.99,
    0,
    {"edge": 0.1},
    ("not_coatable",),
    {"film_m": 1e-4, "odd": None},  # type: ignore[dict-item]
)


def steps() -> tuple[ports.StepView, ...]:
    done = ports.StepView(MACHINES[0], ports.StepState.DONE, 1.0, RESULT)
    return (done, *(ports.StepView(key, ports.StepState.WAITING, 0.0) for key in MACHINES[1:]))


def batch(batch_id: str, state: ports.BatchState = ports.BatchState.QUEUED) -> ports.BatchView:
    own = {COATER: CoatingParameters(coating_speed=0.1)}
    return ports.BatchView(batch_id, state, 0.25, NOW, 10.0, "Pilot cell", parameters=own, steps=steps())


def entry(sequence: int, key: MachineKey | None, batch_id: str | None = "b1") -> ports.PlantEntry:
    progress = None if batch_id is None else sequence / 10
    return ports.PlantEntry(
        sequence, NOW, sequence * 1.0, "machine_working", key, batch_id, progress, {"a_s": 1}, place(sequence)
    )


FIGURES = PlantFigures(
    100.0, {"completed": 2}, 50, 0.9, 1.0, 25.0, 21.6, 1.5, LeadTime(90.0, 80.0, 120.0), COATER,
    0.54, 0.2, 4.0, 5.0, 72.2, tuple(figures(key) for key in MACHINES),
)  # fmt: skip


class FakePlant:
    """Batches b3, b2, b1 (newest first), a log in a list, and the coater at work on b1."""

    def __init__(self) -> None:
        self.rows = {each: batch(each) for each in ("b3", "b2", "b1")}
        self.entries = [entry(1, MACHINES[0]), entry(2, COATER), entry(3, None, None), entry(4, COATER, "b2")]
        self.calls: list[tuple[Any, ...]] = []
        self.following = 0
        self.answer: Any = PlantBusy(message="try again")

    def asked(self, name: str) -> list[tuple[Any, ...]]:
        return [call[1:] for call in self.calls if call[0] == name]

    def _called(self, *call: Any) -> Any:
        self.calls.append(call)
        return self.answer

    async def view(self) -> ports.PlantView:
        self.calls.append(("view",))
        machines = tuple(machine(key, "b1" if key == COATER else None) for key in MACHINES)
        speed = ports.Speed(ports.Pace.FACTOR, 60.0)
        state = ports.PlantState.RUNNING
        return ports.PlantView(state, None, 3, 2**60, 12.5, speed, ("b2", "b3"), ("b1",), machines, place(4))

    async def machine(self, key: MachineKey) -> ports.MachineView | None:
        return machine(key) if key in MACHINES else None

    async def batch(self, batch_id: str) -> ports.BatchView | None:
        return self.rows.get(batch_id)

    async def batches_by_id(self, ids: Sequence[str]) -> Mapping[str, ports.BatchView]:
        self.calls.append(("batches_by_id", *ids))
        return {each: self.rows[each] for each in ids if each in self.rows}

    async def batches(
        self,
        states: Sequence[ports.BatchState] | None = None,
        limit: int = 50,
        after: str | None = None,
        with_total: bool = False,
    ) -> ports.BatchPage:
        self.calls.append(("batches", states, limit, after, with_total))
        if limit < 1 or not (after is None or after.isdecimal()):
            raise ValueError(after)
        rows = [each for each in self.rows.values() if states is None or each.state in states]
        start = 0 if after is None else int(after[:18])
        found = tuple(rows[start : start + limit])
        places = tuple(str(start + number) for number in range(1, len(found) + 1))
        return ports.BatchPage(found, places, start + limit < len(rows), len(rows) if with_total else None)

    async def readings(self, wish: ReadingsWish) -> Mapping[MachineKey, ports.Series]:
        self.calls.append(("readings", wish))
        time = np.array([1.0, 2.0])
        return {key: ports.Series(time, dict.fromkeys(names, time * 2), 9) for key, names in wish.names.items()}

    async def figures(self, window_s: float | None = None) -> PlantFigures:
        self.calls.append(("figures", window_s))
        return replace(FIGURES, since_s=100.0 - (window_s or 100.0))

    async def log(
        self,
        after: ports.Position | None = None,
        limit: int = 100,
        batch_id: str | None = None,
        machine: MachineKey | None = None,
    ) -> tuple[Sequence[ports.PlantEntry], ports.Position]:
        self.calls.append(("log", after, limit, batch_id, machine))
        found = self._since(after)[:limit] if after else self.entries[-limit:]
        end = place(found[-1].sequence) if found else place(4)
        return [each for each in found if batch_id in (None, each.batch_id)], end

    def _since(self, after: ports.Position) -> list[ports.PlantEntry]:
        if after.log_id != LOG:
            raise ports.CursorInvalidError("the cursor belongs to another log")
        return [each for each in self.entries if each.sequence > after.seqs.get("plant", 0)]

    async def add_batch(self, *asked: Any) -> Any:
        return self._called("add_batch", *asked)

    async def cancel_batch(self, *asked: Any) -> Any:
        return self._called("cancel_batch", *asked)

    async def update_parameters(self, *asked: Any) -> Any:
        return self._called("update_parameters", *asked)

    async def pause(self) -> Any:
        return self._called("pause")

    async def resume(self) -> Any:
        return self._called("resume")

    async def set_speed(self, *asked: Any) -> Any:
        return self._called("set_speed", *asked)

    async def reset(self) -> Any:
        return self._called("reset")

    async def progress(
        self, batch_id: str | None = None, after: ports.Position | None = None
    ) -> AsyncGenerator[ports.BatchProgress, None]:
        self.calls.append(("progress", batch_id, after))
        self.following += 1
        try:
            for each in self._since(after or place(0)):
                if each.batch_id is not None and batch_id in (None, each.batch_id):
                    told = ports.BatchProgress(each.batch_id, each.progress or 0, each.simulated_s, each, each.position)
                    yield told
                    yield replace(told, progress=told.progress + 0.05, entry=None)
        finally:
            self.following -= 1

    async def samples(self) -> AsyncGenerator[Sequence[ports.BatchProgress], None]:
        self.calls.append(("samples",))
        yield [each async for each in self.progress() if each.entry is None]

    async def machine_updates(
        self, key: MachineKey | None = None, after: ports.Position | None = None
    ) -> AsyncGenerator[tuple[ports.MachineView, ports.PlantEntry], None]:
        self.calls.append(("machine_updates", key, after))
        for each in self._since(after or place(0)):
            if each.machine is not None and key in (None, each.machine):
                yield machine(each.machine), each
