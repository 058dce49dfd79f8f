"""Hostile requests: nothing makes the entry fall over, and each is told what is wrong with it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import httpx
import pytest

from server.graphql.limits import Limits
from tests.schema.serving import graph
from tests.server.graphql.http.words import ANSWER, JSON, NAME, NEW, OLD, code, straight

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
    "byte order mark": b'\xef\xbb\xbf{"query": "{ __typename }"}',
    "lone surrogate": b'{"query": "\\ud800"}',
    "deep": b"[" * 4000,
    "deep variables": b'{"query":"{ __typename }","variables":{"a":' + b"[" * 1100 + b"]" * 1100 + b"}}",
    "NaN": b'{"query":"{ __typename }","variables":{"a":NaN}}',
    "Infinity": b'{"query":"{ __typename }","variables":{"a":Infinity}}',
    "huge number": b'{"query":"{ __typename }","variables":{"a":' + b"9" * 4000 + b"}}",
    "no query": b"{}",
}
WRONG = {
    "query": [7, True, {}, ["{ __typename }"]],
    "variables": [7, "{}", [1], False],
    "operationName": [7, {}, [], True],
    "extensions": [7, "{}", [], False],
    "documentId": [7, {}, ["x"], True],
}


@pytest.mark.parametrize("accept", [OLD, NEW])
@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE.keys())
async def test_r28_what_is_no_request_is_answered_with_400_and_json(http, body, accept, meters):
    answer = await http.post("/graphql", content=body, headers={**JSON, "accept": accept})

    assert (answer.status_code, code(answer), answer.headers["content-type"]) == (400, "BAD_REQUEST", accept)
    assert meters.refused == {"BAD_REQUEST": 1}
    assert meters.requests == {}


@pytest.mark.parametrize(("member", "value"), [(name, value) for name, values in WRONG.items() for value in values])
async def test_r28_a_member_of_a_wrong_type_is_named(http, member, value):
    answer = await http.post("/graphql", json={"query": NAME, member: value})

    assert (answer.status_code, code(answer)) == (400, "BAD_REQUEST")
    assert f"`{member}` must be" in answer.json()["errors"][0]["message"]


async def test_a_hundred_thousand_brackets_and_digits_are_refused(schema, world):
    deep = b'{"query":"{ __typename }","variables":{"a":' + b"[" * 100_000 + b"]" * 100_000 + b"}}"
    long = b'{"query":"{ __typename }","variables":{"a":' + b"9" * 100_000 + b"}}"
    async with httpx.AsyncClient(transport=httpx.ASGITransport(graph(schema, world.context))) as http:
        for body in (deep, long):
            answer = await http.post("http://busbar/graphql", content=body, headers=JSON)
            assert (answer.status_code, code(answer)) == (400, "BAD_REQUEST")


async def test_of_a_member_that_comes_twice_the_last_one_counts(http):
    answer = await http.post("/graphql", content=b'{"query":"{","query":"{ __typename }"}', headers=JSON)

    assert answer.json() == {"data": {"__typename": "Query"}}


@pytest.mark.parametrize("member", ["variables", "extensions"])
@pytest.mark.parametrize("text", ["null", "7", "[1]", "{", "NaN", "", '{"a":"\\ud800"}'])
async def test_r28_odd_json_in_a_url_is_answered_with_400_that_names_it(http, member, text):
    answer = await http.get("/graphql", params={"query": NAME, member: text})

    assert (answer.status_code, code(answer)) == (400, "BAD_REQUEST")
    assert f"`{member}`" in answer.json()["errors"][0]["message"]


@pytest.mark.parametrize(
    "query",
    [
        "query={a}&query={b}", "query=%7B&variables={}&variables={}", "query=%ff", "query=%ED%A0%80", "query=\xe4",
        "query={a}&" + "&".join(f"x{number}=" for number in range(50)), "", "operationName=a",
    ],
)  # fmt: skip
async def test_r28_odd_urls_are_answered_with_400(schema, world, query):
    sent = await straight(graph(schema, world.context), method="GET", query_string=query.encode("latin-1"))

    assert sent[0]["status"] == 400
    assert json.loads(sent[1]["body"])["errors"][0]["extensions"]["code"] == "BAD_REQUEST"


async def test_a_body_that_is_too_long_is_refused_by_its_length(http, meters):
    sent = 0

    async def counted() -> AsyncIterator[bytes]:
        nonlocal sent
        sent += 1
        yield b" " * 5001

    answer = await http.post("/graphql", content=counted(), headers={**JSON, "content-length": "5001"})

    assert (answer.status_code, code(answer)) == (413, "LIMIT_EXCEEDED")
    assert answer.json()["errors"][0]["message"] == "the body is longer than 5,000 bytes"
    assert answer.json()["errors"][0]["extensions"]["limit"] == "max_body_bytes"
    assert (sent, meters.over_limit) == (0, {"max_body_bytes": 1})


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


async def test_a_body_of_the_longest_length_is_read(http):
    body = json.dumps({"query": NAME}).encode().ljust(5000)

    assert (await http.post("/graphql", content=body, headers=JSON)).json() == ANSWER


async def test_a_body_that_does_not_come_ends_in_408_and_a_closed_connection(schema, world, meters):
    app = graph(schema, world.context, limits=Limits(body_timeout_s=0.01), meters=meters)

    sent = await straight(app, {"type": "http.request", "body": b"{", "more_body": True})

    assert sent[0]["status"] == 408
    assert (b"connection", b"close") in sent[0]["headers"]
    assert json.loads(sent[1]["body"])["errors"][0]["extensions"]["limit"] == "body_timeout_s"
    assert meters.over_limit == {"body_timeout_s": 1}


async def test_big_integers_and_odd_letters_are_echoed_and_not_a_500(http):
    document = "query($id: ID!) { node(id: $id) { id } }"
    for odd in ("🔌\u2028\x00", "9" * 30):
        answer = await http.post("/graphql", json={"query": document, "variables": {"id": odd}})
        assert answer.status_code == 200
        assert answer.json()["errors"][0]["extensions"]["code"] == "BAD_USER_INPUT"
