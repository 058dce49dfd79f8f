"""The contract of every store of cells: what goes, and which blobs are then nobody's."""

from __future__ import annotations

import pytest

from schema.ports import Query
from server.stores.cells import Chunk, Content, Deleted, Digest, InUseError, RowMissingError
from tests.server.stores.cells.nouns import CONTENT, CREATED, DIGEST, instance, measurement, specification


@pytest.fixture
async def full(lab):
    """The lab, with a second instance whose test shares a blob with the first one's."""
    await lab.add_measurement(measurement("test-2", "two", tags=("a",)), digest=DIGEST, files={"a.jpg": "files/1"})
    await lab.add_instance(instance("cell-2", "cell two"))
    shared = Digest(Content("samples/1", "samples/1", "overviews/3"), {}, {})
    await lab.add_measurement(measurement("test-3", "three", "cell-2"), digest=shared)
    await lab.add_measurement(measurement("run", "run", "cell-2", is_recording=True))
    await lab.append_chunk("run", Chunk(0, 2, b"rows"))
    return lab


async def test_a_deleted_measurement_frees_the_blobs_that_nobody_else_names(full, told):
    gone = await full.delete_measurement("test-2", [CREATED])

    assert gone == Deleted(0, 0, 1, frozenset({"windows/1", "overviews/1", "files/1"}))
    assert await full.keys() == {"samples/1", "overviews/3"}
    assert await full.steps(["test-2"]) == await full.files("test-2") == await full.tags() == {}
    assert await told() == [CREATED.kind]
    assert (await full.delete_measurement("test-3")).keys == {"samples/1", "overviews/3"}


async def test_a_deleted_instance_takes_its_measurements_along(full):
    gone = await full.delete_instance("cell-2")

    assert gone == Deleted(0, 1, 2, frozenset({"overviews/3"}))
    assert await full.chunks("run", 0, 10) == []
    assert {test.id for test in (await full.measurements(Query())).items} == {"test-1", "test-2"}


async def test_a_specification_in_use_stays(full, told):
    with pytest.raises(InUseError) as refused:
        await full.delete_specification("spec-1", [CREATED], cascade=False)

    assert refused.value.instance_count == 2
    assert len(await full.measurements_by_id(["test-1", "test-2", "test-3", "run"])) == 4
    assert await told() == []


async def test_a_cascade_takes_all_that_hangs_on_a_specification_and_nothing_else(full):
    await full.add_specification(specification("spec-2", "other"))
    await full.add_instance(instance("cell-3", parent="spec-2"))
    await full.add_measurement(measurement("test-4", parent="cell-3"), digest=Digest(CONTENT, {}, {}))

    gone = await full.delete_specification("spec-1", cascade=True)

    assert gone == Deleted(1, 2, 4, frozenset({"overviews/3", "files/1"}))
    assert [cell.id for cell in (await full.instances(Query())).items] == ["cell-3"]
    assert await full.keys() == CONTENT.keys


async def test_a_specification_without_instances_needs_no_cascade(store):
    await store.add_specification(specification())

    assert await store.delete_specification("spec-1", cascade=False) == Deleted(specifications=1)
    await store.add_specification(specification("spec-2"))


async def test_only_what_is_there_can_be_deleted(store, told):
    with pytest.raises(RowMissingError) as spec:
        await store.delete_specification("gone", [CREATED], cascade=True)
    with pytest.raises(RowMissingError) as cell:
        await store.delete_instance("gone", [CREATED])
    with pytest.raises(RowMissingError) as test:
        await store.delete_measurement("gone", [CREATED])

    assert [each.value.kind for each in (spec, cell, test)] == ["CellSpecification", "CellInstance", "CellMeasurement"]
    assert await told() == []
