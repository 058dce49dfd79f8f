"""Every block of the README runs here as a reader would run it, on ports of the test's own."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
from websockets.asyncio.client import connect
from websockets.typing import Subprotocol

from tests.together.process import ROOT, Busbar, answer_of, free_port

README = (ROOT / "README.md").read_text()
OFFSETS = (179, 180, 181)
PACE = "mutation {{ setPlantSpeed(speed: {{ pace: {} }}) {{ __typename }} }}"


class Block(NamedTuple):
    language: str
    text: str


BLOCKS = [Block(*found) for found in re.findall(r"^```(\w+)\n(.*?)^```$", README, re.DOTALL | re.MULTILINE)]


def blocks(language: str) -> list[str]:
    return [block.text for block in BLOCKS if block.language == language]


def commands() -> list[str]:
    return [
        line.removeprefix("$ ") for text in blocks("console") for line in text.splitlines() if line.startswith("$ ")
    ]


@pytest.fixture(scope="module")
def port() -> int:
    return free_port(*OFFSETS)


@pytest.fixture(scope="module")
def demo(port: int, tmp_path_factory):
    data = tmp_path_factory.mktemp("readme")
    with Busbar("demo", "--port", str(port), "--data", data, ready="Next:") as running:
        _wait_for_panels(port)
        _wait_for_cells(port)
        _wait_for_plant(port)
        _wait_for_joins(port)
        yield running


def _wait_for_panels(port: int) -> None:
    while len(ask(port, "{ panels { edges { node { availability gridPowerW } } } }")["panels"]["edges"]) < 2:
        pass


def _wait_for_cells(port: int) -> None:
    """Those of the first design; the others follow."""
    while ask(port, "{ cellMeasurements(first: 0) { totalCount } }")["cellMeasurements"]["totalCount"] < 5:
        time.sleep(0.1)


def _wait_for_plant(port: int) -> None:
    """Until all its batches are made, at a pace at which that takes no time."""
    ask(port, PACE.format("MAX"))
    while ask(port, "{ plant { kpis { cellCount } state } }")["plant"]["state"] != "IDLE":
        time.sleep(0.1)
    ask(port, PACE.format("VISIBLE"))


def _wait_for_joins(port: int) -> None:
    """Until the first batch's cells are in the lab, and its meters were read."""
    asked = '{ batch(id: "demo_001") { meteredEnergyKwh cells(first: 0) { totalCount } } }'
    while True:
        batch = ask(port, asked)["batch"]
        if batch["meteredEnergyKwh"] is not None and batch["cells"]["totalCount"]:
            return
        time.sleep(0.1)


def ask(port: int, document: str) -> Any:
    answer = httpx.post(f"http://127.0.0.1:{port}/graphql", json={"query": document}, timeout=30).json()
    assert "errors" not in answer, answer
    return answer["data"]


def shape(value: Any) -> Any:
    """What must not change between two readings: keys, texts and lengths, but no measured number."""
    if isinstance(value, dict):
        return {key: shape(each) for key, each in value.items()}
    if isinstance(value, list):
        return [shape(each) for each in value]
    return "a number" if isinstance(value, float) else value


def test_there_is_something_to_test() -> None:
    assert {block.language for block in BLOCKS} == {"console", "graphql", "json", "python", "sh"}


def test_the_demo_prints_what_the_readme_shows(demo: Busbar, port: int) -> None:
    shown = next(text for text in blocks("console") if "make demo" in text)
    expected = [re.sub(r"\s+", " ", line).strip() for line in shown.splitlines()[1:]]
    said = "\n".join(re.sub(r"\s+", " ", line).strip() for line in demo.lines)
    for number, shown_number in ((port, 8000), (port + 179, 8179), (port + 180, 8180), (port + 181, 8181)):
        said = said.replace(f":{number}", f":{shown_number}")
    assert [line for line in expected if line not in re.sub(r"data \S+", "data var/demo", said)] == []


@pytest.mark.parametrize("command", [command for command in commands() if command.startswith("make")])
def test_make_knows_the_target(command: str) -> None:
    dry = subprocess.run([*command.split(), "-n"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert dry.returncode == 0, dry.stderr


@pytest.mark.parametrize("command", [command for command in commands() if "busbar" in command])
def test_the_command_knows_its_options(command: str) -> None:
    _, *arguments = command.split()
    assert answer_of(*arguments, "--help").returncode == 0


def test_the_plants_query_answers_what_the_readme_shows(demo: Busbar, port: int) -> None:
    document = next(text for text in blocks("graphql") if "LookAtThePlant" in text)
    shown = next(json.loads(text)["data"] for text in blocks("json") if "batchCount" in text)
    assert shape(ask(port, document)) == shape(shown)


@pytest.mark.parametrize("document", [text for text in blocks("graphql") if not text.startswith("subscription")])
def test_the_operation_answers_without_an_error(demo: Busbar, port: int, document: str) -> None:
    assert all(ask(port, document).values())


def test_the_thin_anode_is_flagged(demo: Busbar, port: int) -> None:
    mutation = next(text for text in blocks("graphql") if "addBatch" in text).replace("thin_001", "thin_002")
    assert ask(port, mutation)["addBatch"]["__typename"] == "Batch"
    _wait_for_plant(port)
    (batch,) = ask(port, '{ batch(id: "thin_002") { steps { line stage result { flags } } } }').values()
    flagged = [
        (step["line"], step["stage"], step["result"]["flags"]) for step in batch["steps"] if step["result"]["flags"]
    ]
    assert flagged == [("ANODE", "CALENDERING", ["porosity_off_target"])]


def test_the_winder_is_set(demo: Busbar, port: int) -> None:
    mutation = next(text for text in blocks("graphql") if "updateMachineParameters" in text)
    assert ask(port, mutation)["updateMachineParameters"]["__typename"] == "MachineParametersUpdated"


def test_the_plants_requests_are_answered(demo: Busbar, port: int) -> None:
    _wait_for_plant(port)
    (script,) = blocks("sh")
    strict = f"set -e\n{script}".replace("8000", str(port)).replace("curl ", "curl --fail-with-body --silent ")
    done = subprocess.run(["bash", "-c", strict], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    answers = _json_after_json(done.stdout)
    assert [answer.get("status") for answer in answers[:2]] == ["running", "queued"]
    assert answers[2]["parameters"] == answers[3]["parameters"]
    assert answers[4]["batches"][0]["id"] == "batch_001"
    _wait_for_plant(port)
    steps = httpx.get(f"http://127.0.0.1:{port}/factory/status").json()["batches"][0]["steps"]
    assert "not_coatable" in steps[0]["result"]["flags"]


def _json_after_json(text: str) -> list[Any]:
    found, place = [], 0
    while place < len(text):
        value, place = json.JSONDecoder().raw_decode(text, place)
        found.append(value)
    return found


def test_the_socket_tells_how_the_plant_stands(demo: Busbar, port: int) -> None:
    command = next(command for command in commands() if "websockets" in command).replace("8000", str(port))
    _, *arguments = command.split()
    with subprocess.Popen(
        [sys.executable, "-m", "websockets", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as client:
        assert client.stdout is not None
        told = next(line for line in client.stdout if '"kind"' in line)
        client.terminate()
    assert '"kind":"status"' in told


def test_the_plant_runs_in_the_terminal() -> None:
    command = next(command for command in commands() if "plant run" in command)
    done = answer_of(*command.split()[1:])
    assert done.returncode == 0, done.stderr
    assert "batches: 20 queued, 20 started, 20 assembled, 20 completed" in done.stdout


def test_the_first_query_is_over_all_three_worlds_and_answers_what_the_readme_shows(demo: Busbar, port: int) -> None:
    shown = json.loads(blocks("json")[0])["data"]
    answer = ask(port, blocks("graphql")[0])
    assert shape(answer) == shape(shown)
    for batch in (answer["batch"], shown["batch"]):
        assert batch["meteredEnergyKwh"] == pytest.approx(batch["energyKwh"], rel=0.02)
        assert sum(step["kwh"] for step in batch["steps"]) == pytest.approx(batch["meteredEnergyKwh"], abs=0.01)


def test_the_panels_query_answers_what_the_readme_shows(demo: Busbar, port: int) -> None:
    document = next(text for text in blocks("graphql") if "FirstLook" in text)
    shown = next(json.loads(text)["data"] for text in blocks("json") if "gridPowerW" in text)
    (answer,) = ask(port, document).values()
    heat_pump = answer["circuits"][1]
    heat_pump["relayState"] = "CLOSED"  # the mutation further down may have opened it already
    assert shape({"panel": answer}) == shape(shown)


async def test_the_subscription_sends_power(demo: Busbar, port: int) -> None:
    document = next(text for text in blocks("graphql") if "circuitPower" in text)
    message = await first_message(port, document)
    assert message["type"] == "next"
    assert message["payload"]["data"]["circuitPower"]["circuits"]


async def test_the_plants_subscription_sends_what_happens(demo: Busbar, port: int) -> None:
    document = next(text for text in blocks("graphql") if "simulationProgress" in text)
    adding = asyncio.create_task(_keep_adding_batches(port))
    message = await first_message(port, document)
    adding.cancel()
    assert message["type"] == "next"
    assert message["payload"]["data"]["simulationProgress"]["batchId"]


async def test_the_feed_of_all_sends_what_happens(demo: Busbar, port: int) -> None:
    document = next(text for text in blocks("graphql") if "EverythingLive" in text)
    adding = asyncio.create_task(_keep_adding_batches(port))
    message = await first_message(port, document)
    adding.cancel()
    event = message["payload"]["data"]["events"]
    assert event["topic"] in ("panel", "cells", "plant", "joins")
    assert event["cursor"]


def test_the_search_finds_a_cell_of_the_first_batch(demo: Busbar, port: int) -> None:
    document = next(text for text in blocks("graphql") if "FindIt" in text)
    hits = ask(port, document)["search"]
    assert {"name": "demo_001-0001", "producedBy": {"batchId": "demo_001"}} in [hit["node"] for hit in hits]


async def _keep_adding_batches(port: int) -> None:
    """Nobody says when a subscription has begun."""
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}") as client:
        while True:
            await client.post("/graphql", json={"query": "mutation { addBatch { __typename } }"})
            await asyncio.sleep(0.5)


async def first_message(port: int, document: str) -> Any:
    url = f"ws://127.0.0.1:{port}/graphql"
    async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        await socket.send('{"type": "connection_init"}')
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": document}}))
        return json.loads(await socket.recv())


def test_the_program_prints_circuits(tmp_path: Path) -> None:
    port = free_port()
    program = tmp_path / "program.py"
    program.write_text(next(text for text in blocks("python") if "asyncio.run" in text).replace("8180", str(port)))
    command = next(command for command in commands() if "emulate" in command).replace("8180", str(port))

    with Busbar(*command.split()[1:], ready="nj-"):
        done = subprocess.run([sys.executable, "-W", "error", program], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stderr
    assert "Heat pump" in done.stdout


def test_the_lab_program_prints_its_measurement(demo: Busbar, port: int, tmp_path: Path) -> None:
    program = tmp_path / "program.py"
    program.write_text(next(text for text in blocks("python") if "CellsClient" in text).replace("8000", str(port)))
    done = subprocess.run([sys.executable, "-W", "error", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "First discharge shape: (4, 4)" in done.stdout


def test_the_test_passes(tmp_path: Path) -> None:
    (tmp_path / "test_mine.py").write_text(next(text for text in blocks("python") if "span_panel" in text))
    command = [sys.executable, "-W", "error", "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
