"""docs/emulator.md runs here: its commands in their order, its files, its programs; its tables tell all there is."""

from __future__ import annotations

import dataclasses
import doctest
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from emulator.cli import emulate
from emulator.configuration.config import load_panel
from emulator.control.panel import TABLE
from emulator.faults import fault_of
from emulator.faults.kinds import KINDS
from emulator.firmware import FIRMWARES
from emulator.recording.capture import read_capture
from emulator.scenarios import load_scenario, shipped_scenarios
from tests.together.process import READY_S, ROOT, Busbar, free_port

pytest_plugins = ["pytester"]

DOCUMENT = (ROOT / "docs" / "emulator.md").read_text()
SECTIONS = dict(re.findall(r"^## ([^\n]+)\n(.*?)(?=^## |\Z)", DOCUMENT, re.DOTALL | re.MULTILINE))
PORT, CONTROL_PORT = 8180, 8179
BINARIES = Path(sys.executable).parent


class Command(NamedTuple):
    line: str
    shown: str


def blocks(language: str, text: str = DOCUMENT) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", text, re.DOTALL | re.MULTILINE)


def commands() -> list[Command]:
    """Every command of the document in its order, and what the document shows below it."""
    parts = [part for block in blocks("console") for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [Command(*part.split("\n", 1)) for part in parts]


def rows(section: str) -> list[list[str]]:
    """The cells of the section's table rows whose first cell is `code`."""
    lines = [line for line in SECTIONS[section].splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]


def names(section: str) -> list[str]:
    return [row[0].strip("`") for row in rows(section)]


def matches(shown: str, said: str) -> bool:
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE
    return doctest.OutputChecker().check_output(shown, said + "\n", flags)


class Terminals:
    """One shell, and the emulators that the document starts, each on a port of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.port = folder, 0

    def start(self, command: Command) -> Busbar:
        self.port = free_port(-1)
        _, *arguments = command.line.replace("capture.jsonl", str(self.folder / "capture.jsonl")).split()
        arguments = [str(self.port) if argument == str(PORT) else argument for argument in arguments]
        if "--port" not in arguments:
            arguments += ["--port", str(self.port)]
        return Busbar(*arguments, ready="Ctrl-C stops")

    def run(self, command: Command) -> str:
        line = command.line.replace(str(PORT), str(self.port)).replace(str(CONTROL_PORT), str(self.port - 1))
        if line.startswith("busbar panel"):
            line += f" --url http://127.0.0.1:{self.port - 1}"
        environ = {**os.environ, "PATH": f"{BINARIES}{os.pathsep}{os.environ['PATH']}"}
        done = subprocess.run(
            line, shell=True, cwd=self.folder, env=environ, capture_output=True, text=True, timeout=READY_S, check=False
        )
        assert done.returncode == 0, f"{command.line}: {done.stdout}{done.stderr}"
        return self.as_documented(done.stdout)

    def as_documented(self, said: str) -> str:
        return said.replace(str(self.port), str(PORT)).replace(str(self.port - 1), str(CONTROL_PORT))


def test_the_commands_say_what_the_document_shows(tmp_path: Path) -> None:
    terminals = Terminals(tmp_path)
    running: Busbar | None = None
    try:
        for command in commands():
            if command.line.startswith("busbar emulate"):
                if running is not None:
                    running.stop()
                running = terminals.start(command).__enter__()
                said = terminals.as_documented("\n".join(running.lines))
            else:
                said = terminals.run(command)
            assert matches(command.shown, said), f"{command.line}\n{said}\nis not\n{command.shown}"
    finally:
        if running is not None:
            running.stop()


def test_there_are_commands_to_run() -> None:
    assert len(commands()) > 15
    assert sum(command.line.startswith("curl") for command in commands()) > 8


def test_the_panels_file_can_be_used_and_names_a_whole_panel(tmp_path: Path) -> None:
    path = tmp_path / "shed.yaml"
    path.write_text(blocks("yaml", SECTIONS["A panel's file"])[0])

    config = load_panel(path)

    assert {circuit.name for circuit in config.circuits} == {"Lights", "Well pump", "Car charger", "Battery"}


def test_the_scenarios_file_can_be_played(tmp_path: Path, span_panel) -> None:
    path = tmp_path / "nights.yaml"
    path.write_text(blocks("yaml", SECTIONS["Scenarios"])[0])

    assert len(load_scenario(path).steps) == 3
    span_panel.scenario(str(path))
    span_panel.step(86_400)


def test_the_capture_can_be_replayed(tmp_path: Path) -> None:
    path = tmp_path / "capture.jsonl"
    path.write_text(blocks("json")[0])

    assert read_capture(path).answers[0].content == b'{"islanding_state":"ON_GRID"}'


def test_the_tests_of_the_document_pass(pytester: pytest.Pytester) -> None:
    tests = [text for text in blocks("python") if "def test_" in text]
    pytester.makepyfile("\n".join(tests))
    pytester.makeini("[pytest]\nanyio_mode = auto")
    pytester.makeconftest("import pytest\n@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'")

    pytester.runpytest_subprocess("-W", "error", "--strict-markers").assert_outcomes(passed=3)


def test_the_program_without_a_socket_runs(tmp_path: Path) -> None:
    (text,) = [text for text in blocks("python") if "asyncio.run" in text]
    program = tmp_path / "program.py"
    program.write_text(text)

    done = subprocess.run([sys.executable, "-W", "error", program], capture_output=True, text=True, check=False)

    assert (done.stdout, done.stderr) == ("nj-2316-032ho\ngone for a minute\n", "")


def test_every_option_is_told_and_no_other() -> None:
    known = [max(option.opts, key=len) for option in emulate.params if option.name != "help"]
    assert sorted(names("Options")) == sorted(known)


def test_every_firmware_is_told_as_it_is() -> None:
    told = {name.strip("`"): summary for name, summary in rows("Firmware")}
    assert told == {name: firmware.summary for name, firmware in FIRMWARES.items()}


def test_every_fault_is_told_and_no_other() -> None:
    keys = ["route", "method", "count", "probability", "from", "to`, `for"]
    assert names("Faults") == [*keys, *KINDS]


@pytest.mark.parametrize("kind", KINDS)
def test_the_fault_has_the_keys_that_are_told(kind: str) -> None:
    own = next(row[2] for row in rows("Faults") if row[0] == f"`{kind}`")
    told = set(re.findall(r"`(\w+)`", re.sub(r"\([^)]*\)|: .*", "", own)))

    assert told == {field.name for field in dataclasses.fields(KINDS[kind])}  # type: ignore[arg-type]  # every effect is one


def test_every_scenario_is_told_as_its_file_tells_it() -> None:
    told = {name.strip("`"): (what, advice) for name, what, advice in rows("Scenarios")}
    shipped = {name: load_scenario(name) for name in shipped_scenarios()}
    assert told == {name: (played.description, played.good_client) for name, played in shipped.items()}


def test_every_verb_is_told_with_its_arguments() -> None:
    lines = re.findall(r"^\| (GET|POST) \| `([^`]+)` \| ([^|]*)\|", SECTIONS["Control"], re.MULTILINE)
    told = {path: (method, re.findall(r"`(\w+)`", arguments)) for method, path, arguments in lines}
    assert told == {path: (verb.method, list(verb.arguments.model_fields)) for path, verb in TABLE.items()}


def test_the_times_that_are_told_are_understood() -> None:
    for begins in (20, "20m", "18:00", "2026-06-21T18:00"):
        assert fault_of({"kind": "hang", "from": begins}).window.begins is not None
