"""The starter of a frontend developer: installed, generated, type-checked and run, over restarts and power cuts."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.examples import node
from tests.together.process import ROOT, Busbar, free_port

pytestmark = pytest.mark.timeout(300)

TOPICS = ["plant/batch/web_1", "cells/batch/web_1"]
EVENTS = "query($topics: [String!]) { events(topics: $topics, first: 500) { nodes { topic sequence kind data } } }"
PACE = "mutation { setPlantSpeed(speed: { pace: MAX }) { __typename } }"
ADD = """mutation($port: Int!, $token: String) { addPanel(
  name: "Feeder", host: "127.0.0.1", port: $port, accessToken: $token) {
  ... on Panel { serial name circuits { circuitId name } } ... on PanelRefusal { message } } }"""
WIRE = """mutation($serial: String!, $circuit: ID!) {
  wireMachine(line: CATHODE, stage: DRYING, serial: $serial, circuitId: $circuit) { __typename } }"""
WIRED = "{ machine(line: CATHODE, stage: DRYING) { circuit { name } } }"


@pytest.fixture(scope="module")
def starter(tmp_path_factory) -> Path:
    """The starter, installed, with its types generated, and compiled."""
    folder = node.starter(tmp_path_factory.mktemp("typescript"))
    compiled = node.run(folder, "npm", "run", "prestart")
    assert compiled.returncode == 0, compiled.stdout + compiled.stderr
    return folder


class Server:
    """One `busbar serve` after another, on one folder and one port."""

    def __init__(self, data: Path) -> None:
        self._data, self._port = data, free_port()
        self.url = f"http://127.0.0.1:{self._port}"

    def running(self) -> Busbar:
        return Busbar("serve", "--dev", "--port", str(self._port), "--data", self._data, ready="busbar serves")

    def ask(self, document: str, **variables: Any) -> Any:
        asked = {"query": document, "variables": variables}
        answer = httpx.post(f"{self.url}/graphql", json=asked, timeout=30).json()
        assert "errors" not in answer, answer
        return answer["data"]


@contextmanager
def program(folder: Path, url: str, errors: Path):
    """`npm start -- web_1` as it runs; what it complains of is in `errors`."""
    command = ["npm", "start", "--silent", "--", "web_1"]
    environ = {**os.environ, "BUSBAR_URL": url}
    with (
        errors.open("w") as complaints,
        subprocess.Popen(
            command,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=complaints,
            text=True,
            env=environ,
            start_new_session=True,
        ) as started,
    ):
        try:
            yield started
        finally:
            with suppress(ProcessLookupError):
                os.killpg(started.pid, signal.SIGKILL)


def events_of(lines: list[str]) -> list[str]:
    return [line for line in lines if line.startswith(("plant ", "cells "))]


def read(started: subprocess.Popen[str], lines: list[str], events: int) -> None:
    """Until that many events came, in all."""
    while len(events_of(lines)) < events:
        line = started.stdout.readline() if started.stdout else ""
        assert line, lines
        lines.append(line.rstrip("\n"))


def logged(server: Server) -> list[str]:
    nodes = server.ask(EVENTS, topics=TOPICS)["events"]["nodes"]
    return [
        f"{each['topic']} {each['sequence']} {each['kind']} {each['data'].get('machine') or ''}".rstrip()
        for each in nodes
    ]


def test_the_lock_has_hashes_and_no_addresses() -> None:
    folder = ROOT / "examples" / "typescript"
    lock = json.loads((folder / "package-lock.json").read_text())["packages"]
    del lock[""]
    assert [name for name, each in lock.items() if not each["integrity"].startswith("sha512-")] == []
    assert [name for name, each in lock.items() if "resolved" in each] == []
    assert "omit-lockfile-registry-resolved=true" in (folder / ".npmrc").read_text()


def test_a_refusal_that_the_code_does_not_know_does_not_compile(starter: Path, tmp_path: Path) -> None:
    assert node.run(starter, "npm", "run", "check").returncode == 0

    schema = (ROOT / "schema" / "schema.graphql").read_text()
    newer = tmp_path / "newer.graphql"
    newer.write_text(schema.replace("union AddBatchResult = ", "union AddBatchResult = PanelNotFound | "))
    assert node.run(starter, "npm", "run", "generate", SCHEMA=str(newer)).returncode == 0
    checked = node.run(starter, "npm", "run", "check")
    assert node.run(starter, "npm", "run", "generate").returncode == 0

    assert checked.returncode != 0
    assert "src/order.ts" in checked.stdout
    assert "PanelNotFound" in checked.stdout


def test_it_shows_each_event_once_over_a_restart_and_a_power_cut(starter: Path, tmp_path: Path, span_panel) -> None:
    server = Server(tmp_path / "data")
    lines: list[str] = []
    errors = tmp_path / "errors"
    with server.running() as first:
        wire(server, span_panel)
        with program(starter, server.url, errors) as started:
            read(started, lines, 8)
            assert first.stop() == 0
            with server.running() as second:
                read(started, lines, 20)
                second.kill()
            with server.running():
                while not server.ask(WIRED)["machine"]["circuit"]:
                    time.sleep(0.1)
                server.ask(PACE)
                lines += [line.rstrip("\n") for line in started.stdout or []]
                assert started.wait(node.RUN_S) == 0, errors.read_text()
                assert events_of(lines) == logged(server)
                shown = "\n".join(lines)
                taken = node.run(starter, "node", "build/main.js", "web_1", BUSBAR_URL=server.url)
    assert errors.read_text().count("connection lost") >= 2
    assert "web_1 is COMPLETED" in shown
    assert shown.count(" kWh  no circuit") == 15
    assert "circuits metered nothing: " in shown
    assert "CATHODE  DRYING" in next(line for line in lines if "kWh  Feeder, " in line)
    assert shown.count("  Formation: 1441 samples") == 3
    assert (taken.returncode, taken.stdout) == (1, "")
    assert "web_1" in taken.stderr
    assert len(taken.stderr.splitlines()) == 1


def wire(server: Server, span_panel) -> None:
    """Have one machine hang on a circuit of an emulated panel."""
    added = server.ask(ADD, port=span_panel.port, token=span_panel.token)["addPanel"]
    answer = server.ask(WIRE, serial=added["serial"], circuit=added["circuits"][0]["circuitId"])
    assert answer["wireMachine"]["__typename"] == "Machine"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://127.0.0.1:1", "No busbar answers at http://127.0.0.1:1: start one (make demo), or set BUSBAR_URL."),
        ("nonsense", 'BUSBAR_URL is "nonsense": give an address such as http://127.0.0.1:8000.'),
    ],
)
def test_a_wrong_address_is_one_line(starter: Path, url: str, said: str) -> None:
    done = node.run(starter, "node", "build/main.js", BUSBAR_URL=url)
    assert (done.returncode, done.stdout, done.stderr.strip()) == (1, "", said)


FOLLOW = """import { follow } from "./build/follow.js";
try {
  for await (const event of follow(["plant"], process.argv[1])) console.log(event);
} catch (error) { console.log(error.message); }"""


def test_what_the_server_refuses_ends_it_and_is_not_tried_again(starter: Path, tmp_path: Path) -> None:
    server = Server(tmp_path / "data")
    with server.running():
        done = node.run(starter, "node", "--input-type=module", "-e", FOLLOW, "x", BUSBAR_URL=server.url)
    assert "'x' is no cursor" in done.stdout
    assert done.stderr == ""
