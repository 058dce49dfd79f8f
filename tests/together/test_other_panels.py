"""A token that names one panel learns nothing of another one, by whatever way the graph or a path leads to it."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count

import httpx
import pytest
from websockets.asyncio.client import connect

from schema.ports import EVERYBODY, Position, Scope, TopicFilter, Viewer
from schema.scalars import write_cursor
from server.config import DATABASE_FILE
from server.frames import FramesProtocol
from server.security.tokens import hashed
from server.security.views.metering import UNSEEN
from server.security.views.plant import UNSAID
from server.stores.sqlite.tokens.file import opened as tokens
from server.stores.sqlite.tokens.store import SqliteTokenStore
from server.stores.tokens import TokenRecord
from tests.schema.serving import served
from tests.together.every_field import Way, every_field, every_way
from tests.together.two_panels import ABSENT, FREE_MACHINE, SCHEMA, STOPPED, Named, Two, two_panels

GRAPH = SCHEMA._schema
assert GRAPH.query_type is not None
QUERIES = every_field(GRAPH, GRAPH.query_type)
WAYS = every_way(GRAPH, "Panel", "Circuit")
NAMING = ("Query.panel", "Query.node", "Query.nodes", "Query.events")
"""The queries whose arguments can name a panel."""
ON_PANELS = {"removePanel", "setMainRelay", "setCircuitRelay", "setCircuitPriority", "renameCircuit", "wireMachine"}
SHOWN = {
    "Circuit.panel", "Event.data", "EventConnection.nodes", "Machine.circuit", "Machine.stoppedBecause",
    "PanelConnection.nodes", "PlantLogEntry.detail", "Query.panel", "SearchMatch.text", "SearchHit.node",
}  # fmt: skip
"""Some of the places where somebody who may see all finds the other panel: were there nothing, nothing were hidden."""
EVERYTHING = 1_000_000


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def two(anyio_backend, tmp_path_factory, span_panel_thread):
    async with two_panels(tmp_path_factory.mktemp("apart") / "data", span_panel_thread) as two:
        yield two


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
    shown = await leaks(two, QUERIES + WAYS, two.other, EVERYBODY)
    shown |= await leaks(two, QUERIES + WAYS, two.own, EVERYBODY)
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
    listening = asyncio.create_task(two.heard(document, few, 1))
    switch = 'mutation { setCircuitRelay(serial: "%s", circuitId: "%s", state: %s) { __typename } }'
    for number in count():
        if listening.done():
            break
        state = ("OPEN", "CLOSED")[number % 2]
        for named in (two.other, two.own):
            circuit = two.opened.world.panels.get(named.serial).snapshot.circuits[0].id
            await two.told(switch % (named.serial, circuit, state), EVERYBODY)
        await asyncio.sleep(0.01)
    told = json.loads(await listening)
    assert told[0]["data"]["events"]["subject"] == two.own.serial


# --- REST --------------------------------------------------------------------------------------------------


@pytest.fixture
async def keys(two: Two, few: Viewer):
    """A token that sees all and one that does not, for as long as a test takes."""
    path, door = two.opened.app.state.config.server.data / DATABASE_FILE, two.opened.app.state.door
    store = SqliteTokenStore(two.opened.world.database)
    now = datetime(2026, 6, 21, tzinfo=UTC)
    with tokens(path) as file:
        for name, viewer in (("all", EVERYBODY), ("few", few)):
            file.add(TokenRecord(name, name, hashed(name), viewer, now), max_tokens=2)
        door.know(await store.all())
        yield ("all", "few")
        for name in ("all", "few"):
            file.revoke(name)
        door.know(await store.all())


async def got(two: Two, path: str, token: str) -> httpx.Response:
    return await two.opened.http.get(path, headers={"x-api-key": token})


async def test_paths_tell_nothing_of_it(two, keys):
    for path in ("/factory/status", "/factory/logs?limit=1000", "/machine/anode/coating/status"):
        whole, some = [await got(two, path, token) for token in keys]
        assert (whole.status_code, some.status_code) == (200, 200), some.text
        assert two.leaked(whole.text) != [], path
        assert two.leaked(some.text) == [], path
        assert whole.json().keys() == some.json().keys()


async def test_the_export_says_of_it_what_it_says_of_one_that_there_never_was(two, keys):
    for metric in ("POWER_W", "CONSUMED_ENERGY_WH"):
        for with_circuit in (False, True):
            said = []
            for named in (two.other, ABSENT):
                circuit = f"&circuit={named.circuit_id}" if with_circuit else ""
                path = f"/export/series?panel={named.serial}&metric={metric}{circuit}"
                answer = await got(two, path, "few")
                said.append((answer.status_code, answer.text.replace(named.serial, "<serial>")))
                assert (await got(two, path, "all")).status_code == (200 if named is two.other else 404)
            assert said[0] == said[1]
            assert said[0][0] == 404
    assert (await got(two, f"/export/series?panel={two.own.serial}", "few")).status_code == 200


@pytest.mark.parametrize("ws", ["websockets-sansio", FramesProtocol])
async def test_the_plants_socket_tells_nothing_of_it(two, keys, ws):
    last = (await two.opened.world.events.position()).seqs["plant"]
    heard: dict[str, str] = {}
    async with served(two.opened.app, ws=ws) as at:
        for token in (*keys, *keys):
            async with connect(f"ws://{at}/ws/status?after=0", additional_headers={"x-api-key": token}) as socket:
                messages = [str(await socket.recv())]
                while json.loads(messages[-1])["sequence"] < last or len(messages) == 1:
                    messages.append(str(await asyncio.wait_for(socket.recv(), 20)))
            heard[token] = "\n".join(messages)
            assert (two.leaked(heard[token]) == []) is (token == "few")
    assert UNSAID in heard["few"]
    assert len(heard["few"].splitlines()) == len(heard["all"].splitlines())
