"""The gate over a real socket: nobody without a token, as soon as there is one."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse
from starlette.routing import Route, WebSocketRoute
from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.typing import Subprotocol

from clients.errors import ClientAuthError
from clients.graphql import GraphQLClient
from schema import build_schema
from server.security.doorkeeper import Doorkeeper
from server.security.gate import Gate
from tests.schema.fakes import World
from tests.schema.serving import graph, served

GOOD = "a-good-token"
BEARER = {"authorization": f"Bearer {GOOD}"}


async def _hello(_request: Request) -> PlainTextResponse:
    return PlainTextResponse("hello")


def app(*tokens: str) -> Starlette:
    door = Doorkeeper(tokens)
    entry = graph(build_schema(), World().context, page=HTMLResponse("graphiql"), door=door)
    paths = ("/", "/healthz", "/readyz", "/schema.graphql", "/cell_instances/1", "/storage/uploads/a")
    routes = [Route("/graphql", entry), WebSocketRoute("/graphql", entry), *(Route(path, _hello) for path in paths)]
    return Starlette(routes=routes, middleware=[Middleware(Gate, door=door)])


@pytest.fixture
async def address() -> AsyncIterator[str]:
    async with served(app("another-token", GOOD)) as address:
        yield address


async def status(address: str, path: str, headers: dict[str, str] | None = None) -> int:
    async with httpx.AsyncClient(base_url=f"http://{address}", trust_env=False) as client:
        return (await client.get(path, headers=headers)).status_code


@pytest.mark.parametrize("path", ["/cell_instances/1", "/graphql?query={serverInfo{name}}", "//cell_instances/1"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"x-api-key": "wrong"},
        {"x-api-key": ""},
        {"authorization": GOOD},
        {"authorization": "Bearer"},
        {"authorization": f"Basic {GOOD}"},
        {"x-api-key": "wrong", **BEARER},
        {"x-api-key": GOOD + "x" * 10_000},
    ],
)
async def test_whoever_has_no_token_gets_401(address: str, path: str, headers: dict[str, str]) -> None:
    assert await status(address, path, headers) == 401


@pytest.mark.parametrize("name", ["authorization", "x-api-key"])
@pytest.mark.parametrize("tokens", [("wrong", GOOD), (GOOD, "wrong"), (GOOD, GOOD)])
async def test_two_tokens_in_headers_of_one_name_are_none(address: str, name: str, tokens: tuple[str, str]) -> None:
    prefix = "Bearer " if name == "authorization" else ""
    headers = httpx.Headers([(name, prefix + token) for token in tokens])
    async with httpx.AsyncClient(base_url=f"http://{address}", trust_env=False) as client:
        assert (await client.get("/cell_instances/1", headers=headers)).status_code == 401


@pytest.mark.parametrize("headers", [BEARER, {"x-api-key": GOOD}, {"X-API-KEY": "another-token"}])
async def test_a_good_token_passes(address: str, headers: dict[str, str]) -> None:
    assert await status(address, "/cell_instances/1", headers) == 200


@pytest.mark.parametrize("path", ["/", "/healthz", "/readyz", "/schema.graphql", "/storage/uploads/a"])
async def test_what_must_work_without_a_token_does(address: str, path: str) -> None:
    assert await status(address, path) == 200


async def test_the_page_of_the_ide_opens_but_its_queries_need_a_token(address: str) -> None:
    assert await status(address, "/graphql", {"accept": "text/html"}) == 200
    assert await status(address, "/graphql?query={serverInfo{name}}", {"accept": "text/html"}) == 401


async def test_each_face_refuses_in_its_own_shape(address: str) -> None:
    async with httpx.AsyncClient(base_url=f"http://{address}", trust_env=False) as client:
        rest, graph = await client.get("/cell_instances/1"), await client.post("/graphql", json={"query": "{x}"})
    assert (rest.json()["error_code"], rest.headers["content-type"]) == ("UNAUTHORIZED", "application/json")
    assert graph.json()["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert GOOD not in rest.text + graph.text


async def test_without_tokens_everyone_passes() -> None:
    async with served(app()) as address:
        assert await status(address, "/cell_instances/1", {"x-api-key": "anything"}) == 200


def socket(address: str, headers: dict[str, str] | None = None) -> connect:
    return connect(
        f"ws://{address}/graphql",
        subprotocols=[Subprotocol("graphql-transport-ws")],
        additional_headers=headers or {},
        proxy=None,
    )


async def greeted(address: str, payload: Any = None, headers: dict[str, str] | None = None) -> str:
    async with socket(address, headers) as opened:
        await opened.send(json.dumps({"type": "connection_init", **({} if payload is None else {"payload": payload})}))
        return str(json.loads(await opened.recv())["type"])


@pytest.mark.parametrize("payload", [{"Authorization": f"Bearer {GOOD}"}, {"X-API-Key": GOOD}, {"x-api-key": GOOD}])
async def test_a_socket_may_bring_its_token_when_it_greets(address: str, payload: dict[str, str]) -> None:
    assert await greeted(address, payload) == "connection_ack"


async def test_a_socket_may_bring_its_token_as_a_header(address: str) -> None:
    assert await greeted(address, headers=BEARER) == "connection_ack"


@pytest.mark.parametrize("payload", [None, {}, {"Authorization": GOOD}, {"Authorization": 7}, {"x-api-key": "wrong"}])
async def test_a_socket_without_a_token_is_closed(address: str, payload: Any) -> None:
    with pytest.raises(ConnectionClosed) as closed:
        await greeted(address, payload)
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4403


async def test_a_socket_with_a_wrong_header_does_not_open(address: str) -> None:
    with pytest.raises(InvalidStatus) as refused:
        await greeted(address, headers={"authorization": "Bearer wrong"})
    assert refused.value.response.status_code == 401


async def test_a_socket_that_never_greets_gets_nothing(address: str) -> None:
    async with socket(address) as opened:
        await opened.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": "{serverInfo{name}}"}}))
        with pytest.raises(ConnectionClosed) as closed:
            await opened.recv()
    assert closed.value.rcvd is not None
    assert closed.value.rcvd.code == 4401


async def test_our_own_client_brings_its_token(address: str) -> None:
    url = f"http://{address}/graphql"
    async with GraphQLClient(url, token=GOOD) as client:
        assert (await client.query("{serverInfo{name}}"))["serverInfo"]["name"] == "busbar"
        beats = client.subscribe("subscription {heartbeat(count: 1) {at}}")
        assert [beat async for beat in beats]


@pytest.mark.parametrize("token", [None, "wrong"])
async def test_our_own_client_says_that_a_token_is_wanted(address: str, token: str | None) -> None:
    async with GraphQLClient(f"http://{address}/graphql", token=token) as client:
        with pytest.raises(ClientAuthError, match="BUSBAR_TOKEN"):
            await client.query("{serverInfo{name}}")
        with pytest.raises(ClientAuthError, match="BUSBAR_TOKEN"):
            await anext(client.subscribe("subscription {heartbeat(count: 1) {at}}"))


@pytest.mark.parametrize("token", ["", "two words", "ünicode", "new\nline"])
def test_what_cannot_be_a_token_is_refused_without_showing_it(token: str) -> None:
    with pytest.raises(ValueError, match="visible ASCII") as refused:
        GraphQLClient("http://127.0.0.1:1/graphql", token=token)
    assert not token or token not in str(refused.value)
