"""A server that stops does not wait for bodies that are still to come: they may never."""

from __future__ import annotations

import json
import socket
from contextlib import ExitStack
from pathlib import Path

import httpx
import pytest

from tests.together.process import Busbar, free_port

STOPPING = "the server is stopping: nothing of this was kept; ask again when it is back"
JSON = b"content-type: application/json\r\ncontent-length: 1000\r\n\r\n"
GRAPH = b"POST /graphql HTTP/1.1\r\nhost: localhost\r\n" + JSON
ANSWERED = b"GET /healthz HTTP/1.1\r\nhost: localhost\r\n\r\n"


def half_sent(upload: str) -> dict[str, bytes]:
    rest = b"POST /cell_specifications HTTP/1.1\r\nhost: localhost\r\n"
    return {
        "graph": GRAPH + b'{"query":',
        "graph, nothing of it": GRAPH,
        "rest": rest + JSON + b'{"name":',
        "chunks": rest + b"content-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n5\r\n{",
        "upload": f"PUT {upload} HTTP/1.1\r\nhost: localhost\r\ncontent-length: 9000\r\n\r\n".encode() + b"PAR1" * 1000,
    }


def upload_path(http: httpx.Client) -> str:
    design = http.post("/cell_specifications", json={"name": "design"}).json()
    cell = http.post(f"/cell_specifications/{design['id']}/cell_instances", json={"name": "cell"}).json()
    path = f"/cell_instances/{cell['id']}/cell_measurements/initiate-upload"
    opened = http.post(path, json={"measurement": {"name": "test"}}).json()
    return httpx.URL(opened["signed_url"]).raw_path.decode()


def said(client: socket.socket) -> tuple[bytes, dict[str, str], dict[str, object] | None]:
    """The whole of the answer: status line, headers and JSON."""
    text = b"".join(iter(lambda: client.recv(65_536), b""))
    head, _, body = text.partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    return status.encode(), dict(line.split(": ", 1) for line in lines), json.loads(body) if body else None


@pytest.fixture
def stopped(tmp_path: Path):
    """The answers to all, by a server that would wait for ten minutes; and what it logged."""
    port, answers = free_port(), {}
    environ = {"BUSBAR_SERVER__DRAIN_S": "600", "BUSBAR_GRAPHQL__BODY_TIMEOUT_S": "600"}
    data = tmp_path / "data"
    with (
        Busbar("serve", "--port", str(port), "--data", data, ready="busbar serves", environ=environ) as server,
        httpx.Client(base_url=f"http://127.0.0.1:{port}") as http,
        ExitStack() as opened,
    ):
        clients = {}
        for name, text in half_sent(upload_path(http)).items():
            clients[name] = opened.enter_context(socket.create_connection(("127.0.0.1", port), 30))
            clients[name].sendall(text)
        silent = opened.enter_context(socket.create_connection(("127.0.0.1", port), 30))
        silent.sendall(GRAPH[:-4])
        assert http.get("/healthz").status_code == 200  # by now all were read
        code = server.stop()
        answers = {name: said(client) for name, client in clients.items()}
        assert silent.recv(1) == b""
    return code, server.lines, answers, data


def test_a_stop_ends_bodies_that_are_still_to_come(stopped) -> None:
    code, lines, answers, data = stopped
    assert (code, lines[1:]) == (0, [])
    for name, (status, headers, body) in answers.items():
        assert status == b"HTTP/1.1 503 Service Unavailable", name
        assert headers["connection"] == "close"
        assert headers["x-content-type-options"] == "nosniff"
        if name.startswith("graph"):
            assert body == {"errors": [{"message": STOPPING, "extensions": {"code": "STOPPING"}}]}
        else:
            assert body == {"error_code": "SERVICE_UNAVAILABLE", "message": STOPPING, "detail": None}
    assert [path.name for path in (data / "cells").rglob("*") if path.is_file()] == ["upload.json"]
