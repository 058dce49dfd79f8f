from __future__ import annotations

import json

import httpx
import pytest


@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.999])
async def test_r18_a_truncated_body_promises_more_than_comes(http, panel, share):
    whole = (await http.get("/circuits")).content
    panel.faults.add({"kind": "truncated", "share": share})
    received: list[bytes] = []

    async def receive(answer: httpx.Response) -> None:
        async for piece in answer.aiter_raw():
            received.append(piece)  # noqa: PERF401  # what came before the error counts

    async with http.stream("GET", "/circuits") as answer:
        assert int(answer.headers["content-length"]) == len(whole)
        with pytest.raises(httpx.RemoteProtocolError, match="without sending complete message body"):
            await receive(answer)

    assert b"".join(received) == whole[: int(len(whole) * share)]


async def test_r18_invalid_json_is_whole_and_has_the_right_length(http, panel):
    panel.faults.add({"kind": "invalid_json"})
    for path in ("/circuits", "/panel", "/status", "/spaces"):
        answer = await http.get(path)

        assert int(answer.headers["content-length"]) == len(answer.content)
        with pytest.raises(json.JSONDecodeError):
            answer.json()


async def test_a_page_that_was_no_json_cannot_be_spoiled(http, panel):
    fault = panel.faults.add({"kind": "invalid_json"})

    assert (await http.get("/docs")).status_code == 200
    assert fault.hits == 0


async def test_the_broken_answer_of_a_write_was_done_all_the_same(http, panel):
    panel.faults.add({"kind": "invalid_json"})

    await http.post("/panel/grid", json={"relayState": "OPEN"})

    assert not panel.reading().main_relay_closed
