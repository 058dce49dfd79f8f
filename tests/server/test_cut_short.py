from __future__ import annotations

import asyncio

import httpx
import pytest
from starlette.types import Receive, Scope, Send

from server.cut_short import MESSAGE, CutShort
from server.http_protocol import http_protocol
from tests.schema.serving import served

START = {"type": "http.response.start", "status": 200, "headers": []}


class Endless:
    """Never has done; below /begun it has answered something already."""

    def __init__(self) -> None:
        self.is_running = asyncio.Event()

    async def __call__(self, scope: Scope, _receive: Receive, send: Send) -> None:
        if scope["path"] == "/begun":
            await send(START)
            await send({"type": "http.response.body", "body": b"some", "more_body": True})
        self.is_running.set()
        await asyncio.Event().wait()


@pytest.fixture
def endless() -> Endless:
    return Endless()


async def stopped_while_asked(endless: Endless, path: str) -> httpx.Response:
    """What a request comes to if the server waits no longer."""
    async with httpx.AsyncClient() as http:
        async with served(CutShort(endless), http=http_protocol(10.0)) as address:
            asked = asyncio.create_task(http.post(f"http://{address}{path}", json={}))
            await endless.is_running.wait()
        return await asked


@pytest.fixture(autouse=True)
def logged(caplog):
    """Uvicorn counts what it cancels, and has nothing else to say."""
    yield
    (told,) = (record.getMessage() for record in caplog.get_records("call"))
    assert told == "Cancel 1 running task(s), timeout graceful shutdown exceeded"


async def test_a_request_of_the_graph_is_told_that_nobody_knows_what_became_of_it(endless) -> None:
    answer = await stopped_while_asked(endless, "/graphql")
    assert answer.status_code == 503
    assert answer.json() == {"errors": [{"message": MESSAGE, "extensions": {"code": "STOPPING"}}]}


async def test_a_request_of_rest_is_told_in_its_own_shape(endless) -> None:
    answer = await stopped_while_asked(endless, "/cell_specifications")
    assert answer.status_code == 503
    assert (answer.json()["error_code"], answer.json()["message"]) == ("SERVICE_UNAVAILABLE", MESSAGE)


async def test_an_answer_that_has_begun_is_cut_off_and_not_taken_for_the_whole(endless) -> None:
    with pytest.raises(httpx.RemoteProtocolError):
        await stopped_while_asked(endless, "/begun")
