"""The contract of every store of cells, against a model: each page is the part of the sorted list that it should be."""

from __future__ import annotations

import itertools
import random
from dataclasses import dataclass, replace
from typing import Any

import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from hypothesis import given, settings
from hypothesis import strategies as st

from schema.ports import Query
from server.clock import Clock
from server.stores.sqlite.cells.store import SqliteCellStore
from server.stores.sqlite.database import Database
from tests.server.stores.cells.model import Model, conditions, queries
from tests.server.stores.cells.nouns import after_noon, instance, measurement, specification

NAMES = (
    "cell",
    "Cell",
    "cell 10",
    "cell 9",
    "ÉTÉ",
    "été",
    "e\u0301te\u0301",
    "STRASSE",
    "straße",
    "50%",
    "5_",
    "*",
    "\\",
    "'",
    "",
)
LETTERS = (*NAMES, "CELL", "t", "s", "E", "1", "\U0001f50b", "eq.cell", "zz")
TAGS = ("ageing", "Ageing", "%", "\U0001f50b", "rpt", "nobody")
MOMENTS = [after_noon(minute) for minute in range(6)]
FORM_FACTORS = ("21700", "Pouch", None)

MEASUREMENT_QUERIES = queries(
    conditions(
        {
            "name": LETTERS,
            "measurement_type": ("file", "time_series", "FILE"),
            "created_by_email": ("a@b.c", "A@B", "."),
            "cell_instance_id": ("cell-1", "CELL-2"),
        },
        {"created_at": MOMENTS, "updated_at": MOMENTS, "start_time": MOMENTS},
    ),
    ("name", "created_at", "updated_at", "start_time"),
    TAGS,
)
INSTANCE_QUERIES = queries(
    conditions(
        {"name": LETTERS, "batch": ("B", "b-1"), "form_factor": ("21700", "pouch", "OU", "Pouch")},
        {"created_at": MOMENTS, "updated_at": MOMENTS},
    ),
    ("name", "created_at", "updated_at"),
    (),
)
AGAINST_THE_MODEL = settings(max_examples=150, deadline=None)


async def fill(store) -> None:
    """Three specifications, some fifty instances, a hundred and more measurements, with many equal values."""
    dice = random.Random(4)
    for number, form_factor in enumerate(FORM_FACTORS, 1):
        fields = {} if form_factor is None else {"form_factor": form_factor}
        await store.add_specification(specification(f"spec-{number}", f"spec {number}", **fields))
        for at, name in enumerate(NAMES):
            cell = instance(f"cell-{number}{at}", name, f"spec-{number}", batch=dice.choice(("b-1", "B-2", None)))
            await store.add_instance(replace(cell, created_at=dice.choice(MOMENTS), updated_at=dice.choice(MOMENTS)))
    await store.add_instance(instance("cell-1", "measured"))
    await store.add_instance(instance("cell-2", "measured", "spec-2"))
    for number in range(120):
        await store.add_measurement(any_measurement(dice, number))


def any_measurement(dice: random.Random, number: int):
    fields = {"created_by_email": dice.choice(("a@b.c", "A@B.C"))} if dice.random() < 0.7 else {}
    return measurement(
        f"test-{dice.randrange(10**6)}-{number}",
        f"{dice.choice(NAMES)}{'' if number < 2 else number}",
        dice.choice(("cell-1", "cell-2")),
        created_at=dice.choice(MOMENTS),
        updated_at=dice.choice(MOMENTS),
        start_time=dice.choice((None, *MOMENTS)),
        measurement_type=dice.choice(("file", "time_series", "properties")),
        tags=tuple(dice.sample(TAGS[:-1], dice.randrange(4))),
        fields=fields,
    )


@dataclass(frozen=True)
class Shelf:
    """A full store and its models, for tests that are no coroutines: hypothesis cannot run those."""

    store: Any
    portal: BlockingPortal
    measurements: Model
    instances: Model

    def ask(self, method, *arguments):
        return self.portal.call(getattr(self.store, method), *arguments)


async def models(store) -> tuple[Model, Model]:
    instances = (await store.instances(Query())).items
    specs = await store.specifications_by_id([f"spec-{number}" for number in (1, 2, 3)])
    borrowed = {each.id: specs[each.cell_specification_id].fields for each in instances}
    return Model((await store.measurements(Query())).items, {}), Model(instances, borrowed)


@pytest.fixture(scope="module", params=["sqlite"])
def shelf(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("shelf") / "busbar.db"
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(Database.open(path)) as database:
        store = {"sqlite": SqliteCellStore(database, Clock())}[request.param]
        portal.call(fill, store)
        yield Shelf(store, portal, *portal.call(models, store))


def check(page, expected, query) -> None:
    """The page is the part of the sorted list that was asked for."""
    shown = expected[query.offset :]
    cut = len(shown) if query.limit is None else query.limit
    assert list(page.items) == shown[:cut]
    assert page.has_more == (len(shown) > cut)
    assert len(page.places) == len(page.items)


def behind_some_row(shelf, method, model, query, data) -> tuple[Query, list[Any]]:
    """The query from a place inside its list on, and the rows behind that place."""
    expected = model.found(query)
    at = data.draw(st.none() | st.integers(0, len(expected) - 1)) if expected else None
    if at is None:
        return query, expected
    whole = shelf.ask(method, replace(query, offset=0, limit=None))
    return replace(query, after=whole.places[at]), expected[at + 1 :]


@AGAINST_THE_MODEL
@given(query=MEASUREMENT_QUERIES, data=st.data())
def test_a_page_of_all_measurements(shelf, query, data):
    asked, expected = behind_some_row(shelf, "measurements", shelf.measurements, query, data)
    page = shelf.ask("measurements", asked)

    check(page, expected, query)
    assert page.total == (len(shelf.measurements.found(query)) if query.with_total else None)


@AGAINST_THE_MODEL
@given(query=INSTANCE_QUERIES, data=st.data())
def test_a_page_of_all_instances(shelf, query, data):
    asked, expected = behind_some_row(shelf, "instances", shelf.instances, query, data)
    page = shelf.ask("instances", asked)

    check(page, expected, query)
    assert page.total == (len(shelf.instances.found(query)) if query.with_total else None)


@AGAINST_THE_MODEL
@given(query=MEASUREMENT_QUERIES, data=st.data())
def test_a_page_of_each_instance(shelf, query, data):
    asked, expected = behind_some_row(shelf, "measurements", shelf.measurements, query, data)
    pages = shelf.ask("measurements_of", ["cell-2", "gone", "cell-1"], asked)

    assert list(pages) == ["cell-2", "gone", "cell-1"]
    for parent_id, page in pages.items():
        of_all = [row for row in shelf.measurements.found(query) if row.cell_instance_id == parent_id]
        check(page, [row for row in expected if row.cell_instance_id == parent_id], query)
        assert page.total == (len(of_all) if query.with_total else None)
        assert page == shelf.ask("measurements", asked, [parent_id])


@AGAINST_THE_MODEL
@given(query=INSTANCE_QUERIES)
def test_a_page_of_each_specification(shelf, query):
    pages = shelf.ask("instances_of", ["spec-3", "spec-1"], query)

    assert list(pages) == ["spec-3", "spec-1"]
    for parent_id, page in pages.items():
        check(page, [row for row in shelf.instances.found(query) if row.cell_specification_id == parent_id], query)


@pytest.mark.parametrize("order_by", ["name", "created_at", "updated_at", "start_time"])
@pytest.mark.parametrize("is_descending", [False, True])
async def test_a_walk_over_pages_meets_every_row_once_while_others_come_and_go(store, order_by, is_descending):
    await fill(store)
    query = Query(order_by=order_by, is_descending=is_descending, limit=7)
    there = [row.id for row in (await models(store))[0].found(query)]
    dice, fresh = random.Random(order_by), itertools.count(1000)
    met: list[str] = []
    has_more = True
    while has_more:
        page = await store.measurements(query)
        met += [item.id for item in page.items]
        has_more, query = page.has_more, replace(query, after=page.places[-1])
        await store.delete_measurement(page.items[-1].id)
        await store.add_measurement(any_measurement(dice, next(fresh)))

    assert [row_id for row_id in met if row_id in there] == there
    assert len(met) == len(set(met)) > len(there), "some came in time to be met"
