"""Our own client against our own graph, over real sockets."""

from __future__ import annotations

import asyncio

import httpx
import pytest
from websockets.asyncio.server import ServerConnection, serve

from clients.errors import ClientAnswerError, ClientConnectionError, ClientTimeoutError
from clients.graphql import GraphQLClient, GraphQLRefusedError, from_cursor, from_the_present
from tests.schema.nouns import SERIAL, later, view
from tests.schema.serving import graph, served, until

UPDATES = "subscription($serial: String!) { panelUpdates(serial: $serial) { observedAt } }"
EVENTS = "subscription($after: Cursor) { events(after: $after) { sequence cursor } }"


@pytest.fixture
async def app(schema, world):
    return graph(schema, world.context)


@pytest.fixture
async def client(app, world):
    async with served(app) as address, GraphQLClient(f"http://{address}/graphql", sleep=world.sleep) as client:
        yield client


async def test_a_query_answers_with_its_data(client):
    query = "query($serial: String!) { panel(serial: $serial) { name } }"

    assert await client.query(query, {"serial": SERIAL}) == {"panel": {"name": "Home"}}


async def test_errors_are_raised_with_their_codes(client):
    with pytest.raises(GraphQLRefusedError, match="first: 501 is not in 0 to 500") as refused:
        await client.query("{ panels(first: 501) { nodes { name } } }")

    assert refused.value.codes == ["BAD_USER_INPUT"]


async def test_a_subscription_answers_until_it_is_complete(client):
    feed = client.subscribe("subscription { heartbeat(everyMs: 100, count: 3) { seq } }")

    assert [each["heartbeat"]["seq"] async for each in feed] == [1, 2, 3]


async def test_a_subscription_that_is_refused_says_why(client):
    with pytest.raises(GraphQLRefusedError, match="busbar has no panel 'nobody'") as refused:
        await anext(client.subscribe(UPDATES, {"serial": "nobody"}, resume=from_the_present))

    assert refused.value.codes == ["PANEL_NOT_FOUND"]


async def test_leaving_the_loop_ends_the_servers_feed(client, world):
    feed = client.subscribe(UPDATES, {"serial": SERIAL})
    await anext(feed)
    assert world.panels.watching == 1

    await feed.aclose()

    await until(lambda: not world.panels.watching)


async def test_r15_a_feed_of_events_resumes_behind_the_last_one_when_the_server_comes_back(app, world):
    lost: list[str] = []
    async with served(app) as address:
        client = GraphQLClient(f"http://{address}/graphql", sleep=world.sleep)
        feed = client.subscribe(EVENTS, resume=from_cursor("events"), on_lost=lost.append)
        first = asyncio.ensure_future(anext(feed))
        await until(lambda: world.events.following)
        await world.events.tell(SERIAL, "RelayOpened")
        assert (await first)["events"]["sequence"] == 1

    pending = asyncio.ensure_future(anext(feed))
    await world.events.tell(SERIAL, "RelayClosed")
    await until(lambda: lost)
    async with served(app, int(address.rpartition(":")[2])), asyncio.timeout(20):
        assert (await pending)["events"]["sequence"] == 2
        await world.events.tell(SERIAL, "DoorOpened")
        assert (await anext(feed))["events"]["sequence"] == 3
        await feed.aclose()

    assert len(lost) == 1
    assert "was lost" in lost[0]


async def test_a_feed_of_the_present_resumes_with_the_present(app, world):
    async with served(app) as address:
        client = GraphQLClient(f"http://{address}/graphql", sleep=world.sleep)
        feed = client.subscribe(UPDATES, {"serial": SERIAL}, resume=from_the_present)
        assert (await anext(feed))["panelUpdates"]["observedAt"] == "2026-06-21T11:59:58Z"
    await world.panels.show(later(view(), 60))

    pending = asyncio.ensure_future(anext(feed))
    async with served(app, int(address.rpartition(":")[2])), asyncio.timeout(20):
        assert (await pending)["panelUpdates"]["observedAt"] == "2026-06-21T12:00:58Z"
        await feed.aclose()


async def test_without_a_way_to_resume_a_lost_connection_is_an_error(app):
    async with served(app) as address:
        feed = GraphQLClient(f"http://{address}/graphql").subscribe(UPDATES, {"serial": SERIAL})
        await anext(feed)

    with pytest.raises(ClientConnectionError, match="was lost"):
        await anext(feed)


async def test_a_server_that_is_not_there_is_told_at_once():
    async with GraphQLClient("http://127.0.0.1:1/graphql") as client:
        with pytest.raises(ClientConnectionError, match="is the server running"):
            await client.query("{ __typename }")
        with pytest.raises(ClientConnectionError, match="is the server running"):
            await anext(client.subscribe(UPDATES, {"serial": SERIAL}, resume=from_the_present))


@pytest.mark.parametrize(
    ("status", "body"),
    [(200, "<html>"), (404, "Not Found"), (200, "[]"), (200, '{"data": null}'), (200, '{"data": 7}'), (502, ""),
     (200, "x" * 3_000_000)],
)  # fmt: skip
async def test_an_answer_that_is_no_graphql_asks_about_the_address(status, body):
    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(status, text=body)

    async with GraphQLClient("http://busbar/graphql", transport=httpx.MockTransport(answer)) as client:
        with pytest.raises(ClientAnswerError, match="is it the address of a busbar graph"):
            await client.query("{ __typename }")


async def test_a_server_that_does_not_answer_is_given_up(world):
    async def never(_request: httpx.Request) -> httpx.Response:
        await asyncio.Event().wait()
        raise AssertionError

    async with GraphQLClient("http://busbar/graphql", timeout_s=0.01, transport=httpx.MockTransport(never)) as client:
        with pytest.raises(ClientTimeoutError, match=r"did not answer within 0\.01 s"):
            await client.query("{ __typename }")


@pytest.mark.parametrize("url", ["", "127.0.0.1:8000", "ftp://x/graphql", "http://", "http://[::1/graphql", "\x00"])
def test_what_is_no_address_is_refused(url):
    with pytest.raises(ValueError, match="is no address"):
        GraphQLClient(url)


@pytest.mark.parametrize(
    ("frames", "error", "match"),
    [
        (["not json"], ClientAnswerError, "did not answer in GraphQL"),
        (['{"type":"connection_ack"}', '{"type":"next","id":"1","payload":7}'], ClientAnswerError, "without data"),
        (['{"type":"connection_ack"}', '{"type":"error","id":"1","payload":7}'], GraphQLRefusedError, "no reason"),
        (['{"type":"connection_ack"}', (4400, "odd")], ClientAnswerError, r"closed the socket with 4400 \(odd\)"),
        (['{"type":"connection_ack"}', (1011, "")], ClientConnectionError, "was lost"),
        ([], ClientTimeoutError, r"did not greet within 0\.05 s"),
    ],
)
async def test_an_odd_server_is_a_typed_error(frames, error, match):
    async def answer(socket: ServerConnection) -> None:
        for frame in frames:
            await (socket.close(*frame) if isinstance(frame, tuple) else socket.send(frame))
        await socket.wait_closed()

    async with serve(answer, "127.0.0.1", 0, subprotocols=["graphql-transport-ws"]) as server:  # type: ignore[list-item]
        port = server.sockets[0].getsockname()[1]
        timeout_s = 10.0 if frames else 0.05
        client = GraphQLClient(f"http://127.0.0.1:{port}/graphql", timeout_s=timeout_s)
        feed = client.subscribe("subscription { x }")
        with pytest.raises(error, match=match):
            await anext(feed)


async def test_a_ping_is_answered_with_a_pong():
    heard: list[str | bytes] = []

    async def answer(socket: ServerConnection) -> None:
        await socket.send('{"type":"connection_ack"}')
        await socket.send('{"type":"ping"}')
        while not heard or "pong" not in str(heard[-1]):
            heard.append(await socket.recv())
        await socket.send('{"type":"complete","id":"1"}')
        await socket.wait_closed()

    async with serve(answer, "127.0.0.1", 0, subprotocols=["graphql-transport-ws"]) as server:  # type: ignore[list-item]
        port = server.sockets[0].getsockname()[1]
        feed = GraphQLClient(f"http://127.0.0.1:{port}/graphql").subscribe("subscription { x }")
        assert [each async for each in feed] == []

    assert heard[-1] == '{"type":"pong"}'
