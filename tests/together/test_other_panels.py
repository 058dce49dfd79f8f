"""A token that names one panel learns nothing of another one, by whatever way the graph or a path leads to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from itertools import count

import pytest

from schema.ports import EVERYBODY, Position, Scope, TopicFilter, Viewer
from schema.scalars import write_cursor
from server.security.views.metering import UNSEEN
from server.security.views.plant import UNSAID
from tests.together.every_field import Way, every_field, every_way
from tests.together.two_panels import ABSENT, FREE_MACHINE, SCHEMA, STOPPED, Named, Two

GRAPH = SCHEMA._schema
assert GRAPH.query_type is not None
QUERIES = every_field(GRAPH, GRAPH.query_type)
WAYS = every_way(GRAPH, "Panel", "Circuit")
NAMING = ("Query.panel", "Query.node", "Query.nodes", "Query.events")
"""The queries whose arguments can name a panel."""
ON_PANELS = {"removePanel", "setMainRelay", "setCircuitRelay", "setCircuitPriority", "renameCircuit", "wireMachine"}
SHOWN = {
    "Event.data", "EventConnection.nodes", "Machine.circuit", "Machine.stoppedBecause", "Panel.circuits",
    "PanelConnection.nodes", "PlantLogEntry.detail", "Query.panel", "SearchMatch.text", "SearchHit.node",
}  # fmt: skip
"""Some of the places where somebody who may see all finds the other panel: were there nothing, nothing were hidden."""
EVERYTHING = 1_000_000


@pytest.fixture
def few(two: Two) -> Viewer:
    """Whoever may do all, on one panel."""
    return Viewer(Scope.ADMIN, two.viewer)


async def leaks(two: Two, ways: list[Way], named: Named, viewer: Viewer) -> dict[str, list[str]]:
    """By the place, what of the other panel is told there."""
    found = {}
    for way in ways:
        told = await two.told(way.document(GRAPH, two.values(named)), viewer)
        assert "INTERNAL" not in told, (way.place, told)
        if leaked := two.leaked(told, named.words):
            found[way.place] = leaked
    return found


async def test_the_canaries_are_there_for_whoever_sees_all(two):
    shown = await leaks(two, QUERIES, two.own, EVERYBODY) | await leaks(two, WAYS, two.other, EVERYBODY)
    assert set(shown) >= SHOWN, SHOWN - set(shown)
    assert {each for leaked in shown.values() for each in leaked} == set(two.canaries)


@pytest.mark.parametrize("named", ["own", "other"])
async def test_no_field_and_no_way_tells_of_another_panel(two, few, named):
    assert await leaks(two, QUERIES + WAYS, getattr(two, named), few) == {}


async def test_its_own_panel_is_told_in_full(two, few):
    everything = [way for way in QUERIES if way.root.place == "Query.panel" and "ageSeconds" not in str(way.steps)]
    for way in everything:
        document = way.document(GRAPH, two.values(two.own)).replace("ageSeconds", "")
        assert await two.told(document, few) == await two.told(document, EVERYBODY), way.place


async def same(two: Two, way: Way, ask: Callable[[str], object]) -> None:
    """What is said of the other panel is what is said of one that there never was."""
    said = []
    for named in (two.other, ABSENT):
        told = str(await ask(way.document(GRAPH, two.values(named))))  # type: ignore[misc]
        for number, word in enumerate(named.words):
            told = told.replace(word, f"<{number}>")
        said.append(told)
    assert said[0] == said[1], way.place


async def test_queries_say_of_it_what_they_say_of_one_that_there_never_was(two, few):
    ways = [way for way in QUERIES + WAYS if way.root.place in NAMING]
    assert len(ways) > 50
    for way in ways:
        await same(two, way, lambda document: two.told(document, few))


async def test_mutations_neither_change_it_nor_say_that_it_is_there(two, few):
    world = two.opened.world
    before = world.panels.get(two.other.serial), list(world.joins.wires.all())
    names = set()
    for way in every_field(GRAPH):
        if way.root.owner is GRAPH.mutation_type and way.root.name in ON_PANELS:
            names.add(way.root.name)
            await same(two, way, lambda document: two.told(document, few))
    assert names == ON_PANELS
    after = world.panels.get(two.other.serial)
    assert (before[0].snapshot.circuits, before[0].name) == (after.snapshot.circuits, after.name)
    assert before[1] == list(world.joins.wires.all())
    told = await two.told('mutation { addPanel(host: "127.0.0.1") { __typename } }', few)
    assert json.loads(told)["errors"][0]["extensions"] == {"code": "FORBIDDEN"}


async def test_a_machine_on_it_hangs_on_nothing(two, few):
    said = []
    for key in (STOPPED, FREE_MACHINE):
        where = f"line: {key.line.name}, stage: {key.stage.name}"
        told = await two.told(
            f"mutation {{ unwireMachine({where}) {{ __typename ... on JoinRefusal {{ message }} }} }}", few
        )
        said.append(told.replace(f"{key.line}/{key.stage}", "<machine>"))
    assert said[0] == said[1]
    wish = f'line: ANODE, stage: COATING, serial: "{two.own.serial}", circuitId: "{two.own.circuit_id}"'
    wired = await two.told(f"mutation {{ wireMachine({wish}) {{ __typename }} }}", few)
    assert json.loads(wired)["data"] == {"wireMachine": {"__typename": "CircuitWired"}}
    assert two.opened.world.joins.wires.of_machine(STOPPED).serial == two.other.serial


async def test_what_is_hidden_is_said_to_be(two, few):
    document = """{ machine(line: ANODE, stage: COATING) { stoppedBecause circuit { id } }
        batch(id: "one") { meteredEnergyKwh meteredEnergyMissing sharedEnergyKwh steps { meteredEnergyKwh } } }"""
    told = json.loads(await two.told(document, few))["data"]
    assert told["machine"] == {"stoppedBecause": UNSAID, "circuit": None}
    assert (told["batch"]["meteredEnergyKwh"], told["batch"]["meteredEnergyMissing"]) == (None, UNSEEN)
    assert {each["meteredEnergyKwh"] for each in told["batch"]["steps"]} == {None}
    assert told["batch"]["sharedEnergyKwh"] is not None


async def test_a_page_of_the_log_is_full_of_what_may_be_seen(two, few):
    """Many events of the other panel lie between: they take no room on a page."""
    document = '{ events(topics: ["panel", "joins"], first: %d) { nodes { subject data } pageInfo { hasNextPage } } }'
    whole = json.loads(await two.told(document % 500, few))["data"]["events"]
    assert len(whole["nodes"]) > 1
    assert whole["pageInfo"] == {"hasNextPage": False}
    for size in range(1, len(whole["nodes"]) + 1):
        page = json.loads(await two.told(document % size, few))["data"]["events"]
        assert page["nodes"] == whole["nodes"][:size]
        assert page["pageInfo"]["hasNextPage"] is (size < len(whole["nodes"]))


async def test_a_page_of_the_search_is_full_of_what_may_be_seen(two, few):
    document = '{ search(text: "%s", first: %d, kinds: [PANEL, CIRCUIT]) { node { id } matches { text } } }'
    were_in_the_way = 0
    for word in "acdfhmnosuw":
        whole = json.loads(await two.told(document % (word, 100), few))["data"]["search"]
        for size in range(1, len(whole) + 1):
            page = json.loads(await two.told(document % (word, size), few))["data"]["search"]
            assert page == whole[:size]
            everything = await two.told(document % (word, size), EVERYBODY)
            were_in_the_way += two.leaked(everything) != []
    assert were_in_the_way > 0


# --- live --------------------------------------------------------------------------------------------------


async def test_live_feeds_of_it_are_refused_like_those_of_one_that_there_never_was(two, few):
    for way in every_field(GRAPH):
        if way.root.place in ("Subscription.panelUpdates", "Subscription.circuitPower"):
            await same(two, way, lambda document: two.heard(document, few, 1))


async def test_a_replay_of_everything_tells_nothing_of_it(two, few):
    cursor = write_cursor(Position(two.opened.world.log_id, {}))
    plant, _ = await two.opened.world.events.since(None, [TopicFilter("plant")], EVERYTHING)
    moves = sum(each.data.get("machine") is not None for each in plant)
    seen, _ = await two.opened.world.new_context("", few).events.since(
        None, [TopicFilter(each) for each in ("panel", "joins", "plant", "cells")], EVERYTHING
    )
    feeds = {
        "events(after: %r) { topic subject kind data }": len(seen),
        "machineUpdates(after: %r) { entry { detail } machine { stoppedBecause circuit { name } } }": moves,
    }
    for form, number in feeds.items():
        feed = form.replace("%r", json.dumps(cursor))
        told = await two.heard(f"subscription {{ {feed} }}", few, number)
        assert len(json.loads(told)) == number
        assert UNSAID in told
        assert two.leaked(told) == []
        assert two.leaked(await two.heard(f"subscription {{ {feed} }}", EVERYBODY, number)) != []


async def test_only_what_happens_to_its_own_panel_is_told_live(two, few):
    document = 'subscription { events(topics: ["panel"]) { subject kind } }'
    hearing = asyncio.create_task(two.heard(document, few, 1))
    for number in count():
        if hearing.done():
            break
        for named in (two.other, two.own):
            await two.switch(named, ("CLOSED", "OPEN")[number % 2])
    await two.switch(two.other, "OPEN")
    told = json.loads(await hearing)
    assert told[0]["data"]["events"]["subject"] == two.own.serial
