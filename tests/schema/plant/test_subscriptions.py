"""The plant over a real WebSocket: replay, then live, and on with a cursor after a loss."""

from __future__ import annotations

from typing import Any

import pytest

from schema.node import write_id
from schema.ports import Position
from schema.scalars import write_cursor
from tests.schema.plant.fakes import COATER, entry, place
from tests.schema.serving import graph, served, until
from tests.schema.socket import Socket, connect

PROGRESS = """subscription($id: ID, $after: Cursor) { simulationProgress(batchId: $id, after: $after) {
    batchId progress simulatedS cursor entry { sequence kind } batch { batchId } } }"""
UPDATES = """subscription($line: Line, $stage: Stage, $after: Cursor) { machineUpdates(line: $line, stage: $stage,
    after: $after) { cursor machine { line stage } entry { sequence } } }"""


@pytest.fixture
async def address(schema, world):
    async with served(graph(schema, world.context)) as address:
        yield address


@pytest.fixture
async def socket(address):
    async with connect(address) as socket:
        yield socket


async def all_of(socket: Socket, name: str, query: str, **variables: Any) -> list[dict[str, Any]]:
    await socket.subscribe("1", query, **variables)
    found = []
    while (message := await socket.receive())["type"] == "next":
        assert "errors" not in message["payload"], message
        found.append(message["payload"]["data"][name])
    assert message["type"] == "complete", message
    return found


async def test_a_batch_is_followed_to_its_end(socket, world):
    world.plant.entries.insert(2, entry(3, COATER))

    found = await all_of(socket, "simulationProgress", PROGRESS, id="b1")

    assert [each["entry"] and each["entry"]["sequence"] for each in found] == [1, None, 2, None, 3, None]
    assert [each["progress"] for each in found] == pytest.approx([0.1, 0.15, 0.2, 0.25, 0.3, 0.35])
    assert found[0]["batch"] == {"batchId": "b1"}
    assert found[2]["cursor"] == write_cursor(place(2))
    assert world.plant.following == 0


async def test_a_reader_that_comes_back_with_its_cursor_goes_on_behind_it(address, world):
    async with connect(address) as socket:
        await socket.subscribe("1", PROGRESS)
        first = (await socket.next("1"))["simulationProgress"]
        socket.vanish()
    await until(lambda: world.plant.following == 0)

    async with connect(address) as socket:
        found = await all_of(socket, "simulationProgress", PROGRESS, after=first["cursor"])

    assert [each["entry"]["sequence"] for each in found if each["entry"]] == [2, 4]
    assert world.plant.asked("progress") == [(None, None), (None, place(1))]


@pytest.mark.parametrize(
    ("chosen", "asked", "found"),
    [({}, None, [1, 2, 4]), ({"line": "ANODE"}, None, [1, 2, 4]), ({"stage": "MIXING"}, None, [1]),
     ({"line": "CATHODE"}, None, []), ({"line": "ANODE", "stage": "COATING"}, COATER, [2, 4])],
)  # fmt: skip
async def test_machines_are_followed(socket, world, chosen, asked, found):
    told = await all_of(socket, "machineUpdates", UPDATES, after=write_cursor(place(0)), **chosen)

    assert [each["entry"]["sequence"] for each in told] == found
    assert [each["cursor"] for each in told] == [write_cursor(place(number)) for number in found]
    assert world.plant.asked("machine_updates")[0] == (asked, place(0))


@pytest.mark.parametrize(
    ("query", "variables", "code"),
    [
        (PROGRESS, {"id": "nobody"}, "BATCH_NOT_FOUND"),
        (PROGRESS, {"id": write_id("CellInstance", "b1")}, "BATCH_NOT_FOUND"),
        (PROGRESS, {"after": "x"}, "CURSOR_INVALID"),
        (PROGRESS, {"after": write_cursor(Position("other", {"plant": 1}))}, "CURSOR_INVALID"),
        (UPDATES, {"after": write_cursor(Position("other", {"plant": 1}))}, "CURSOR_INVALID"),
        (UPDATES, {"line": "CELL", "stage": "MIXING"}, "MACHINE_NOT_FOUND"),
    ],
)
async def test_what_cannot_be_followed_is_an_error(socket, world, query, variables, code):
    await socket.subscribe("1", query, **variables)

    message = await socket.receive()
    assert (message["type"], message["id"]) == ("error", "1")
    assert message["payload"][0]["extensions"]["code"] == code
    assert world.plant.asked("progress") == world.plant.asked("machine_updates") == []
