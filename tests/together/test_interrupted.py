"""Ctrl-C while samples are being digested, exported and drawn: a clean end, and nothing left of what was given up."""

from __future__ import annotations

import random
import threading
import uuid
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.server.cells.parquet import frame, parquet
from tests.together.process import Busbar, free_port

ROWS = 300_000
Work = Callable[[httpx.Client, bytes, threading.Event], None]


def uploaded(http: httpx.Client, body: bytes, began: threading.Event) -> None:
    """Upload and confirm again and again under new names, until the server is gone."""
    design = http.post("/cell_specifications", json={"name": "design"}).json()
    instance = http.post(f"/cell_specifications/{design['id']}/cell_instances", json={"name": "cell"}).json()
    while True:
        put(http, instance["id"], body, began)


def put(http: httpx.Client, instance_id: str, body: bytes, began: threading.Event | None = None) -> str:
    """One measurement's id; `began` is set before the server digests it."""
    measurement = {"name": uuid.uuid4().hex}
    path = f"/cell_instances/{instance_id}/cell_measurements/initiate-upload"
    opened = http.post(path, json={"measurement": measurement}).json()
    http.put(opened["signed_url"], content=body)
    if began:
        began.set()
    asked = {"cell_instance_id": instance_id, "measurement": measurement}
    answer = http.post(f"/cell_measurements/{opened['measurement_id']}/confirm-upload", json=asked)
    check(answer)
    return str(opened["measurement_id"])


def exported(http: httpx.Client, body: bytes, began: threading.Event) -> None:
    """Export again and again."""
    design = http.post("/cell_specifications", json={"name": "design"}).json()
    instance = http.post(f"/cell_specifications/{design['id']}/cell_instances", json={"name": "cell"}).json()
    measurement_id = put(http, instance["id"], body)
    began.set()
    while True:
        check(http.get(f"/export/cell_measurements/{measurement_id}.csv"))


def check(answer: httpx.Response) -> None:
    """A stopping server gives up its work, with 503 or by cutting off what it sends."""
    if answer.status_code == 503:
        raise httpx.RemoteProtocolError(answer.text)
    assert answer.status_code == 200, answer.text


def stopped(data: Path, work: Work, after_s: float) -> list[str]:
    """What a server said that was stopped this long after the work began."""
    port, began, body = free_port(), threading.Event(), parquet(frame(0, ROWS))
    wrong: list[AssertionError] = []

    def client() -> None:
        with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as http:
            try:
                work(http, body, began)
            except httpx.TransportError:
                return
            except AssertionError as error:
                wrong.append(error)

    with Busbar("serve", "--port", str(port), "--data", data, ready="busbar serves") as server:
        thread = threading.Thread(target=client)
        thread.start()
        assert began.wait(60)
        threading.Event().wait(after_s)
        assert server.stop() == 0, server.lines
    thread.join(60)
    assert not wrong
    return server.lines


@pytest.mark.timeout(600)
@pytest.mark.parametrize("work", [uploaded, exported])
def test_ctrl_c_in_the_middle_of_work_is_a_clean_end(tmp_path: Path, work: Work) -> None:
    dice = random.Random(1)
    for number in range(2):
        data = tmp_path / str(number)
        said = stopped(data, work, dice.uniform(0, 1))
        assert not [line for line in said if "Traceback" in line or "KeyboardInterrupt" in line], said
        with Busbar("serve", "--port", str(free_port()), "--data", data, ready="busbar serves") as again:
            left = {path.relative_to(data / "cells").parts[0] for path in (data / "cells").rglob("*")}
            assert left <= {"measurements", "uploads"}
            assert not list(data.rglob("*#*"))
            assert again.stop() == 0
