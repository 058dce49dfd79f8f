"""The client against the whole application on a real socket."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path
from typing import Any

import pytest

from clients.plant.answers import Progress, Transition
from clients.plant.client import PlantClient
from clients.plant.exceptions import (
    PlantAuthError,
    PlantBatchIdTakenError,
    PlantConnectionError,
    PlantCursorError,
    PlantInvalidError,
    PlantMachineNotFoundError,
)
from clients.plant.models import MACHINES, Line, MachineKey, Stage
from clients.plant.parameters import CoatingParameters, MixingParameters
from tests.clients.plant.world import IMPATIENT, RATIOS, busbar, transitions, until_end

DOCUMENT = Path(__file__).parents[3] / "docs" / "plant.md"
COATER = MachineKey(Line.ANODE, Stage.COATING)
CALENDER = MachineKey(Line.CATHODE, Stage.CALENDERING)


@pytest.fixture(scope="module")
async def address(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[str]:
    async with busbar(tmp_path_factory.mktemp("plant")) as url:
        yield url


@pytest.fixture
async def plant(address: str) -> AsyncIterator[PlantClient]:
    async with PlantClient(address, patience=IMPATIENT) as client:
        yield client


async def test_a_batch_from_its_order_to_its_figures(plant: PlantClient) -> None:
    place = (await plant.status()).cursor
    started = await plant.add_batch("whole", {CALENDER: {"roll_gap": 0.0002}}, recipe="a cell")
    assert started.batch_id == "whole"
    assert started.state in ("queued", "running", "completed")  # at this speed it may be through by then

    updates = await until_end(plant, place, "whole")
    told = list(transitions(updates))
    assert told[-1].is_last
    assert [each.is_last for each in told].count(True) == 1
    assert {each.machine for each in told} >= set(MACHINES)
    progress = [each.progress for each in updates if each.progress is not None]
    assert progress == sorted(progress)
    assert progress[-1] == 1.0

    status = await plant.status()
    assert set(status.machines) == set(MACHINES)
    assert {each.machine for each in status.figures.machines} == set(MACHINES)
    (batch,) = [each for each in status.batches.items if each.id == "whole"]
    assert (batch.state, batch.recipe, batch.progress) == (told[-1].kind.removeprefix("batch_"), "a cell", 1.0)
    assert [step.machine for step in batch.steps] == list(MACHINES)
    assert all(step.result and step.result.duration_s > 0 for step in batch.steps)
    assert set(batch.parameters) == {CALENDER}

    log: list[Transition] = []
    behind = place
    while (page := await plant.logs(behind, 7)).cursor != behind:
        log += [each for each in page.entries if each.batch_id == "whole"]
        behind = page.cursor
    assert log == told
    chosen = await plant.logs(place, 1000, "whole", CALENDER)
    assert chosen.entries == tuple(each for each in told if each.machine == CALENDER) != ()


async def test_the_mixtures_alone(plant: PlantClient) -> None:
    started = await plant.start_simulation(MixingParameters(**RATIOS), RATIOS)
    (batch,) = [each for each in (await plant.batches()).items if each.id == started.batch_id]
    assert batch.parameters[MachineKey(Line.ANODE, Stage.MIXING)] == MixingParameters(**RATIOS)


async def test_pages_of_batches(plant: PlantClient) -> None:
    for number in range(5):
        place = (await plant.status()).cursor
        await plant.add_batch(f"page-{number}")
        await until_end(plant, place, f"page-{number}")
    found, after = [], None
    while True:
        page = await plant.batches(limit=2, after=after)
        found += [each.id for each in page.items]
        if (after := page.next) is None:
            break
    assert [each for each in found if each.startswith("page-")] == [f"page-{number}" for number in (4, 3, 2, 1, 0)]
    assert (await plant.batches("cancelled")).items == ()


async def test_setting_a_machine(plant: PlantClient) -> None:
    before = await plant.machine(Line.ANODE, Stage.COATING)
    assert before.key == COATER
    assert isinstance(before.parameters, CoatingParameters)
    changed = await plant.update_parameters("anode", "coating", {"coating_speed": 0.2})
    assert changed.parameters == before.parameters.changed({"coating_speed": 0.2})
    assert changed.applies in ("now", "next_batch")
    back = await plant.update_parameters(Line.ANODE, Stage.COATING, before.parameters)
    assert back.parameters == before.parameters
    for spelt in ("calendering", "calendaring"):
        assert (await plant.machine("cathode", spelt)).key == CALENDER


async def test_health(plant: PlantClient) -> None:
    health = await plant.health()
    assert (health.is_healthy, health.database, health.reasons) == (True, "connected", {})


async def test_refused_parameters_field_by_field(plant: PlantClient) -> None:
    with pytest.raises(PlantInvalidError) as caught:
        await plant.add_batch("bad", {COATER: {"coating_speed": -1, "nonsense": 1}, CALENDER: {"roll_gap": True}})
    assert {(each.machine, each.field) for each in caught.value.fields} == {
        (COATER, "coating_speed"),
        (COATER, "nonsense"),
        (CALENDER, "roll_gap"),
    }
    with pytest.raises(PlantInvalidError) as caught:
        await plant.update_parameters(*("cathode", "calendering"), {"roll_gap": -2.0})
    (field,) = caught.value.fields
    assert (field.machine, field.field, field.value) == (CALENDER, "roll_gap", -2.0)
    assert "roll_gap" in field.message
    with pytest.raises(PlantInvalidError) as caught:
        await plant.start_simulation({**RATIOS, "AM": 2.0}, RATIOS)
    assert {(each.machine, each.field) for each in caught.value.fields} == {
        (MachineKey(Line.ANODE, Stage.MIXING), "AM")
    }
    with pytest.raises(PlantInvalidError) as caught:
        await plant.add_batch("")
    assert (caught.value.fields[0].machine, caught.value.fields[0].field) == (None, "id")


async def test_refusals_of_their_own_kind(plant: PlantClient) -> None:
    await plant.add_batch("taken")
    with pytest.raises(PlantBatchIdTakenError):
        await plant.add_batch("taken")
    for line, stage in (("cell", "mixing"), ("anode", "baking"), ("../..", "coating")):
        with pytest.raises(PlantMachineNotFoundError):
            await plant.machine(line, stage)
    with pytest.raises(PlantInvalidError):
        await plant.logs(limit=100_000)
    with pytest.raises(ValueError, match="not sent"):
        await plant.update_parameters("anode", "coating", {"coating_speed": float("nan")})


@pytest.mark.parametrize("after", ["nonsense", 10**9, "", "a&b=c"])
async def test_a_cursor_that_leads_nowhere(plant: PlantClient, after: str | int) -> None:
    with pytest.raises(PlantCursorError):
        await plant.logs(after)
    with pytest.raises(PlantCursorError):
        await anext(plant.follow(after))


async def test_many_at_once_see_the_same(plant: PlantClient) -> None:
    place = (await plant.status()).cursor
    following = [asyncio.create_task(until_end(plant, place, "shared")) for _ in range(10)]
    await plant.add_batch("shared")
    seen = [list(transitions(each)) for each in await asyncio.gather(*following)]
    assert all(each == seen[0] for each in seen)


async def test_leaving_early_closes_the_socket(plant: PlantClient) -> None:
    place = (await plant.status()).sequence
    await plant.add_batch("left")
    async with aclosing(plant.follow(place)) as updates:
        first = await anext(updates)
    assert isinstance(first, Transition | Progress)
    assert first.sequence == place + 1
    with pytest.raises(StopAsyncIteration):
        await anext(updates)


async def test_the_token_is_asked_for(tmp_path: Path) -> None:
    async with busbar(tmp_path, tokens=("a-long-enough-token-0123456789",)) as url:
        async with PlantClient(url, "a-long-enough-token-0123456789") as known:
            place = (await known.status()).cursor
            await known.add_batch("mine")
            assert (await until_end(known, place, "mine"))[-1].progress == 1.0
        for token in (None, "a-wrong-token-9876543210"):
            async with PlantClient(url, token) as stranger:
                assert (await stranger.health()).is_healthy
                with pytest.raises(PlantAuthError):
                    await stranger.status()
                with pytest.raises(PlantAuthError):
                    await anext(stranger.follow())


async def test_nobody_there() -> None:
    async with PlantClient("http://127.0.0.1:9") as client:
        with pytest.raises(PlantConnectionError) as caught:
            await client.add_batch("one")
        assert not caught.value.outcome_unknown
        with pytest.raises(PlantConnectionError):
            await anext(client.follow())


async def test_the_document_s_program(address: str, capsys: pytest.CaptureFixture[str]) -> None:
    (program,) = re.findall(r"^```python\n(.*?)^```$", DOCUMENT.read_text(), re.DOTALL | re.MULTILINE)
    names: dict[str, Any] = {"__name__": "program"}
    exec(program, names)
    await names["main"](address)
    assert capsys.readouterr().out.splitlines()[-1].endswith("s: 100%")
