"""What the plant's store promises, over the real file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from math import isnan
from pathlib import Path
from typing import Any

import pytest

from schema.ports import NewEvent, TopicFilter
from server.clock import Clock
from server.events.hub import Hub
from server.events.log import EventLog
from server.plant.runs.limits import Limits
from server.stores.plant import BatchRecord, Changes, CommandRecord, Place, RunRecord, RunState, StepRecord
from server.stores.sqlite.database import Database
from server.stores.sqlite.plant.figures import _READ
from server.stores.sqlite.plant.store import SqlitePlantStore

AT = datetime(2026, 6, 21, 12, tzinfo=UTC)
RUN = RunRecord(1, 2**70, 0.0, "layout", {"anode/mixing": {"AM": 0.5}}, "max")


@pytest.fixture
async def database(tmp_path: Path) -> AsyncIterator[Database]:
    async with Database.open(tmp_path / "busbar.db") as opened:
        yield opened


@pytest.fixture
def store(database: Database) -> SqlitePlantStore:
    return SqlitePlantStore(database, Clock())


def batch(name: str, state: str = "COMPLETED", **changed: Any) -> BatchRecord:
    fields: dict[str, Any] = {
        "run": 1,
        "state": state,
        "progress": 0.5,
        "queued_at": AT,
        "queued_s": 1.0,
        "recipe": "r",
    }
    return BatchRecord(id=name, **{**fields, **changed})


def step(name: str, machine: int, finished_s: float, **readings: float | None) -> StepRecord:
    result = {"finished_s": finished_s, "duration_s": 5.0, "energy_kwh": None, "yield_share": 0.9, "cells": 7}
    return StepRecord(name, machine, {**result, "scrap_kg": {}, "flags": [], "readings": readings})


async def begun(store: SqlitePlantStore, *batches: BatchRecord, steps: tuple[StepRecord, ...] = ()) -> None:
    await store.begin(RUN, RunState.ENDED)
    await store.keep(1, Changes(Place(1.0, 1, "d"), batches, steps))


async def test_a_run_comes_back_as_it_was_told(store) -> None:
    assert await store.run() is None
    await begun(store)
    await store.set_speed(1, "visible", [])

    assert await store.run() == replace(RUN, speed="visible", place=Place(1.0, 1, "d"))


async def test_commands_come_in_order_from_behind_a_number(store) -> None:
    await begun(store)
    told = [CommandRecord(number, float(number), "add_batch", {"batch_id": f"Ψ{number}"}) for number in (1, 2, 3)]
    for command in told:
        await store.tell(1, command)

    assert await store.commands(1, 1, 10) == told[1:]
    assert await store.commands(1, 0, 2) == told[:2]
    assert await store.commands(2, 0, 10) == []


async def test_what_happened_and_the_events_of_it_are_kept_together_or_not_at_all(store, database) -> None:
    await begun(store, batch("a", "RUNNING"))
    log = EventLog(database, Hub(), Clock())
    good, bad = NewEvent("plant", "batch/a", "batch_completed", {}), step("a", 0, float("nan"))

    with pytest.raises(ValueError, match="JSON"):
        await store.keep(1, Changes(Place(9.0, 9, "x"), [batch("a")], [bad], [good]))
    assert (await store.batches_by_id(["a"]))["a"].state == "RUNNING"
    assert (await log.since(None, [TopicFilter("plant")], 10))[0] == []

    await store.keep(1, Changes(Place(9.0, 9, "x"), [batch("a")], [step("a", 0, 8.0)], [good]))
    assert (await store.batches_by_id(["a", "b"])).keys() == {"a"}
    assert [each.kind for each in (await log.since(None, [TopicFilter("plant")], 10))[0]] == ["batch_completed"]
    assert (await store.run()).place == Place(9.0, 9, "x")


async def test_an_interruption_ends_what_was_going(store) -> None:
    await begun(store, batch("a", "RUNNING"), batch("b", "QUEUED"), batch("c"))
    await store.begin(replace(RUN, number=2), RunState.INTERRUPTED)

    found = await store.batches_by_id(["a", "b", "c"])
    assert {name: each.state for name, each in found.items()} == {
        "a": "INTERRUPTED", "b": "INTERRUPTED", "c": "COMPLETED",
    }  # fmt: skip
    assert found["a"].finished_at is not None
    assert "server was stopped" in (found["b"].reason or "")
    assert await store.live() == []


async def test_batches_are_paged_and_counted_by_state(store) -> None:
    states = ["COMPLETED", "RUNNING", "QUEUED", "COMPLETED", "CANCELLED"]
    await begun(store, *(batch(f"b{number}", state) for number, state in enumerate(states)))

    first = await store.batches(None, 2, None)
    assert [each.id for each in first] == ["b4", "b3"]
    assert [each.id for each in await store.batches(None, 9, first[-1].place)] == ["b2", "b1", "b0"]
    assert [each.id for each in await store.batches(["COMPLETED", "RUNNING"], 9, None)] == ["b3", "b1", "b0"]
    assert [each.id for each in await store.live()] == ["b1", "b2"]
    assert [await store.count(wanted) for wanted in (None, ["COMPLETED"], ["RUNNING", "FAILED"], [])] == [5, 2, 1, 0]


async def test_the_count_and_the_figures_go_by_an_index(database, store) -> None:
    await begun(store)
    counted = "SELECT count(*) FROM plant_batch WHERE state IN (SELECT value FROM json_each('[]'))"
    read = _READ.replace("?", "'[]'")
    plans = [
        await database.read(lambda c, asked=asked: c.execute(f"EXPLAIN QUERY PLAN {asked}").fetchall())
        for asked in (counted, read)
    ]

    assert "COVERING INDEX plant_batch_by_state (state=?)" in str(plans[0])
    assert "INDEX plant_step_by_time (machine=? AND <expr>>? AND <expr><?)" in str(plans[1])


async def test_figures_of_many_machines_are_columns_by_time(store) -> None:
    names = ("a", "b", "c")
    steps = (step("a", 1, 30.0, v=3.0), step("b", 1, 10.0, v=1.0), step("c", 1, 20.0), step("a", 2, 15.0, w=None))
    await begun(store, *(batch(name) for name in names), steps=steps)

    found = await store.figures({1: ("v", "cell_count", "duration_s"), 2: ("w", "energy_kwh"), 3: ("x",)}, None, None)
    within = await store.figures({1: ("v",)}, 10.0, 30.0)

    assert found[1][:, 0].tolist() == [10.0, 20.0, 30.0]
    assert found[1][[0, 2], 1:].tolist() == [[1.0, 7.0, 5.0], [3.0, 7.0, 5.0]]
    assert isnan(found[1][1, 1])
    assert (found[2].shape, bool(isnan(found[2][0, 1])), found[3].shape) == ((1, 3), True, (0, 2))
    assert within[1][:, 0].tolist() == [10.0, 20.0]


async def test_steps_come_in_the_order_of_the_machines_and_go_with_their_batch(store) -> None:
    await begun(store, batch("a"), batch("b"), batch("c", "RUNNING"), steps=(step("a", 5, 1.0), step("b", 3, 2.0),
                step("a", 1, 0.5), step("c", 0, 1.0)))  # fmt: skip
    assert [each.machine for each in (await store.steps(["a"]))["a"]] == [1, 5]

    assert await store.prune(1, 10) == 1
    assert set(await store.batches_by_id(["a", "b", "c"])) == {"b", "c"}
    assert set(await store.steps(["a", "b", "c"])) == {"b", "c"}
    assert (await store.figures({1: (), 5: ()}, None, None))[5].shape == (0, 1)


def test_a_page_is_as_long_as_elsewhere() -> None:
    assert Limits().max_page == 500
