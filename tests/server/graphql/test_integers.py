"""Integers beyond 64 bits, as literals and as variables, over HTTP and on a socket: exact, or refused by name."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest
import strawberry
from strawberry.scalars import JSON
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from schema.compose import Schema
from tests.schema.serving import graph, served

BIG = [2**63 - 1, 2**63, 2**64, 2**64 + 1, -(2**63) - 1, 10**30 + 1, -(10**300) - 1]
FLOATS = [1e30, -1.5e300, 0.1]
Ask = Callable[[str, str], Awaitable[dict[str, Any]]]


@strawberry.type
class Query:
    """Each field says as text what it was given, so that no writer of numbers is between it and the test."""

    @strawberry.field
    def whole(self, value: int | None = None) -> str:
        return repr(value)

    @strawberry.field
    def fraction(self, value: float) -> str:
        return repr(value)

    @strawberry.field
    def named(self, value: strawberry.ID) -> str:
        return repr(value)

    @strawberry.field
    def text(self, value: str) -> str:
        return repr(value)

    @strawberry.field
    def anything(self, value: JSON) -> str:
        return repr(value)

    @strawberry.field
    def page(self, first: int) -> list[str]:
        return []


FIELDS = {"whole": "Int", "fraction": "Float!", "named": "ID!", "text": "String!", "anything": "JSON!"}


@pytest.fixture
async def app(world):
    return graph(Schema(Query), world.context)


@pytest.fixture(params=["http", "socket"])
async def ask(request, app):
    """Asks with variables as they are written."""
    if request.param == "http":
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://busbar") as client:
            yield over_http(client)
    else:
        async with served(app) as at:
            yield over_a_socket(at)


def over_http(client: httpx.AsyncClient) -> Ask:
    async def ask(document: str, variables: str) -> dict[str, Any]:
        body = f'{{"query": {json.dumps(document)}, "variables": {variables}}}'
        headers = {"content-type": "application/json", "accept": "application/graphql-response+json"}
        answer = await client.post("/graphql", content=body.encode(), headers=headers)
        assert answer.status_code == (200 if "data" in answer.json() else 400)
        return dict(answer.json())

    return ask


def over_a_socket(at: str) -> Ask:
    async def ask(document: str, variables: str) -> dict[str, Any]:
        async with connect(f"ws://{at}/graphql", subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
            await socket.send('{"type": "connection_init"}')
            await socket.recv()
            payload = f'{{"query": {json.dumps(document)}, "variables": {variables}}}'
            await socket.send(f'{{"type": "subscribe", "id": "1", "payload": {payload}}}')
            told = json.loads(await socket.recv())
            return dict(told["payload"]) if told["type"] == "next" else {"errors": told["payload"]}

    return ask


async def given(ask: Ask, field: str, value: str, *, as_variable: bool) -> dict[str, Any]:
    if as_variable:
        return await ask(f"query($it: {FIELDS[field]}) {{ {field}(value: $it) }}", f'{{"it": {value}}}')
    return await ask(f"{{ {field}(value: {value}) }}", "{}")


@pytest.mark.parametrize("as_variable", [True, False], ids=["variable", "literal"])
@pytest.mark.parametrize("number", BIG, ids=lambda number: f"{number:.0e}")
async def test_what_may_be_so_large_is_exact(ask, number, as_variable):
    for field, shown in (("named", repr(str(number))), ("anything", str(number))):
        answer = await given(ask, field, str(number), as_variable=as_variable)
        assert answer == {"data": {field: shown}}


@pytest.mark.parametrize("number", BIG, ids=lambda number: f"{number:.0e}")
async def test_where_a_fraction_is_wanted_it_is_one_that_is_the_same_number_or_refused(ask, number):
    answer = await given(ask, "fraction", str(number), as_variable=True)
    if float(number) == number:
        assert answer == {"data": {"fraction": repr(float(number))}}
    else:
        assert answer.keys() == {"errors"}
        assert "'$it' has invalid value: Float cannot represent" in answer["errors"][0]["message"]


@pytest.mark.parametrize("number", BIG, ids=lambda number: f"{number:.0e}")
async def test_what_may_not_be_so_large_is_refused_with_the_variables_name_and_every_digit(ask, number):
    for field, why in (("whole", "Int cannot represent non 32-bit"), ("text", "String cannot represent a non string")):
        answer = await given(ask, field, str(number), as_variable=True)
        assert answer.keys() == {"errors"}
        (error,) = answer["errors"]
        assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        assert "$it" in error["message"]
        assert why in error["message"]
        literal = (await given(ask, field, str(number), as_variable=False))["errors"][0]["message"]
        assert why in literal


async def test_in_lists_and_objects_they_are_exact_too(ask):
    value = '{"a": [18446744073709551617, {"b": -9223372036854775809}], "c": "18446744073709551617", "d": 1e30}'
    answer = await ask("query($it: JSON!) { anything(value: $it) }", f'{{"it": {value}}}')
    assert answer == {"data": {"anything": repr(json.loads(value))}}


async def test_fractions_stay_fractions(ask):
    for number in FLOATS:
        answer = await given(ask, "anything", repr(number), as_variable=True)
        assert answer == {"data": {"anything": repr(number)}}


async def test_a_page_of_so_many_rows_is_refused_by_the_variables_name(ask):
    for number in (2**31, 2**64, 10**30):
        answer = await ask("query($n: Int!) { page(first: $n) }", f'{{"n": {number}}}')
        assert answer["errors"][0]["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
        assert "$n" in answer["errors"][0]["message"]


async def test_what_no_double_can_hold_is_refused(ask, app):
    """On a socket it ends the socket, as whatever is no JSON does: that is tested there."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://busbar") as client:
        answer = await over_http(client)("query($it: JSON!) { anything(value: $it) }", f'{{"it": 1{"0" * 400}}}')
    assert answer["errors"][0]["extensions"]["code"] == "BAD_REQUEST"
