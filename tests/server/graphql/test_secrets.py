"""R35: what an error says of a request that may hold a secret, however it is misspelt."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from tests.schema.serving import graph

CANARY = "canary5eeb21fc0a77secret"
NUMBER = 58_211_390_476_112_233
ADD = "addPanel(host: $h, accessToken: $t) { __typename }"
WRONG: list[Any] = [[CANARY], {"accessToken": CANARY}, {CANARY: 1}, NUMBER, float(NUMBER), [[{"a": [CANARY]}]]]


@pytest.fixture
async def http(schema, world):
    app = graph(schema, world.context)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://busbar") as client:
        yield client


async def refused(http: httpx.AsyncClient, document: str, **variables: Any) -> dict[str, Any]:
    body = {"query": document, "variables": variables}
    answer = await http.post("/graphql", json=body, headers={"accept": "application/graphql-response+json"})
    assert answer.status_code == 400, answer.text
    assert CANARY[:12] not in answer.text
    assert str(NUMBER)[:8] not in answer.text
    assert "5.82" not in answer.text
    return dict(answer.json()["errors"][0])


@pytest.mark.parametrize("value", WRONG, ids=str)
async def test_r35_a_variable_of_a_wrong_type_is_named_without_its_value(http, value):
    error = await refused(http, f"mutation($h: String!, $t: String) {{ {ADD} }}", h="h", t=value)
    assert error["message"].startswith("Variable '$t' has invalid value: it is no String")
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    assert error["locations"] == [{"line": 1, "column": 23}]


@pytest.mark.parametrize("value", WRONG, ids=str)
async def test_r35_a_secret_in_the_wrong_place_beside_it_is_not_shown_either(http, value):
    error = await refused(http, f"mutation($h: String!, $t: String) {{ {ADD} }}", h=value, t=CANARY)
    assert error["message"].startswith("Variable '$h' has invalid value: it is no String!")


@pytest.mark.parametrize("literal", [CANARY, str(NUMBER), f'["{CANARY}"]', f'{{a: "{CANARY}"}}', f"[[{CANARY}]]"])
async def test_r35_a_literal_of_a_wrong_type_is_not_shown(http, literal):
    error = await refused(http, f'mutation {{ addPanel(host: "h", accessToken: {literal}) {{ __typename }} }}')
    assert error["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"
    default = f"mutation($h: String!, $t: String = {literal}) {{ {ADD} }}"
    assert (await refused(http, default, h="h"))["extensions"]["code"] == "GRAPHQL_VALIDATION_FAILED"


@pytest.mark.parametrize(
    "arguments",
    [
        f'accessToken "{CANARY}"',
        f"accessToken {CANARY}",
        f'accessToken: "a" "{CANARY}"',
        f'"{CANARY}" accessToken: 1',
        f'accessToken: """{CANARY}""" 1',
        f"accesToken {NUMBER}",
        f'acessToken: "\\q{CANARY}"',
        f"passphrase '{CANARY}'",
        f'ACCESS_TOKEN = "{CANARY}"',
        f"access_token .{NUMBER}",
    ],
)
async def test_r35_what_does_not_parse_is_placed_and_not_shown(http, arguments):
    error = await refused(http, f'mutation {{ addPanel(host: "h", {arguments}) {{ __typename }} }}')
    assert error["extensions"]["code"] == "GRAPHQL_PARSE_FAILED"
    assert error["message"].startswith("Syntax Error: ")
    assert error["locations"][0]["column"] > 20


async def test_names_are_told_all_the_same(http):
    for document, says in (
        (
            f'mutation {{ addPanel(host: "h", accesToken: "{CANARY}") {{ __typename }} }}',
            "Unknown argument 'accesToken'",
        ),
        (f'mutation {{ addPanel(host: "h", accessToken: "{CANARY}") {{ nothing }} }}', "Cannot query field 'nothing'"),
        (f"mutation($h: String!, $t: Int) {{ {ADD} }}", "Variable '$t' of type 'Int' used in position expecting"),
        ("mutation($h: String!) { " + ADD + " }", "Variable '$t' is not defined"),
    ):
        assert says in (await refused(http, document))["message"]


async def test_without_a_secret_in_sight_the_value_is_told(http):
    body = {"query": "query($n: Int) { panels(first: $n) { totalCount } }", "variables": {"n": "seven"}}
    assert "'seven'" in (await http.post("/graphql", json=body)).text
    for document, says in (
        ("{ panels(first: seven) { totalCount } }", "seven"),
        ('{ panels(first "seven") { totalCount } }', "seven"),
    ):
        assert says in json.dumps((await http.post("/graphql", json={"query": document})).json())
