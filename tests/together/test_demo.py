"""`make demo`, run as a newcomer runs it: links, live panels, one Ctrl-C and nothing left."""

from __future__ import annotations

import signal
import socket
import time
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.together.process import Busbar, answer_of, free_port

OFFSETS = (179, 180, 181)
PANELS = "{ panels { edges { node { serial name availability gridPowerW circuits { name powerW } } } } }"


@pytest.fixture(scope="module")
def port() -> int:
    return free_port(*OFFSETS)


@pytest.fixture(scope="module")
def demo(port: int, tmp_path_factory):
    data = tmp_path_factory.mktemp("demo")
    with Busbar("demo", "--port", str(port), "--data", data, ready="Next:") as running:
        yield running


def panels(port: int) -> list[dict[str, Any]]:
    answer = httpx.post(f"http://127.0.0.1:{port}/graphql", json={"query": PANELS}, timeout=10)
    return [edge["node"] for edge in answer.json()["data"]["panels"]["edges"]]


def online(port: int) -> list[dict[str, Any]]:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        found = panels(port)
        if len(found) == 2 and all(panel["availability"] == "ONLINE" for panel in found):
            return found
    raise AssertionError(f"not online: {panels(port)}")


def test_it_prints_the_links_of_the_server_and_both_panels(demo: Busbar, port: int) -> None:
    said = "\n".join(demo.lines)
    assert f"http://127.0.0.1:{port}/graphql" in said
    assert f"http://127.0.0.1:{port + 179}" in said
    assert f"http://127.0.0.1:{port + 180}" in said
    assert f"http://127.0.0.1:{port + 181}" in said


def test_the_lab_fills_by_itself(demo: Busbar, port: int) -> None:
    ask = """{ cellSpecifications(filter: { name: { contains: "Demo" } }) {
      nodes { instances(first: 9) { nodes { measurements(first: 0) { totalCount } } } }
    } }"""
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        found = httpx.post(f"http://127.0.0.1:{port}/graphql", json={"query": ask}, timeout=30).json()["data"]
        cells = [cell for each in found["cellSpecifications"]["nodes"] for cell in each["instances"]["nodes"]]
        if (len(cells), sum(cell["measurements"]["totalCount"] for cell in cells)) == (8, 30):
            return
        time.sleep(0.2)
    raise AssertionError(f"not full: {found}")


def test_the_plant_makes_three_batches(demo: Busbar, port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        status = httpx.get(f"http://127.0.0.1:{port}/factory/status", timeout=10).json()
        made = [batch["id"] for batch in status["batches"] if batch["cells"] > 0]
        if made == ["demo_003", "demo_002", "demo_001"]:
            assert status["seed"] == 7
            return
        time.sleep(0.2)
    raise AssertionError(f"not made: {[(batch['id'], batch['progress']) for batch in status['batches']]}")


MACHINES = "{ plant { lines { machines { line stage stoppedBecause circuit { name panel { name } } } } } }"


def test_every_machine_hangs_on_its_circuit(demo: Busbar, port: int) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        answer = httpx.post(f"http://127.0.0.1:{port}/graphql", json={"query": MACHINES}, timeout=10).json()["data"]
        machines = [machine for line in answer["plant"]["lines"] for machine in line["machines"]]
        if all(machine["circuit"] for machine in machines):
            break
        time.sleep(0.2)
    assert len({machine["circuit"]["name"] for machine in machines}) == 16
    assert {machine["circuit"]["panel"]["name"] for machine in machines} == {"pilot-plant-40"}
    assert {machine["stoppedBecause"] for machine in machines} == {None}
    coater = next(each for each in machines if (each["line"], each["stage"]) == ("ANODE", "COATING"))
    assert coater["circuit"]["name"] == "Anode coating"


def test_both_panels_come_online_with_live_circuits(demo: Busbar, port: int) -> None:
    house, plant = sorted(online(port), key=lambda panel: panel["name"])
    assert house["name"] == "house-32"
    assert plant["name"] == "pilot-plant-40"
    assert any(circuit["powerW"] for circuit in house["circuits"])
    assert any(circuit["powerW"] for circuit in plant["circuits"])


def test_it_is_ready_and_healthy(demo: Busbar, port: int) -> None:
    online(port)
    assert httpx.get(f"http://127.0.0.1:{port}/readyz").json() == {"status": "ready"}
    assert httpx.get(f"http://127.0.0.1:{port}/healthz").status_code == 200
    assert "type Panel" in httpx.get(f"http://127.0.0.1:{port}/schema.graphql").text


@pytest.mark.parametrize("offset", [0, 179, 180])
def test_a_taken_port_is_one_clear_line(offset: int) -> None:
    port = free_port(*OFFSETS)
    with socket.create_server(("127.0.0.1", port + offset)):
        answer = answer_of("demo", "--port", str(port))

    assert answer.returncode == 2
    assert len(answer.stderr.strip().splitlines()) == 1
    assert str(port + offset) in answer.stderr


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_one_signal_leaves_nothing_behind(tmp_path: Path, stop: signal.Signals) -> None:
    port = free_port(*OFFSETS)
    with Busbar("demo", "--port", str(port), "--data", tmp_path, ready="Next:") as running:
        online(port)
        children = Path(f"/proc/{running.pid}/task/{running.pid}/children").read_text().split()
        code = running.stop(stop)

    assert code == 0
    assert not [line for line in running.lines if "Traceback" in line or "rror" in line]
    assert not [child for child in children if Path(f"/proc/{child}").exists()]
    assert free(port)
    assert free(port + 180)


def free(port: int) -> bool:
    with socket.socket() as client:
        return client.connect_ex(("127.0.0.1", port)) != 0


def test_the_second_start_finds_its_panels_again(tmp_path: Path) -> None:
    port = free_port(*OFFSETS)
    for _ in range(2):
        with Busbar("demo", "--port", str(port), "--data", tmp_path, ready="Next:"):
            assert len(online(port)) == 2
