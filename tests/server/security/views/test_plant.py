"""The plant as a token with a list of panels sees it: all of it, but no word of the panel that stopped a machine."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from clients.plant.models import Line, MachineKey, Stage
from schema import ports
from schema.plant.refusals import PlantBusy
from schema.ports.plant import ReadingsWish
from server.security.views.plant import UNSAID, ReticentPlant
from tests.schema.plant.fakes import COATER, FakePlant, entry, machine, place

SECRET = "nj-other"
REASON = f"circuit Hall of panel {SECRET} is open"
BUSY = PlantBusy(message="try again")


def stopped(key: MachineKey) -> ports.MachineView:
    return replace(machine(key), state=ports.MachineState.DOWN, stopped_because=REASON)


class StoppedPlant(FakePlant):
    """Every machine of it stands, because of another panel."""

    def __init__(self) -> None:
        super().__init__()
        down = {"cause": "stopped", "reason": REASON}
        self.entries = [replace(each, kind="machine_down", detail=down) for each in self.entries]
        self.entries.append(replace(entry(5, COATER), detail={"cause": "cancelled", "reason": "by a user"}))

    async def view(self) -> ports.PlantView:
        return replace(await super().view(), machines=tuple(stopped(key) for key in (COATER,)))

    async def machine(self, key: MachineKey) -> ports.MachineView | None:
        return stopped(key) if key == COATER else None

    def stopped(self) -> dict[MachineKey, str]:
        return {COATER: REASON}

    async def stop_machine(self, *asked: Any) -> Any:
        return self._called("stop_machine", *asked)

    async def start_machine(self, *asked: Any) -> Any:
        return self._called("start_machine", *asked)

    async def machine_updates(self, *asked: Any) -> Any:
        async for view, each in super().machine_updates(*asked):
            yield stopped(view.key), each


@pytest.fixture
def plant() -> StoppedPlant:
    return StoppedPlant()


@pytest.fixture
def some(plant: StoppedPlant) -> ReticentPlant:
    return ReticentPlant(plant)


async def test_how_it_stands_is_told_without_the_reason(some):
    view = await some.view()
    found = await some.machine(COATER)
    assert (found.stopped_because, found.state) == (UNSAID, ports.MachineState.DOWN)
    assert view.machines == (found,)
    assert some.stopped() == {COATER: UNSAID}
    assert await some.machine(MachineKey(Line.CELL, Stage.MIXING)) is None
    assert SECRET not in repr((view, found))


async def test_what_happened_is_told_without_the_reason_and_all_else_stays(some, plant):
    entries, behind = await some.log(place(0), 10, None, None)
    theirs, end = await plant.log(place(0), 10)
    assert behind == end
    assert [replace(each, detail={}) for each in entries] == [replace(each, detail={}) for each in theirs]
    assert [each.detail["reason"] for each in entries] == [UNSAID] * 4 + ["by a user"]
    feeds = [each async for each in some.progress(None, place(0))], [each async for each in some.machine_updates()]
    assert len(feeds[0]) > 4
    assert len(feeds[1]) == 4
    assert SECRET not in repr(feeds)
    assert [each.entry is None for each in feeds[0]][:2] == [False, True]
    assert len([each async for each in some.samples()]) == 1


@pytest.mark.parametrize("name", ["pause", "resume", "reset"])
async def test_the_plant_that_answers_a_command_says_no_more(some, plant, name):
    plant.answer = await plant.view()
    assert SECRET in repr(plant.answer)
    assert SECRET not in repr(await getattr(some, name)())
    plant.answer = BUSY
    assert await getattr(some, name)() is BUSY


async def test_the_speed_and_a_machine_that_answer_a_command_say_no_more(some, plant):
    plant.answer = await plant.view()
    assert SECRET not in repr(await some.set_speed(None))
    plant.answer = stopped(COATER)
    for answer in (await some.stop_machine(COATER, "x"), await some.start_machine(COATER)):
        assert (answer.stopped_because, answer.key) == (UNSAID, COATER)
    plant.answer = ports.ParametersChanged(stopped(COATER), ports.Applies.NOW, "done")
    changed = await some.update_parameters(COATER, {})
    assert (changed.machine.stopped_because, changed.message) == (UNSAID, "done")
    plant.answer = BUSY
    for answer in (await some.update_parameters(COATER, {}), await some.start_machine(COATER)):
        assert answer is BUSY
    assert [call[0] for call in plant.calls][-2:] == ["update_parameters", "start_machine"]


async def test_whatever_names_no_panel_is_asked_of_the_plant_itself(some, plant):
    assert await some.batch("b1") == await plant.batch("b1")
    assert await some.batches_by_id(["b1"]) == await plant.batches_by_id(["b1"])
    assert await some.batches(None, 2, None, with_total=True) == await plant.batches(None, 2, None, with_total=True)
    assert await some.figures(5.0) == await plant.figures(5.0)
    wish = ReadingsWish({COATER: ("energy_kwh",)}, None, None, 9)
    assert (await some.readings(wish)).keys() == {COATER}
    plant.answer = await plant.batch("b1")
    assert await some.add_batch("b9", None, "Pilot") == await some.cancel_batch("b9") == plant.answer
    assert plant.calls[-2:] == [("add_batch", "b9", None, "Pilot"), ("cancel_batch", "b9")]
