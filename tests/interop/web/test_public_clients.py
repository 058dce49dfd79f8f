"""The clients that web pages use, graphql-ws and graphql-sse, against a whole server that wants a token."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.examples import node
from tests.together.process import Busbar, free_port

TOKEN = "a-token-of-this-test"
NOBODY = {"panel": None}
MISSING = {"removePanel": {"__typename": "PanelNotFound"}}
COUNTED = [{"data": {"heartbeat": {"seq": seq}}} for seq in (1, 2, 3)]
ALIVE = "{ serverInfo { liveOperations liveSources liveSockets } }"


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port, data = free_port(), tmp_path_factory.mktemp("data")
    command = ("serve", "--port", str(port), "--data", data)
    with Busbar(*command, ready="busbar serves", environ={"BUSBAR_TOKENS": TOKEN}) as running:
        yield f"127.0.0.1:{port}/graphql"
    assert [line for line in running.lines if "Traceback" in line or "ERROR" in line] == []


def told_by(web: Path, script: str, url: str) -> dict[str, Any]:
    done = node.run(web, "node", script, url, TOKEN)
    assert done.stderr == ""
    told: dict[str, Any] = json.loads(done.stdout)
    return told


def await_quiet(server: str) -> None:
    """Returns when the server has noticed that everybody left."""
    for _ in range(1000):
        answer = httpx.post(f"http://{server}", json={"query": ALIVE}, headers={"authorization": f"Bearer {TOKEN}"})
        if set(answer.json()["data"]["serverInfo"].values()) == {0}:
            return
    raise AssertionError(answer.text)


def test_graphql_ws(web: Path, server: str) -> None:
    told = told_by(web, "sockets.mjs", f"ws://{server}")

    assert told.pop("events") == ["ping", "pong"]
    assert told == {
        "query": [{"data": NOBODY}],
        "mutation": [{"data": MISSING}],
        "counted": COUNTED,
        "left": 2,
        "syntax": {"errors": ["GRAPHQL_PARSE_FAILED"]},
        "unknown": {"errors": ["GRAPHQL_VALIDATION_FAILED"]},
        "refused": {"errors": ["PANEL_NOT_FOUND"]},
        "beside": COUNTED[:2],
        "forbidden": {"code": 4403},
    }
    await_quiet(server)


def test_graphql_sse(web: Path, server: str) -> None:
    assert told_by(web, "streams.mjs", f"http://{server}") == {
        "query": [{"data": NOBODY}],
        "mutation": [{"data": MISSING}],
        "counted": COUNTED,
        "left": 2,
        "syntax": ["GRAPHQL_PARSE_FAILED"],
        "unknown": ["GRAPHQL_VALIDATION_FAILED"],
        "refused": ["PANEL_NOT_FOUND"],
        "forbidden": 401,
    }
    await_quiet(server)
