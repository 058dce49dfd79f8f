"""HTTP in front of the graph: what gets in, in which words it is answered, and that nothing makes it fall over."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from starlette.responses import HTMLResponse

from schema.ports import EVERYBODY, Viewer
from schema.ports import Scope as Level
from server.graphql.engine import Engine
from server.graphql.http.entry import Entry
from server.graphql.limits import Limits
from server.graphql.meters import Meters
from server.graphql.operations import RefusedError
from server.security.door import ADMITTED, Admitted
from tests.schema.fakes import World
from tests.schema.nouns import SERIAL, view
from tests.schema.serving import graph

JSON = {"content-type": "application/json"}
OLD, NEW = "application/json", "application/graphql-response+json"
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
def meters():
    return Meters()


@pytest.fixture
async def http(schema, world, meters):
    app = graph(schema, world.context, max_body_bytes=5000, page=HTMLResponse("the page"), meters=meters)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://busbar") as client:
        yield client


def code(answer: httpx.Response) -> str:
    (error,) = answer.json()["errors"]
    assert error["message"]
    assert "data" not in answer.json()
    return str(error["extensions"]["code"])


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


async def straight(app: Any, *messages: dict[str, Any], **scope: Any) -> list[Any]:
    """What the app sends to a client that sends these, and then nothing."""
    sent: list[Any] = []
    coming = list(messages)
    asked = {"type": "http", "method": "POST", "path": "/graphql", "query_string": b"",
             "headers": [(b"content-type", b"application/json")], **scope}  # fmt: skip

    async def receive() -> dict[str, Any]:
        if coming:
            return coming.pop(0)
        await asyncio.Event().wait()
        raise AssertionError

    async def send(message: Any) -> None:
        sent.append(message)

    await app(asked, receive, send)
    return sent


async def test_a_client_that_leaves_in_the_middle_of_its_body_is_no_error(schema, world):
    begun = {"type": "http.request", "body": b"{", "more_body": True}

    assert await straight(graph(schema, world.context), begun, {"type": "http.disconnect"}) == []


def asking(document: str) -> dict[str, Any]:
    return {"type": "http.request", "body": json.dumps({"query": document}).encode(), "more_body": False}


class Stuck(World):
    """A world whose search never answers, and whose panels take their time to go."""

    def __init__(self) -> None:
        super().__init__(view())
        self.search: Any = self
        self.panels.remove = self.remove  # type: ignore[method-assign]
        self.begun, self.ended = 0, ""

    async def find(self, *_: Any) -> Any:
        self.begun += 1
        try:
            await asyncio.Event().wait()
        finally:
            self.ended = "given up"

    async def remove(self, *asked: Any) -> Any:
        await asyncio.sleep(0.2)
        self.ended = "done"
        return self.panels._called("remove", *asked)


async def test_a_query_that_nobody_waits_for_is_given_up(schema):
    world = Stuck()

    sent = await straight(
        graph(schema, world.context), asking('{ search(text: "x") { __typename } }'), {"type": "http.disconnect"}
    )

    assert (sent, world.begun, world.ended) == ([], 1, "given up")


async def test_a_mutation_that_nobody_waits_for_runs_to_its_end(schema):
    world = Stuck()

    await straight(graph(schema, world.context), asking(REMOVE), {"type": "http.disconnect"})

    assert world.ended == "done"


def failing(error: Exception) -> Any:
    def new_context(*_: Any) -> Any:
        raise error

    return new_context


@pytest.mark.parametrize("accept", [OLD, NEW])
async def test_r28_what_nobody_expected_is_told_by_an_id_and_counted(schema, meters, caplog, accept):
    app = graph(schema, failing(OSError("the secret disk")), meters=meters)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://busbar") as http:
        answer = await http.post("/graphql", json={"query": NAME}, headers={"accept": accept})

    (error,) = answer.json()["errors"]
    assert (answer.status_code, answer.headers["content-type"], "data" in answer.json()) == (500, accept, False)
    assert (error["extensions"]["code"], len(error["extensions"]["errorId"])) == ("INTERNAL", 32)
    assert "secret" not in answer.text
    assert (meters.failed, meters.refused) == (1, {"INTERNAL": 1})


async def test_r28_what_is_too_deep_to_be_worked_on_is_a_bad_request(schema, meters):
    app = graph(schema, failing(RecursionError()), meters=meters)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://busbar") as http:
        answer = await http.post("/graphql", json={"query": NAME}, headers={"accept": NEW})

    assert (answer.status_code, code(answer), meters.failed) == (400, "BAD_REQUEST", 0)


async def test_an_answer_that_has_begun_gets_no_second_beginning(schema, world, meters):
    async def broken(_asked: Any, _scope: Any, _receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise OSError("the disk is gone")

    app = Entry(
        Engine(schema, Limits(), meters),
        lambda *_: world.context(),
        limits=Limits(),
        max_body_bytes=1000,
        sockets=HTMLResponse(),
        streams=broken,
    )
    sent: list[Any] = []

    async def receive() -> Any:
        return {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message["type"])

    scope = {
        "type": "http",
        "method": "GET",
        "query_string": b"query={a}",
        "headers": [(b"accept", b"text/event-stream")],
    }
    with pytest.raises(RefusedError):
        await app({**scope, ADMITTED: Admitted(EVERYBODY)}, receive, send)
    assert (sent, meters.failed) == (["http.response.start"], 1)
