"""Live feeds over a real WebSocket."""

from __future__ import annotations

from typing import Any

import pytest

from schema.node import write_id
from schema.ports import Availability, Position
from schema.scalars import write_cursor
from tests.schema.nouns import KITCHEN, SERIAL, circuit, later, view
from tests.schema.serving import graph, served, until
from tests.schema.socket import Socket, connect

UPDATES = "subscription($serial: String!) { panelUpdates(serial: $serial) { serial availability circuits { powerW } } }"
POWER = """subscription($ids: [ID!], $everyMs: Int! = 1000) {
    circuitPower(serial: "nj-2316-00042", circuitIds: $ids, everyMs: $everyMs) {
        serial observedAt gridPowerW circuits { circuitId name powerW } } }"""


@pytest.fixture
async def address(schema, world):
    async with served(graph(schema, world.context)) as address:
        yield address


@pytest.fixture
async def socket(address):
    async with connect(address) as socket:
        yield socket


async def powers(socket: Socket) -> list[float]:
    data = await socket.next("1")
    return [each["powerW"] for each in data["panelUpdates"]["circuits"]]


async def test_a_panel_is_shown_at_once_and_at_each_change(socket, world):
    await socket.subscribe("1", UPDATES, serial=SERIAL)
    assert await powers(socket) == [150.0, 80.0, 0.0, -1800.0]

    for power_w in (10.0, 20.0, 30.0):
        await world.panels.show(later(world.panels.views[SERIAL], 1, circuit("c1", "Kitchen", (1,), power_w)))
        assert await powers(socket) == [power_w]


async def test_a_change_of_availability_is_an_update(socket, world):
    await socket.subscribe("1", UPDATES, serial=SERIAL)
    await socket.next("1")

    await world.panels.show(view(availability=Availability.STALE, reason="no answer for 3 s"))

    assert (await socket.next("1"))["panelUpdates"]["availability"] == "STALE"


async def test_the_feed_of_a_removed_panel_ends(socket, world):
    await socket.subscribe("1", UPDATES, serial=SERIAL)
    await socket.next("1")

    await world.panels.drop(SERIAL)

    assert await socket.receive() == {"type": "complete", "id": "1"}


async def test_two_operations_on_one_socket_each_read_the_present(socket, world):
    query = '{ panel(serial: "nj-2316-00042") { circuits { powerW } } }'
    await socket.subscribe("1", query)
    first = await socket.next("1")
    await world.panels.show(later(view(), 1, circuit("c1", "Kitchen", (1,), 7.0)))
    await socket.receive()

    await socket.subscribe("2", query)

    assert first["panel"]["circuits"][0] == {"powerW": 150.0}
    assert (await socket.next("2"))["panel"]["circuits"] == [{"powerW": 7.0}]


async def test_the_operations_of_one_socket_leave_no_loaders_in_what_they_share(schema, world):
    shared = world.context()
    async with served(graph(schema, lambda *_: shared)) as address, connect(address) as socket:
        await socket.subscribe("1", UPDATES, serial=SERIAL)
        await socket.next("1")
        await socket.subscribe("2", '{ panel(serial: "nj-2316-00042") { circuits { powerW } history } }')
        await socket.next("2")

    assert shared.loaders == {}


async def test_a_sample_has_all_circuits_that_were_asked_for(socket, world):
    await socket.subscribe("1", POWER, ids=["c1", write_id("Circuit", SERIAL, "unmapped_tab_30")], everyMs=250)

    assert (await socket.next("1"))["circuitPower"] == {
        "serial": SERIAL,
        "observedAt": "2026-06-21T11:59:58Z",
        "gridPowerW": -1570.0,
        "circuits": [
            {"circuitId": "c1", "name": "Kitchen Outlets", "powerW": 150.0},
            {"circuitId": "unmapped_tab_30", "name": "Unmapped Tab 30", "powerW": -1800.0},
        ],
    }
    assert world.panels.asked_every_s == 0.25


async def test_a_panel_that_goes_away_is_no_new_sample(socket, world):
    await socket.subscribe("1", POWER)
    await socket.next("1")

    await world.panels.show(view(sequence=2, availability=Availability.OFFLINE))
    await until(lambda: world.panels.shown == 2)
    await world.panels.show(later(view(), 5, KITCHEN))

    sample = (await socket.next("1"))["circuitPower"]
    assert (sample["observedAt"], len(sample["circuits"])) == ("2026-06-21T12:00:03Z", 1)


async def test_before_the_first_poll_there_is_no_sample_yet(socket, world):
    world.panels.views[SERIAL] = view(snapshot=None, observed_at=None)
    await socket.subscribe("1", POWER, ids=["c1"])
    await until(lambda: world.panels.shown == 1)

    await world.panels.show(view())

    assert len((await socket.next("1"))["circuitPower"]["circuits"]) == 1


@pytest.mark.parametrize(
    ("document", "variables", "code"),
    [
        (UPDATES, {"serial": "nobody"}, "PANEL_NOT_FOUND"),
        (POWER, {"ids": ["c1", "c99"]}, "CIRCUIT_NOT_FOUND"),
        (POWER, {"ids": [write_id("Circuit", "other", "c1")]}, "CIRCUIT_NOT_FOUND"),
        (POWER, {"ids": ["c1"] * 501}, "BAD_USER_INPUT"),
        (POWER, {"everyMs": 99}, "BAD_USER_INPUT"),
        (POWER, {"everyMs": 3_600_001}, "BAD_USER_INPUT"),
        ("subscription { heartbeat(everyMs: 1) { at } }", {}, "BAD_USER_INPUT"),
        ("subscription { heartbeat(count: 0) { at } }", {}, "BAD_USER_INPUT"),
        ('subscription { events(topics: ["volts"]) { kind } }', {}, "BAD_USER_INPUT"),
        ("subscription { events(topics: []) { kind } }", {}, "BAD_USER_INPUT"),
        ('subscription { events(after: "x") { kind } }', {}, "CURSOR_INVALID"),
        ("subscription { nothing }", {}, "GRAPHQL_VALIDATION_FAILED"),
    ],
)
async def test_what_cannot_be_followed_is_an_error_and_the_socket_goes_on(socket, document, variables, code):
    await socket.subscribe("1", document, **variables)

    message = await socket.receive()
    assert (message["type"], message["id"]) == ("error", "1")
    assert message["payload"][0]["extensions"]["code"] == code

    await socket.subscribe("1", "{ serverInfo { name } }")
    assert (await socket.next("1")) == {"serverInfo": {"name": "busbar"}}


async def test_r4_a_client_that_vanishes_ends_the_feed(address, world):
    async with connect(address) as socket:
        await socket.subscribe("1", UPDATES, serial=SERIAL)
        await socket.subscribe("2", "subscription { events { kind } }")
        await socket.next("1")
        await until(lambda: (world.panels.watching, world.events.following) == (1, 1))
        socket.vanish()

    await until(lambda: (world.panels.watching, world.events.following) == (0, 0))


async def test_a_client_that_completes_ends_the_feed_and_keeps_the_socket(socket, world):
    await socket.subscribe("1", UPDATES, serial=SERIAL)
    await socket.next("1")

    await socket.send({"type": "complete", "id": "1"})

    await until(lambda: world.panels.watching == 0)
    await socket.subscribe("2", "{ serverInfo { name } }")
    assert (await socket.next("2")) == {"serverInfo": {"name": "busbar"}}


async def test_a_heartbeat_beats_as_often_as_it_was_asked_to(socket, world):
    await socket.subscribe("1", "subscription { heartbeat(everyMs: 2000, count: 3) { seq at } }")

    beats = [(await socket.next("1"))["heartbeat"]["seq"] for _ in range(3)]

    assert beats == [1, 2, 3]
    assert await socket.receive() == {"type": "complete", "id": "1"}
    assert world.slept == [2.0, 2.0]


EVENTS = 'subscription($after: Cursor) { events(topics: ["panel"], after: $after) { sequence kind data cursor } }'


async def followed(socket: Socket, count: int) -> list[dict[str, Any]]:
    return [(await socket.next("1"))["events"] for _ in range(count)]


async def test_r15_a_reader_that_comes_back_with_its_cursor_misses_nothing(address, world):
    async with connect(address) as socket:
        await socket.subscribe("1", EVENTS)
        await until(lambda: world.events.following == 1)
        await world.events.tell(SERIAL, "RelayOpened", {"circuitId": "c1"})
        (first,) = await followed(socket, 1)
        socket.vanish()
    for kind in ("RelayClosed", "DoorOpened"):
        await world.events.tell(SERIAL, kind)

    async with connect(address) as socket:
        await socket.subscribe("1", EVENTS, after=first["cursor"])
        missed = await followed(socket, 2)
        await world.events.tell(SERIAL, "DoorClosed")
        live = await followed(socket, 1)

    assert [each["sequence"] for each in (first, *missed, *live)] == [1, 2, 3, 4]
    assert first["data"] == {"circuitId": "c1"}


@pytest.mark.parametrize(("log_id", "code"), [("log", "CURSOR_EXPIRED"), ("another log", "CURSOR_INVALID")])
async def test_r15_a_cursor_that_is_too_old_or_foreign_is_told_so_before_anything_is_sent(socket, world, log_id, code):
    for number in range(5):
        await world.events.tell(SERIAL, f"Happened{number}")
    world.events.pruned = 3

    await socket.subscribe("1", EVENTS, after=write_cursor(Position(log_id, {"panel": 1})))

    message = await socket.receive()
    assert message["type"] == "error"
    assert message["payload"][0]["extensions"]["code"] == code
