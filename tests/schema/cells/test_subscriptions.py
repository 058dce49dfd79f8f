"""Running tests over a real WebSocket: replay, then live, and on with a cursor after a loss."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from schema.node import write_id
from schema.ports import Append, Position
from schema.scalars import write_cursor
from tests.schema.cells.nouns import LIVE
from tests.schema.serving import graph, served, until
from tests.schema.socket import connect

PROGRESS = """subscription($id: ID!, $after: Cursor, $maxPoints: Int) {
    measurementProgress(id: $id, after: $after, maxPoints: $maxPoints) {
        firstRow nextRow columns state cursor measurement { name rowCount } } }"""


def append(first: int, behind: int, *, is_complete: bool = False) -> Append:
    times = np.arange(first, behind, dtype=np.float64)
    columns = {"Time [s]": times, "Voltage [V]": np.where(times == 1, np.nan, 3.5)}
    return Append(replace(LIVE, row_count=behind), first, behind, columns, is_complete)


@pytest.fixture
async def address(schema, world):
    async with served(graph(schema, world.context)) as address:
        yield address


@pytest.fixture
async def socket(address):
    async with connect(address) as socket:
        yield socket


async def test_samples_are_shown_append_by_append_until_it_is_complete(socket, world):
    world.recordings.appends = [append(0, 2), append(2, 3), append(3, 3, is_complete=True)]

    await socket.subscribe("1", PROGRESS, id="m2", maxPoints=100)
    first, second, last = [(await socket.next("1"))["measurementProgress"] for _ in range(3)]

    assert first == {
        "firstRow": 0, "nextRow": 2, "columns": {"Time [s]": [0.0, 1.0], "Voltage [V]": [3.5, None]},
        "state": "RECORDING", "cursor": write_cursor(Position("measurement/m2", {"rows": 2})),
        "measurement": {"name": "Ageing", "rowCount": 2},
    }  # fmt: skip
    assert (second["columns"]["Time [s]"], second["state"]) == ([2.0], "RECORDING")
    assert (last["columns"]["Time [s]"], last["state"]) == ([], "COMPLETE")
    assert await socket.receive() == {"type": "complete", "id": "1"}
    assert world.recordings.calls == [("progress", "m2", 0, 100)]


async def test_a_reader_that_comes_back_with_its_cursor_goes_on_behind_it(address, world):
    world.recordings.appends = [append(0, 2), append(2, 3)]
    async with connect(address) as socket:
        await socket.subscribe("1", PROGRESS, id="m2")
        first = (await socket.next("1"))["measurementProgress"]
        socket.vanish()
    await until(lambda: world.recordings.following == 0)

    async with connect(address) as socket:
        await socket.subscribe("1", PROGRESS, id=write_id("CellMeasurement", "m2"), after=first["cursor"])
        second = (await socket.next("1"))["measurementProgress"]

    assert (second["firstRow"], second["nextRow"]) == (2, 3)
    assert world.recordings.calls == [("progress", "m2", 0, None), ("progress", "m2", 2, None)]


def cursor(log_id: str, **seqs: int) -> str:
    return write_cursor(Position(log_id, seqs))


@pytest.mark.parametrize(
    ("variables", "code"),
    [
        ({"id": "nobody"}, "CELL_MEASUREMENT_NOT_FOUND"),
        ({"id": write_id("CellInstance", "i1")}, "CELL_MEASUREMENT_NOT_FOUND"),
        ({"id": "m2", "after": cursor("measurement/m1", rows=1)}, "CURSOR_INVALID"),
        ({"id": "m2", "after": cursor("log", panel=1)}, "CURSOR_INVALID"),
        ({"id": "m2", "after": cursor("measurement/m2")}, "CURSOR_INVALID"),
        ({"id": "m2", "after": cursor("measurement/m2", rows=1, more=1)}, "CURSOR_INVALID"),
        ({"id": "m2", "after": cursor("measurement/m2", rows=4)}, "CURSOR_INVALID"),
        ({"id": "m2", "after": "x"}, "CURSOR_INVALID"),
        ({"id": "m2", "maxPoints": 1}, "BAD_USER_INPUT"),
        ({"id": "m2", "maxPoints": 50_001}, "BAD_USER_INPUT"),
    ],
)
async def test_what_cannot_be_followed_is_an_error_and_the_socket_goes_on(
    socket, world, variables: dict[str, Any], code: str
):
    await socket.subscribe("1", PROGRESS, **variables)

    message = await socket.receive()
    assert (message["type"], message["id"]) == ("error", "1")
    assert message["payload"][0]["extensions"]["code"] == code
    assert world.recordings.calls == []
    await socket.subscribe("1", "{ serverInfo { name } }")
    assert (await socket.next("1")) == {"serverInfo": {"name": "busbar"}}


async def test_the_end_of_the_kept_samples_is_a_place_to_go_on_from(socket, world):
    world.recordings.appends = [append(3, 4)]

    await socket.subscribe("1", PROGRESS, id="m2", after=cursor("measurement/m2", rows=3))

    assert (await socket.next("1"))["measurementProgress"]["firstRow"] == 3
