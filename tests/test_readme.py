"""Every block of the README runs here as a reader would run it, on ports of the test's own."""

from __future__ import annotations

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
        yield running


def _wait_for_panels(port: int) -> None:
    while len(ask(port, "{ panels { edges { node { availability gridPowerW } } } }")["panels"]["edges"]) < 2:
        pass


def _wait_for_cells(port: int) -> None:
    """Those of the first design; the others follow."""
    while ask(port, "{ cellMeasurements(first: 0) { totalCount } }")["cellMeasurements"]["totalCount"] < 5:
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
    assert {block.language for block in BLOCKS} == {"console", "graphql", "json", "python"}


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


@pytest.mark.parametrize("document", [text for text in blocks("graphql") if not text.startswith("subscription")])
def test_the_operation_answers_without_an_error(demo: Busbar, port: int, document: str) -> None:
    (answer,) = ask(port, document).values()
    assert answer


def test_the_first_query_answers_what_the_readme_shows(demo: Busbar, port: int) -> None:
    document = blocks("graphql")[0]
    shown = json.loads(blocks("json")[0])["data"]
    (answer,) = ask(port, document).values()
    heat_pump = answer["circuits"][1]
    heat_pump["relayState"] = "CLOSED"  # the mutation further down may have opened it already
    assert shape({"panel": answer}) == shape(shown)


async def test_the_subscription_sends_power(demo: Busbar, port: int) -> None:
    document = next(text for text in blocks("graphql") if text.startswith("subscription"))
    url = f"ws://127.0.0.1:{port}/graphql"
    async with connect(url, subprotocols=[Subprotocol("graphql-transport-ws")]) as socket:
        await socket.send('{"type": "connection_init"}')
        assert json.loads(await socket.recv())["type"] == "connection_ack"
        await socket.send(json.dumps({"id": "1", "type": "subscribe", "payload": {"query": document}}))
        message = json.loads(await socket.recv())
    assert message["type"] == "next"
    assert message["payload"]["data"]["circuitPower"]["circuits"]


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
