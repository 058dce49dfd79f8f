"""What the meters said of a batch, in the graph."""

from __future__ import annotations

import pytest

from clients.plant.models import MACHINES
from schema.ports import MeteredEnergy

QUERY = """{ batches(first: 100) { nodes { batchId energyKwh meteredEnergyKwh meteredEnergyMissing sharedEnergyKwh
    steps { line stage result { energyKwh } meteredEnergyKwh } } } }"""


async def test_a_batch_shows_what_was_metered_beside_the_model(ask, world):
    batches = (await ask("{ batches(first: 100) { nodes { batchId } } }"))["batches"]["nodes"]
    first, *others = [each["batchId"] for each in batches]
    world.metering.energies[first] = MeteredEnergy(2.5, None, {MACHINES[0]: 1.5, MACHINES[1]: 1.0})
    world.metering.shared = 4.25

    answer = await ask(QUERY)

    assert answer["errors"] == []
    shown = {each["batchId"]: each for each in answer["batches"]["nodes"]}
    assert (shown[first]["meteredEnergyKwh"], shown[first]["meteredEnergyMissing"]) == (2.5, None)
    assert [step["meteredEnergyKwh"] for step in shown[first]["steps"][:3]] == [1.5, 1.0, None]
    for other in others:
        assert (shown[other]["meteredEnergyKwh"], shown[other]["meteredEnergyMissing"]) == (None, "nothing was metered")
        assert {step["meteredEnergyKwh"] for step in shown[other]["steps"]} == {None}
    assert {each["sharedEnergyKwh"] for each in shown.values()} <= {4.25, None}
    assert shown[first]["sharedEnergyKwh"] == 4.25


@pytest.mark.parametrize("first", [1, 100])
async def test_all_fields_ask_together_and_once_whatever_the_breadth(ask, world, first):
    await ask(QUERY.replace("first: 100", f"first: {first}"))
    assert len(world.metering.calls) == 1
    assert all(len(set(ids)) == len(ids) for ids in world.metering.calls)
