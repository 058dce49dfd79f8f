"""How many statements SQLite is asked, and whether it can answer them from an index."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import pytest

from schema.ports import Comparison, Condition, Query
from server.clock import Clock
from server.stores.sqlite.cells import pages
from server.stores.sqlite.cells.instances import INSTANCE
from server.stores.sqlite.cells.measurements import MEASUREMENT
from server.stores.sqlite.cells.specifications import SPECIFICATION
from server.stores.sqlite.cells.store import SqliteCellStore
from tests.server.stores.cells.nouns import DIGEST, NOON, instance, measurement, specification
from tests.server.stores.sqlite.test_database import all_at_once

INSTANCES, TESTS = 100, 3
CELLS = [f"cell-{number}" for number in range(INSTANCES)]
MEASURED = [f"{number}/{test}" for number in range(INSTANCES) for test in range(TESTS)]


@pytest.fixture
async def store(database):
    store = SqliteCellStore(database, Clock(now=lambda: NOON))
    await store.add_specification(specification())
    cells = [instance(cell_id, cell_id) for cell_id in CELLS]
    tests = [measurement(name, name, f"cell-{name.split('/')[0]}", tags=("a",)) for name in MEASURED]
    await all_at_once(*[partial(store.add_instance, cell) for cell in cells])
    await all_at_once(*[partial(store.add_measurement, test, digest=DIGEST) for test in tests])
    return store


@pytest.fixture
def statements(database):
    """What the readers were asked, as SQLite itself tells it."""
    asked: list[str] = []
    for connection in database._readers._idle.queue:
        connection.set_trace_callback(asked.append)
    return lambda: [statement for statement in asked if re.match(r"\s*(SELECT|WITH)", statement)]


FILTERED = Query(
    conditions=(Condition("name", Comparison.CONTAINS, "/"), Condition("created_at", Comparison.EQUALS, NOON)),
    tags_all=("a",),
    order_by="start_time",
    limit=2,
)


@pytest.mark.parametrize("count", [1, INSTANCES])
async def test_a_page_of_each_parent_is_one_statement_whatever_the_breadth(store, statements, count):
    found = await store.measurements_of(CELLS[:count], FILTERED)

    assert [len(page.items) for page in found.values()] == [2] * count
    assert len(statements()) == 1


async def test_the_totals_are_one_more(store, statements):
    found = await store.measurements_of(CELLS, Query(limit=1, with_total=True))

    assert {page.total for page in found.values()} == {TESTS}
    assert len(statements()) == 2


@pytest.mark.parametrize(
    "read", ["measurements_by_id", "steps", "cycles", "contents"], ids=["rows", "steps", "cycles", "contents"]
)
async def test_what_belongs_to_measurements_is_one_statement(store, statements, read):
    assert len(await getattr(store, read)(MEASURED)) == len(MEASURED)
    assert len(statements()) == 1


async def test_from_specification_to_steps_is_one_statement_a_level(store, statements):
    (spec,) = (await store.specifications(Query())).items
    cells = (await store.instances_of([spec.id], Query()))[spec.id].items
    of_cells = await store.measurements_of([cell.id for cell in cells], Query())
    ids = [test.id for page in of_cells.values() for test in page.items]

    assert len(await store.steps(ids)) == INSTANCES * TESTS
    assert len(statements()) == 4


async def test_a_page_is_no_longer_than_it_may_be(store, monkeypatch):
    monkeypatch.setattr(pages, "LISTED_AT_MOST", 2)
    whole, wished = await store.instances(Query()), await store.instances(Query(limit=50))

    assert (len(whole.items), whole.has_more) == (len(wished.items), wished.has_more) == (2, True)
    each = await store.measurements_of(["cell-1"], Query(with_total=True))
    assert (len(each["cell-1"].items), each["cell-1"].has_more, each["cell-1"].total) == (2, True, 3)


async def plan_of(database, read, *asked) -> list[str]:
    """SQLite's plan for the first statement of a read."""

    def explained(connection) -> list[str]:
        statements: list[str] = []
        connection.set_trace_callback(statements.append)
        read(connection, *asked)
        connection.set_trace_callback(None)
        return [row[3] for row in connection.execute(f"EXPLAIN QUERY PLAN {statements[0]}")]

    plan: list[str] = await database.read(explained)
    return plan


KINDS: list[tuple[Any, list[list[str] | None]]] = [
    (SPECIFICATION, [None]),
    (INSTANCE, [None, ["spec-1"]]),
    (MEASUREMENT, [None, ["cell-1"]]),
]
LISTS = [
    pytest.param(kind, order, direction, parents, id=f"{kind.name}-{order}-{direction}-{'one' if parents else 'all'}")
    for kind, of in KINDS
    for order in kind.orders
    for direction in ("up", "down")
    for parents in of
]


@pytest.mark.parametrize(("kind", "order", "direction", "parents"), LISTS)
async def test_every_list_is_read_off_an_index_from_its_place_on(store, database, kind, order, direction, parents):
    lists = {"CellSpecification": store.specifications, "CellInstance": store.instances}
    page = await lists.get(kind.name, store.measurements)(
        Query(order_by=order, is_descending=direction == "down", limit=1)
    )
    query = Query(order_by=order, is_descending=direction == "down", limit=5, after=page.places[0])

    plan = await plan_of(database, pages.page, kind, query, parents)

    assert not [step for step in plan if "ORDER BY" in step], "sorted by hand"
    assert any(re.search(rf"SEARCH {kind.table} USING INDEX .*[<>]", step) for step in plan), plan


@pytest.mark.parametrize("order", list(MEASUREMENT.orders))
async def test_a_page_of_each_parent_looks_only_at_the_rows_it_shows(store, database, order):
    query = Query(order_by=order, limit=2)
    plan = await plan_of(database, pages.pages_of, MEASUREMENT, CELLS, query)

    assert plan[:2] == [
        "SCAN json_each VIRTUAL TABLE INDEX 1:",
        "SEARCH cell_measurement USING INTEGER PRIMARY KEY (rowid=?)",
    ]
    assert re.match(r"SEARCH cell_measurement USING (COVERING )?INDEX \S+ \(instance_id=\?\)", plan[3]), plan
    assert len([step for step in plan if step == "USE TEMP B-TREE FOR ORDER BY"]) == 1, "only what is shown is sorted"
