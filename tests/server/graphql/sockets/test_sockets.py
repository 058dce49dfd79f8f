"""WebSockets in front of the graph: one protocol, text frames, and clean closes for whatever else arrives."""

from __future__ import annotations

import json
import logging

import pytest
from websockets.exceptions import InvalidStatus

from server.frames import FramesProtocol
from server.security.origins import Origins
from tests.schema.nouns import SERIAL
from tests.schema.serving import graph, served
from tests.schema.socket import connect, raw


@pytest.fixture
async def address(schema, world):
    async with served(graph(schema, world.context)) as address:
        yield address


async def test_r30_the_legacy_protocol_is_refused(address):
    async with raw(address, "graphql-ws") as socket:
        assert (await socket.closed())[0] == 4406


async def test_r30_nothing_is_answered_before_the_handshake(address):
    async with raw(address) as socket:
        await socket.subscribe("1", "{ serverInfo { name } }")
        assert (await socket.closed())[0] == 4401


async def test_r30_a_second_handshake_closes(address):
    async with connect(address) as socket:
        await socket.send({"type": "connection_init"})
        assert (await socket.closed())[0] == 4429


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "https://lab.example.evil.example"])
async def test_r30_a_page_of_another_origin_is_refused(schema, world, origin):
    app = Origins(graph(schema, world.context), allowed=["https://lab.example"])
    async with served(app, ws=FramesProtocol) as address:
        with pytest.raises(InvalidStatus, match="403"):
            async with raw(address, origin=origin):
                pass
        for ours in ("https://lab.example", f"http://{address}"):
            async with raw(address, origin=ours) as socket:
                await socket.send({"type": "connection_init"})
                assert await socket.receive() == {"type": "connection_ack"}


async def test_a_ping_is_answered(address):
    async with connect(address) as socket:
        await socket.send({"type": "ping"})
        assert await socket.receive() == {"type": "pong"}


SUBSCRIBE = {"id": "1", "type": "subscribe"}


@pytest.mark.parametrize(
    "message",
    [
        "null", "[]", '"x"', "7", "{", b"\x00", "\x00", "[" * 5000, {}, {"type": 7}, {"type": "nothing"},
        {"type": "ping", "payload": 7},
        {"type": "subscribe", "payload": {"query": "{ __typename }"}},
        {"type": "subscribe", "id": {}, "payload": {"query": "{ __typename }"}},
        {"type": "subscribe", "id": 7, "payload": {"query": "{ __typename }"}},
        {**SUBSCRIBE}, {**SUBSCRIBE, "payload": None}, {**SUBSCRIBE, "payload": {}},
        {**SUBSCRIBE, "payload": {"query": 7}},
        {**SUBSCRIBE, "payload": {"query": "{ __typename }", "variables": []}},
        {**SUBSCRIBE, "payload": {"query": "{ __typename }", "operationName": 7}},
        {"type": "complete", "id": []},
    ],
    ids=str,
)  # fmt: skip
async def test_r28_what_is_no_message_closes_with_4400(address, message):
    async with connect(address) as socket:
        await socket.send(message)
        assert (await socket.closed())[0] == 4400


async def test_a_syntax_error_is_told(address):
    async with connect(address) as socket:
        await socket.subscribe("1", "{ panels { ")
        message = await socket.receive()

    assert (message["type"], message["id"]) == ("error", "1")
    assert message["payload"][0]["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"


async def test_a_mutation_may_come_by_socket(address, world):
    async with connect(address) as socket:
        await socket.subscribe("1", 'mutation { removePanel(serial: "x") { __typename } }')
        assert await socket.next("1") == {"removePanel": {"__typename": "PanelNotFound"}}

    assert world.panels.calls == [("remove", "x")]


async def test_r4_clients_that_vanish_leave_nothing_behind_and_no_error_in_the_log(address, world, caplog):
    with caplog.at_level(logging.ERROR):
        for _ in range(20):
            async with connect(address) as socket:
                await socket.subscribe("1", 'subscription { panelUpdates(serial: "%s") { name } }' % SERIAL)  # noqa: UP031
                await socket.next("1")
                socket.vanish()

    assert [record.getMessage() for record in caplog.records] == []


async def test_frames_are_text_and_json(address):
    async with raw(address) as socket:
        await socket.send({"type": "connection_init", "payload": {}})
        frame = await socket.connection.recv()

    assert isinstance(frame, str)
    assert json.loads(frame) == {"type": "connection_ack"}
