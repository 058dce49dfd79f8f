"""A large tree goes slice by slice: for readers it is gone at once, and others write in between."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import Any

import pytest

from schema.ports import EntityKind, Page, Query
from server.clock import Clock
from server.stores.cells import Content, Deleted, Digest, InUseError, RowMissingError
from server.stores.errors import StorageFullError
from server.stores.sqlite.cells.store import SqliteCellStore
from server.stores.sqlite.database import Database
from server.stores.sqlite.joins.production import SqliteProductionStore
from server.stores.sqlite.search.store import SqliteSearch
from tests.server.stores.cells.nouns import CREATED, CYCLES, STEPS, instance, measurement, specification
from tests.server.stores.sqlite.test_database import all_at_once

CELLS, TESTS, AT_ONCE = 7, 5, 4
TABLES = ("cell_specification", "cell_instance", "cell_measurement", "cell_tag", "cell_blob", "cell_table", "made_cell")


def digest(name: str) -> Digest:
    return Digest(Content(f"samples/{name}", f"windows/{name}", f"overviews/{name}"), STEPS, CYCLES)


@pytest.fixture
async def store(database) -> SqliteCellStore:
    """A specification with seven cells of five tests each, deleted four at a time."""
    store = SqliteCellStore(database, Clock(), deleted_at_once=AT_ONCE)
    await store.add_specification(specification())
    await all_at_once(*[partial(store.add_instance, instance(f"c{each}", f"cell {each}")) for each in range(CELLS)])
    for cell in range(CELLS):
        for name in (f"{cell}-{test}" for test in range(TESTS)):
            await store.add_measurement(measurement(name, name, f"c{cell}", tags=("a",)), digest=digest(name))
    await database.write(
        lambda connection: connection.execute("INSERT INTO made_cell VALUES ('b-1', 1, 'c6', NULL)").fetchall()
    )
    return store


async def rows(database: Database) -> dict[str, int]:
    """How many lie in each table, whoever may see them."""

    def count(connection):
        return {table: connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] for table in TABLES}

    return await database.read(count)


async def cut_off(store: SqliteCellStore, deleting, slices: int) -> None:
    """The delete, ended by a full disk when so many slices are committed."""
    write, begun = store._database.write, 0

    async def counted(command):
        nonlocal begun
        if begun == slices:
            raise StorageFullError
        begun += 1
        return await write(command)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(store._database, "write", counted)
        await deleting


async def assert_nothing_is_seen(database: Database, store: SqliteCellStore) -> None:
    counted = Query(with_total=True)
    nothing: Page[Any] = Page((), (), has_more=False, total=0)
    assert await store.specifications(counted) == nothing
    assert await store.instances(counted) == (await store.instances_of(["spec-1"], counted))["spec-1"] == nothing
    assert await store.measurements(counted) == (await store.measurements_of(["c6"], counted))["c6"] == nothing
    assert not await store.specifications_by_id(["spec-1"])
    assert not await store.instances_by_id(["c6"])
    assert not await store.measurements_by_id(["6-4"])
    assert not await store.tags()
    production = SqliteProductionStore(database, Clock())
    assert await production.made_by(["c6"]) == {}
    assert (await production.cells_of(["b-1"], 9))["b-1"].total == 0
    lab = [EntityKind.CELL_SPECIFICATION, EntityKind.CELL_INSTANCE, EntityKind.CELL_MEASUREMENT]
    for word in ("inr", "cell", "6"):
        assert await SqliteSearch(database).find([word], lab, 9) == []


@pytest.mark.parametrize("slices", [1, 5, 9])
async def test_from_its_first_slice_on_nobody_sees_any_of_it(database, store, slices):
    await cut_off(store, store.delete_specification("spec-1", [CREATED], cascade=True), slices)

    assert (await rows(database))["cell_specification"] == 1
    await assert_nothing_is_seen(database, store)


async def test_nothing_is_put_or_changed_below_what_is_being_deleted(database, store, told):
    await cut_off(store, store.delete_specification("spec-1", cascade=True), 2)

    with pytest.raises(RowMissingError, match="spec-1"):
        await store.add_instance(instance("new", "new"), [CREATED])
    with pytest.raises(RowMissingError, match="c6"):
        await store.add_measurement(measurement("new", "new", "c6"), [CREATED])
    with pytest.raises(RowMissingError, match="6-4"):
        await store.change_measurement("6-4", lambda test: test, [CREATED])
    for delete in (
        store.delete_specification("spec-1", [CREATED], cascade=True),
        store.delete_instance("c6", [CREATED]),
        store.delete_measurement("6-4", [CREATED]),
    ):
        with pytest.raises(RowMissingError):
            await delete
    assert await told() == []
    await store.clear_deleted()
    assert set((await rows(database)).values()) == {0}


async def test_its_name_is_free_at_once(store):
    await cut_off(store, store.delete_instance("c6"), 1)
    await store.add_instance(instance("again", "cell 6"))
    await cut_off(store, store.delete_specification("spec-1", cascade=True), 1)
    await store.add_specification(specification("spec-2"))

    await store.clear_deleted()
    assert [each.id for each in (await store.specifications(Query())).items] == ["spec-2"]


async def test_others_write_between_the_slices(database, store):
    delete = asyncio.create_task(store.delete_specification("spec-1", cascade=True))
    written = 0
    while not delete.done():
        await store.add_specification(specification(f"other-{written}", f"other {written}"))
        written += 1

    gone = await delete
    assert written >= 5
    assert gone == Deleted(1, CELLS, CELLS * TESTS, gone.keys)
    assert len(gone.keys) == CELLS * TESTS * 3
    assert len((await store.specifications(Query())).items) == written


async def test_an_instance_goes_by_slices_too_and_its_neighbours_stay(database, store):
    await cut_off(store, store.delete_instance("c6"), 1)

    assert len((await store.instances(Query())).items) == CELLS - 1
    assert len((await store.measurements(Query())).items) == (CELLS - 1) * TESTS
    assert await store.tags() == {"a": (CELLS - 1) * TESTS}
    with pytest.raises(InUseError) as refused:
        await store.delete_specification("spec-1", cascade=False)
    assert refused.value.instance_count == CELLS - 1
    await store.clear_deleted()
    assert (await rows(database))["cell_measurement"] == (CELLS - 1) * TESTS


async def test_what_a_crash_left_is_cleared_away_later(path):
    async with Database.open(path) as database:
        store = SqliteCellStore(database, Clock(), deleted_at_once=2)
        await store.add_specification(specification())
        await store.add_instance(instance())
        for number in range(5):
            await store.add_measurement(measurement(f"t{number}", f"t{number}"), digest=digest(str(number)))
        await cut_off(store, store.delete_specification("spec-1", [CREATED], cascade=True), 2)
    async with Database.open(path) as database:
        store = SqliteCellStore(database, Clock())
        await assert_nothing_is_seen(database, store)
        await store.clear_deleted()
        assert set((await rows(database)).values()) == {0}
        assert await store.keys() == frozenset()
