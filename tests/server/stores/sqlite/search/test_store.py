"""The search over real rows: what is found, in what order, and that the index follows every change."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import replace
from itertools import chain

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clients.plant.models import MACHINES
from schema.ports import EntityKind, Hit, SearchedField, Span
from server.clock import Clock
from server.stores.sqlite.cells.store import SqliteCellStore
from server.stores.sqlite.database import Database, Limits
from server.stores.sqlite.migrations import STEPS, create_doomed, create_sealing, create_search, create_tokens
from server.stores.sqlite.panels import SqlitePanelStore
from server.stores.sqlite.plant.store import SqlitePlantStore
from server.stores.sqlite.search.store import SqliteSearch
from tests.server.stores.cells.nouns import instance, measurement, specification
from tests.server.stores.test_panels import KITCHEN
from tests.server.stores.test_plant import batch, begun
from tests.server.vault import VAULT

CIRCUITS = {"circuits": {"c1": {"name": "Dishwasher"}, "c2": {"name": None}, "c3": {"name": "Wash basin light"}}}


@pytest.fixture
async def search(database) -> SqliteSearch:
    return SqliteSearch(database)


@pytest.fixture
async def lab(database) -> SqliteCellStore:
    store = SqliteCellStore(database, Clock())
    await store.add_specification(specification(notes="Grey wrapper, from the pilot line"))
    await store.add_instance(instance(name="Zelle 7 größer", notes=None))
    await store.add_measurement(measurement(name="Formation run", fields={"notes": "the fixture was loose"}))
    return store


@pytest.fixture
async def panels(database) -> SqlitePanelStore:
    store = SqlitePanelStore(database, VAULT, Clock())
    await store.save(replace(KITCHEN, told=CIRCUITS))
    return store


def noted(notes: str):
    return lambda noun: replace(noun, fields={**noun.fields, "notes": notes})


async def found(search: SqliteSearch, text: str, *kinds: EntityKind) -> list[tuple[str, ...]]:
    hits = await search.find(text.split(), kinds or list(EntityKind), 100)
    return [(hit.kind.value, *hit.keys) for hit in hits]


@pytest.mark.parametrize(
    ("text", "thing"),
    [
        ("küch", ("Panel", "nj-2")),
        ("KUCHE", ("Panel", "nj-2")),
        ("nj-2", ("Panel", "nj-2")),
        ("dish", ("Circuit", "nj-2", "c1")),
        ("light wash", ("Circuit", "nj-2", "c3")),
        ("inr", ("CellSpecification", "spec-1")),
        ("pilot grey", ("CellSpecification", "spec-1")),
        ("grosser", None),
        ("großer", ("CellInstance", "cell-1")),
        ("loose", ("CellMeasurement", "test-1")),
        ("forma loose", ("CellMeasurement", "test-1")),
        ("B-17", ("Batch", "b-17")),
        ("anode/coat", ("Machine", "anode", "coating")),
        ("ilot", None),
        ("grey nothing", None),
    ],
)
async def test_each_thing_is_found_by_the_beginnings_of_its_words(database, search, lab, panels, text, thing):
    await begun(SqlitePlantStore(database, Clock()), batch("b-17"))

    assert await found(search, text) == ([] if thing is None else [thing])


async def test_only_the_kinds_that_are_wanted_and_no_more_than_wanted(search, lab):
    assert len(await search.find(["f"], list(EntityKind), 100)) > 2
    assert await found(search, "f", EntityKind.CELL_MEASUREMENT) == [("CellMeasurement", "test-1")]
    assert len(await search.find(["f"], list(EntityKind), 2)) == 2


async def test_all_machines_are_there(search):
    assert len(await found(search, "a c", EntityKind.MACHINE)) > 0
    lines = [await found(search, line, EntityKind.MACHINE) for line in ("anode", "cathode", "cell")]
    assert sorted(chain.from_iterable(lines)) == sorted(
        ("Machine", key.line.value, key.stage.value) for key in MACHINES
    )


async def test_a_name_weighs_more_than_notes(search, lab):
    await lab.add_instance(instance("cell-2", "other", notes="like a formation, but the formation was shorter"))

    assert await found(search, "formation", EntityKind.CELL_INSTANCE, EntityKind.CELL_MEASUREMENT) == [
        ("CellMeasurement", "test-1"),
        ("CellInstance", "cell-2"),
    ]


async def test_of_many_matches_those_that_came_or_changed_last_are_ranked(path):
    async with Database.open(path, limits=Limits(ranked_matches=4)) as database:
        store, search = SqliteCellStore(database, Clock()), SqliteSearch(database)
        await store.add_specification(specification(name="other"))
        for number in range(10):
            name, notes = (f"run {number}", "") if number in (0, 7) else (f"test {number}", "after the run")
            await store.add_instance(instance(f"c{number}", name, notes=notes))

        assert await found(search, "run") == [("CellInstance", f"c{number}") for number in (7, 6, 8, 9)]
        assert await found(search, "run 0") == [("CellInstance", "c0")]
        await store.change_instance("c0", noted("changed"))
        assert [key for _, key in await found(search, "run")] == ["c7", "c0", "c8", "c9"]
        assert await found(search, "o", EntityKind.CELL_SPECIFICATION) == [("CellSpecification", "spec-1")]


async def test_only_the_panels_that_it_is_limited_to_are_found_and_a_page_is_filled_with_them(database, panels, lab):
    for number in range(3, 30):
        told = {"circuits": {f"c{each}": {"name": "Dish"} for each in range(4)}}
        await panels.save(replace(KITCHEN, serial=f"nj-{number}", name="Küche", told=told))
    whole, some = SqliteSearch(database), SqliteSearch(database, {"nj-2", "nj-7", "nj-gone"})

    assert len(await found(whole, "nj", EntityKind.PANEL)) == 28
    assert sorted(await found(some, "nj", EntityKind.PANEL)) == [("Panel", "nj-2"), ("Panel", "nj-7")]
    own = {("Circuit", "nj-7", f"c{each}") for each in range(4)} | {("Circuit", "nj-2", "c1")}
    assert set(await found(some, "dish")) == own
    page = await some.find(["dish"], [EntityKind.CIRCUIT], 5)
    assert {(hit.kind.value, *hit.keys) for hit in page} == own
    assert await found(some, "zelle") == [("CellInstance", "cell-1")]
    assert await found(SqliteSearch(database, ()), "nj") == []


async def test_a_match_tells_where_the_words_lie(search, lab):
    await lab.change_instance("cell-1", noted("\U0001f50b ok \2\3 " + "word " * 500 + "needle"))

    (hit,) = await search.find(["needle", "zell", "größ"], list(EntityKind), 1)

    name, notes = hit.matches
    assert (name.field, name.text, name.spans) == (SearchedField.NAME, "Zelle 7 größer", (Span(0, 5), Span(8, 14)))
    assert notes.field is SearchedField.NOTES
    assert len(notes.text) < 200
    assert [notes.text[span.start : span.end] for span in notes.spans] == ["needle"]


async def test_the_index_follows_what_changes_and_goes(search, lab, panels):
    await lab.change_specification("spec-1", noted("blue"))
    await panels.save(replace(KITCHEN, name="Cellar", told={"circuits": {"c1": {"name": "Boiler"}}}))
    assert await found(search, "pilot") == await found(search, "dishwasher") == []
    assert await found(search, "küche") == []
    assert await found(search, "blue") == [("CellSpecification", "spec-1")]
    assert await found(search, "cellar") == [("Panel", "nj-2")]
    assert await found(search, "boiler") == [("Circuit", "nj-2", "c1")]

    await lab.delete_specification("spec-1", cascade=True)
    await panels.remove("nj-2")
    for text in ("blue", "zelle", "formation run", "cellar", "boiler"):
        assert await found(search, text) == []
    assert {kind for kind, *_ in await found(search, "c")} == {"Machine"}


async def test_a_write_that_is_undone_leaves_the_index_as_it_was(database, search, lab):
    def command(connection):
        connection.execute("UPDATE cell_instance SET name = 'other'")
        raise RuntimeError

    with pytest.raises(RuntimeError):
        await database.write(command)

    assert await found(search, "other") == []
    assert await found(search, "zelle") == [("CellInstance", "cell-1")]


@pytest.mark.parametrize(
    "text",
    ['"', '""', "*", "%", "NOT", "AND OR", "a NEAR b", "name:x", "(", "^a", "-a", "\U0001f50b", "a+b", "{x}",
     "'; DROP TABLE panel; --", "漢字", "\u0301", "x" * 10_000, "a " * 200],
)  # fmt: skip
async def test_nothing_that_is_typed_is_an_operator_or_an_error(search, lab, text):
    assert isinstance(await found(search, text), list)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40))
async def test_any_text_is_looked_for(search, text):
    assert isinstance(await found(search, text), list)


async def test_an_older_file_is_filled_with_what_is_there(path, monkeypatch):
    monkeypatch.setattr(
        "server.stores.sqlite.migrations.STEPS",
        (*STEPS[: STEPS.index(create_search)], create_tokens, create_sealing, create_doomed),
    )
    async with Database.open(path) as database:
        await SqlitePanelStore(database, VAULT, Clock()).save(replace(KITCHEN, told=CIRCUITS))
        lab = SqliteCellStore(database, Clock())
        await lab.add_specification(specification())
        await begun(SqlitePlantStore(database, Clock()), batch("b-17"))
    monkeypatch.undo()

    async with Database.open(path) as database:
        search = SqliteSearch(database)
        every: list[Hit] = [
            *await search.find(["nj"], list(EntityKind), 9),
            *await search.find(["inr"], list(EntityKind), 9),
        ]
        assert [hit.kind for hit in every] == [EntityKind.PANEL, EntityKind.CELL_SPECIFICATION]
        assert await found(search, "dish") == [("Circuit", "nj-2", "c1")]
        assert await found(search, "b-17") == [("Batch", "b-17")]
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("INSERT INTO search_index (search_index, rank) VALUES ('integrity-check', 1)")
