"""Clients that leave, and what nobody expected."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import httpx
import pytest
from starlette.responses import HTMLResponse

from schema.ports import EVERYBODY
from server.graphql.engine import Engine
from server.graphql.http.entry import Entry
from server.graphql.limits import Limits
from server.graphql.operations import RefusedError
from server.security.door import ADMITTED, Admitted
from tests.schema.fakes import World
from tests.schema.nouns import view
from tests.schema.serving import graph
from tests.server.graphql.http.words import NAME, NEW, OLD, REMOVE, code, straight


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
