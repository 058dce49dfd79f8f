"""HTTP in front of the graph: what gets in, and in which words it is answered."""

from __future__ import annotations

import json
from typing import Any

import httpx
import pytest

from schema.ports import Scope as Level
from schema.ports import Viewer
from server.security.door import ADMITTED, Admitted
from tests.schema.nouns import SERIAL
from tests.schema.serving import graph
from tests.server.graphql.http.words import ANSWER, JSON, NAME, NEW, OLD, REMOVE, code


async def test_a_query_is_answered_in_one_piece_that_no_cache_keeps(http, meters):
    answer = await http.post("/graphql", json={"query": NAME})

    assert (answer.status_code, answer.json()) == (200, ANSWER)
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["content-length"] == str(len(answer.content))
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["vary"] == "Accept"
    assert meters.requests == {"query": 1}


async def test_variables_and_an_operation_name_are_taken_and_other_members_are_ignored(http):
    document = "query a { __typename } query b($s: String!) { panel(serial: $s) { name } }"
    asked = {"query": document, "operationName": "b", "variables": {"s": SERIAL}, "extensions": None, "id": [7]}

    answer = await http.post("/graphql", json=asked)

    assert answer.json() == {"data": {"panel": {"name": "Home"}}}


async def test_a_query_may_come_by_get(http):
    document = "query a { __typename } query b($s: String!) { panel(serial: $s) { name } }"
    parameters = {"query": document, "operationName": "b", "variables": json.dumps({"s": SERIAL}), "extensions": "{}"}

    answer = await http.get("/graphql", params=parameters)

    assert (answer.status_code, answer.json()) == (200, {"data": {"panel": {"name": "Home"}}})


async def test_an_operation_name_that_a_form_left_empty_is_none(http):
    assert (await http.get("/graphql", params={"query": NAME, "operationName": ""})).json() == ANSWER


@pytest.mark.parametrize("accept", [OLD, NEW])
async def test_r31_a_mutation_by_get_is_refused_and_not_run(http, world, accept):
    answer = await http.get("/graphql", params={"query": REMOVE}, headers={"accept": accept})

    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")
    assert code(answer) == "METHOD_NOT_ALLOWED"
    assert world.panels.calls == []


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "application/jsonp", "",
        "application/json; charset=latin-1", "application/json, text/plain", "text/plain; application/json",
        "application/graphql", "xapplication/json",
    ],
)  # fmt: skip
async def test_r31_a_mutation_travels_as_json_only(http, world, content_type):
    body = json.dumps({"query": REMOVE}).encode()

    answer = await http.post("/graphql", content=body, headers={"content-type": content_type})

    assert (answer.status_code, code(answer)) == (415, "UNSUPPORTED_MEDIA_TYPE")
    assert world.panels.calls == []


async def test_r31_two_content_types_are_none(http, world):
    headers = [("content-type", "application/json"), ("content-type", "text/plain")]

    answer = await http.post("/graphql", content=json.dumps({"query": REMOVE}).encode(), headers=headers)

    assert answer.status_code == 415
    assert world.panels.calls == []


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON;charset=UTF-8", 'application/json; charset="utf-8"']
)
async def test_json_may_say_that_it_is_utf_8(http, content_type):
    answer = await http.post("/graphql", content=json.dumps({"query": NAME}), headers={"content-type": content_type})

    assert answer.json() == ANSWER


async def test_a_compressed_body_is_refused(http):
    answer = await http.post("/graphql", content=b"...", headers={**JSON, "content-encoding": "gzip"})

    assert (answer.status_code, code(answer)) == (415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize(("accept", "status"), [(OLD, 200), ("*/*", 200), (NEW, 400)])
@pytest.mark.parametrize(
    "asked",
    [
        {"query": "{"}, {"query": "{ nothing }"}, {"query": NAME, "operationName": "x"},
        {"query": "query($id: ID!) { node(id: $id) { id } }", "variables": {"id": None}},
        {"query": "{ a: __typename " * 40 + "}" * 40},
    ],
    ids=str,
)  # fmt: skip
async def test_a_mistake_in_the_document_has_the_status_of_its_media_type_and_no_data(http, asked, accept, status):
    answer = await http.post("/graphql", json=asked, headers={"accept": accept})

    assert answer.status_code == status
    assert answer.json()["errors"][0]["extensions"]["code"]
    assert "data" not in answer.json()


async def test_an_error_within_the_data_is_a_200_in_both_types(http):
    for accept in (OLD, NEW):
        asked = {"query": '{ serverInfo { name } node(id: "?") { id } }'}
        answer = await http.post("/graphql", json=asked, headers={"accept": accept})
        assert (answer.status_code, answer.headers["content-type"]) == (200, accept)
        assert answer.json()["data"] == {**ANSWER["data"], "node": None}
        assert answer.json()["errors"][0]["path"] == ["node"]


@pytest.mark.parametrize("accept", ["text/html", "image/png", "application/json;q=0", "application/xml"])
async def test_what_cannot_be_accepted_is_told_before_anything_runs(http, world, accept):
    answer = await http.post("/graphql", json={"query": REMOVE}, headers={"accept": accept})

    assert (answer.status_code, code(answer)) == (406, "NOT_ACCEPTABLE")
    assert answer.headers["content-type"] == OLD
    assert world.panels.calls == []


@pytest.mark.parametrize("accept", [OLD, NEW, "*/*"])
async def test_a_subscription_is_told_where_it_is_answered(http, accept):
    asked = {"query": "subscription { heartbeat { at } }"}

    answer = await http.post("/graphql", json=asked, headers={"accept": accept})

    assert (answer.status_code, code(answer)) == (400, "SUBSCRIPTION_NOT_HERE")
    assert "WebSocket" in answer.json()["errors"][0]["message"]
    assert "text/event-stream" in answer.json()["errors"][0]["message"]


async def test_a_client_of_many_types_gets_its_subscription_as_a_stream(http):
    asked = {"query": "subscription { heartbeat(count: 1) { seq } }"}

    answer = await http.post("/graphql", json=asked, headers={"accept": f"{NEW}, {OLD}, text/event-stream"})

    assert answer.headers["content-type"].startswith("text/event-stream")
    assert '{"data":{"heartbeat":{"seq":1}}}' in answer.text


async def test_a_viewer_that_may_not_is_refused_with_403_in_both_types(schema, world):
    app = graph(schema, world.context)

    async def gated(scope: Any, receive: Any, send: Any) -> None:
        await app({**scope, ADMITTED: Admitted(Viewer(Level.READ))}, receive, send)

    async with httpx.AsyncClient(transport=httpx.ASGITransport(gated), base_url="http://busbar") as http:
        for accept in (OLD, NEW):
            answer = await http.post("/graphql", json={"query": REMOVE}, headers={"accept": accept})
            assert (answer.status_code, code(answer)) == (403, "FORBIDDEN")
    assert world.panels.calls == []


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "HEAD"])
async def test_other_methods_are_refused(http, method):
    answer = await http.request(method, "/graphql", params={"query": NAME})

    assert (answer.status_code, answer.headers["allow"]) == (405, "GET, POST")
    assert method == "HEAD" or code(answer) == "METHOD_NOT_ALLOWED"


@pytest.mark.parametrize("accept", ["text/html", "text/html,application/xhtml+xml,*/*;q=0.8"])
async def test_a_browser_is_shown_the_page(http, accept):
    answer = await http.get("/graphql", headers={"accept": accept})

    assert (answer.status_code, answer.text) == (200, "the page")


async def test_a_browser_that_asks_is_answered(http):
    accept = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}

    assert (await http.get("/graphql", params={"query": NAME}, headers=accept)).json() == ANSWER


async def test_the_page_can_be_left_out(schema, world):
    async with httpx.AsyncClient(transport=httpx.ASGITransport(graph(schema, world.context))) as http:
        answer = await http.get("http://busbar/graphql", headers={"accept": "text/html"})

    assert (answer.status_code, code(answer)) == (406, "NOT_ACCEPTABLE")
