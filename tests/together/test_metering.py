"""The demo's meters with whole processes: an emulator, a server, and a power cut in the midst of the batches."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from clients.plant.models import MACHINES
from server.joins.pilot import CIRCUITS
from tests.together.process import Busbar, free_port

PATIENCE_S = 120.0
BATCHES = ["b0", "b1"]
ENERGY = """{ batches(first: 10) { nodes { batchId state energyKwh meteredEnergyKwh meteredEnergyMissing sharedEnergyKwh
    steps { stage result { energyKwh } meteredEnergyKwh } } } }"""
PANELS = "{ panels { nodes { serial availability circuits { circuitId name } } } }"
WIRE = """mutation($line: Line!, $stage: Stage!, $serial: String!, $circuit: ID!) {
    wireMachine(line: $line, stage: $stage, serial: $serial, circuitId: $circuit) { __typename } }"""


@contextmanager
def emulated(port: int) -> Iterator[dict[str, Any]]:
    command = ("emulate", "--config", "pilot-plant-40", "--port", str(port), "--unlocked", "--json")
    with Busbar(*command, ready="control") as running:
        yield json.loads(running.lines[-1])


@contextmanager
def served(folder: Path, panel: dict[str, Any]) -> Iterator[tuple[Busbar, httpx.Client]]:
    config, port = folder / "busbar.toml", free_port()
    config.write_text(f"""
[plant]
seed = 7
[panels]
allow_loopback = true
[[panels.at_start]]
host = "{panel["host"]}"
port = {panel["port"]}
control = "{panel["control"]}"
""")
    command = ("serve", "--port", str(port), "--data", folder / "data", "--config", config)
    with (
        Busbar(*command, ready="busbar serves") as server,
        httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=30) as http,
    ):
        yield server, http


def asked(http: httpx.Client, query: str, **variables: Any) -> Any:
    answer = http.post("/graphql", json={"query": query, "variables": variables}).json()
    assert "errors" not in answer, answer
    return answer["data"]


def until(http: httpx.Client, query: str, holds: Any) -> Any:
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        answer = asked(http, query)
        if holds(answer):
            return answer
        time.sleep(0.1)
    raise AssertionError(answer)


def wire_all(http: httpx.Client) -> None:
    shown = until(http, PANELS, lambda answer: any(each["circuits"] for each in answer["panels"]["nodes"]))
    (panel,) = shown["panels"]["nodes"]
    ids = {circuit["name"]: circuit["circuitId"] for circuit in panel["circuits"]}
    for key in MACHINES:
        where = {"serial": panel["serial"], "circuit": ids[CIRCUITS[key]]}
        answer = asked(http, WIRE, line=key.line.name, stage=key.stage.name, **where)
        assert answer["wireMachine"]["__typename"] == "Machine"


def done(answer: dict[str, Any], least: int) -> bool:
    """Whether so many of the batches' steps have a metered energy."""
    steps = [step for batch in answer["batches"]["nodes"] for step in batch["steps"]]
    return sum(step["meteredEnergyKwh"] is not None for step in steps) >= least


def test_meters_and_model_agree_over_a_power_cut(tmp_path: Path) -> None:
    with emulated(free_port(-1)) as panel:
        with served(tmp_path, panel) as (server, http):
            wire_all(http)
            for batch_id in BATCHES:
                assert http.post("/factory/start", json={"id": batch_id}).status_code == 202
            until(http, ENERGY, lambda answer: done(answer, 10))
            server.kill()
        with served(tmp_path, panel) as (_, http):
            answer = until(http, ENERGY, lambda answer: all(
                batch["state"] == "COMPLETED" and batch["meteredEnergyKwh"] for batch in answer["batches"]["nodes"]
            ))  # fmt: skip
    batches = answer["batches"]["nodes"]
    assert sorted(batch["batchId"] for batch in batches) == BATCHES
    for batch in batches:
        assert batch["meteredEnergyMissing"] is None
        assert batch["meteredEnergyKwh"] == pytest.approx(batch["energyKwh"], rel=0.02)
        assert batch["sharedEnergyKwh"] > 0
        for step in batch["steps"]:
            assert step["meteredEnergyKwh"] == pytest.approx(step["result"]["energyKwh"], rel=0.02)
