"""HTTP in front of the graph: what gets in, and that nothing makes it fall over."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from server.graphql.entry import graphql_app
from tests.schema.fakes import World
from tests.schema.nouns import SERIAL, view

JSON = {"content-type": "application/json"}
NAME = "{ serverInfo { name } }"
ANSWER = {"data": {"serverInfo": {"name": "busbar"}}}
REMOVE = 'mutation { removePanel(serial: "x") { __typename } }'


@pytest.fixture
def anyio_backend():
    return "asyncio"


@pytest.fixture(scope="session")
def schema():
    from schema import build_schema  # noqa: PLC0415 (250 ms that only these tests pay)

    return build_schema()


@pytest.fixture
async def world():
    return World(view())


@pytest.fixture
async def http(schema, world):
    app = graphql_app(schema, world.context, graphiql=True, max_body_bytes=5000)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://busbar") as client:
        yield client


async def test_a_query_is_answered(http):
    answer = await http.post("/graphql", json={"query": NAME})

    assert (answer.status_code, answer.json()) == (200, ANSWER)
    assert answer.headers["content-type"] == "application/json"


async def test_variables_and_an_operation_name_are_taken(http):
    document = "query a { __typename } query b($s: String!) { panel(serial: $s) { name } }"
    asked = {"query": document, "operationName": "b", "variables": {"s": SERIAL}, "extensions": None}

    answer = await http.post("/graphql", json=asked)

    assert answer.json() == {"data": {"panel": {"name": "Home"}}}


async def test_a_query_may_come_by_get(http):
    answer = await http.get("/graphql", params={"query": NAME, "variables": "{}"})

    assert (answer.status_code, answer.json()) == (200, ANSWER)


async def test_r31_a_mutation_by_get_is_refused_and_not_run(http, world):
    answer = await http.get("/graphql", params={"query": REMOVE})

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
    assert world.panels.calls == []


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp", ""],
)
async def test_r31_a_mutation_travels_as_json_only(http, world, content_type):
    body = json.dumps({"query": REMOVE}).encode()

    answer = await http.post("/graphql", content=body, headers={"content-type": content_type})

    assert answer.status_code == 415
    assert world.panels.calls == []


HOSTILE = {
    "nothing": b"",
    "null": b"null",
    "number": b"7",
    "string": b'"{ __typename }"',
    "batch": b'[{"query": "{ __typename }"}]',
    "empty batch": b"[]",
    "batch of numbers": b"[1]",
    "truncated": b'{"query": "{',
    "invalid UTF-8": b'{"query": "\xff"}',
    "lone surrogate": b'{"query": "\\ud800"}',
    "deep": b"[" * 4000,
    "deep variables": b'{"query":"{ __typename }","variables":{"a":' + b"[" * 1100 + b"]" * 1100 + b"}}",
    "NaN": b'{"query":"{ __typename }","variables":{"a":NaN}}',
    "Infinity": b'{"query":"{ __typename }","variables":{"a":Infinity}}',
    "huge number": b'{"query":"{ __typename }","variables":{"a":' + b"9" * 4000 + b"}}",
    "query of a wrong type": b'{"query": 7}',
    "no query": b"{}",
    "variables of a wrong type": b'{"query": "{ __typename }", "variables": [1]}',
    "operation name of a wrong type": b'{"query": "{ __typename }", "operationName": {}}',
    "unknown operation": b'{"query": "{ __typename }", "operationName": "x"}',
    "subscription": b'{"query": "subscription { heartbeat { at } }"}',
}


@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
async def test_r28_what_is_no_request_is_answered_with_400_and_json(http, body):
    answer = await http.post("/graphql", content=body, headers=JSON)

    assert answer.status_code == 400
    assert answer.json()["errors"][0]["message"]
    assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


@pytest.mark.parametrize("variables", ["null", "7", "[1]", "{", "NaN"])
async def test_r28_odd_variables_in_a_url_are_answered_with_400(http, variables):
    answer = await http.get("/graphql", params={"query": NAME, "variables": variables})

    assert answer.status_code == 400


async def test_a_body_that_is_too_long_is_refused_by_its_length(http):
    answer = await http.post("/graphql", json={"query": "#" * 5000})

    assert answer.status_code == 413
    assert answer.json()["errors"][0]["message"] == "the body is longer than 5,000 bytes"


async def test_a_body_that_never_ends_is_refused_as_soon_as_it_is_too_long(http):
    sent = 0

    async def endless() -> AsyncIterator[bytes]:
        nonlocal sent
        while True:
            sent += 1
            yield b" " * 1000

    answer = await http.post("/graphql", content=endless(), headers=JSON)

    assert answer.status_code == 413
    assert sent <= 10


async def test_big_integers_and_odd_letters_are_echoed_and_not_a_500(http):
    document = "query($id: ID!) { node(id: $id) { id } }"
    for odd in ("🔌\u2028\x00", "9" * 30):
        answer = await http.post("/graphql", json={"query": document, "variables": {"id": odd}})
        assert answer.status_code == 200
        assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS"])
async def test_other_methods_are_refused_in_json(http, method):
    answer = await http.request(method, "/graphql")

    assert answer.status_code == 405
    assert "errors" in answer.json()


async def test_a_browser_is_shown_the_ide(http):
    answer = await http.get("/graphql", headers={"accept": "text/html"})

    assert answer.status_code == 200
    assert answer.headers["content-type"].startswith("text/html")
    assert "graphiql" in answer.text.lower()


async def test_the_ide_can_be_left_out(schema, world):
    app: Any = graphql_app(schema, world.context, graphiql=False)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://busbar") as http:
        answer = await http.get("/graphql", headers={"accept": "text/html"})

    assert answer.status_code == 404
    assert "errors" in answer.json()


async def test_a_client_that_leaves_in_the_middle_of_its_body_is_no_error(schema, world):
    app = graphql_app(schema, world.context, graphiql=False)
    scope = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"",
             "headers": [(b"content-type", b"application/json")]}  # fmt: skip
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope, receive, send)

    assert sent == []
