"""`busbar panel ...` against a control on a real socket."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from clients import emulator as client
from emulator.control.app import ControlApp
from emulator.control.fleet import Control
from emulator.control.guard import Guard
from emulator.control.panel import TABLE
from emulator.control.server import serving_control
from emulator.http.server import LOOPBACK, listen
from emulator.panel import EmulatedPanel
from emulator.testing.thread import LoopThread
from server.cli.controlling import DEFAULT_URL
from server.cli.group import busbar
from server.cli.panel import panel as group

NOON = 1_782_043_200
Run = Callable[..., Result]

SAID: list[tuple[str, str, dict[str, Any]]] = [
    ("door --presses 3", "door", {"presses": 3}),
    ("lock", "lock", {}),
    ("client add ha --description Home", "clients/add", {"name": "ha", "description": "Home"}),
    ("client remove old", "clients/remove", {"name": "old"}),
    ("reset --seed 5", "reset", {"seed": 5}),
    ("seed 6", "seed", {"seed": 6}),
    ("power Study 500", "power", {"target": "Study", "power_w": 500.0}),
    ("power tab:30 -500", "power", {"target": 30, "power_w": -500.0}),
    ("power all --times 0.5", "power", {"multiplier": 0.5}),
    ("relay Study open", "relay", {"circuit": "Study", "position": "OPEN"}),
    ("priority Study must_have", "priority", {"circuit": "Study", "priority": "MUST_HAVE"}),
    ("rename Study Library", "rename", {"circuit": "Study", "name": "Library"}),
    ("flags Study --not-sheddable", "flags", {"circuit": "Study", "sheddable": False}),
    ("clear", "clear", {}),
    ("clear Study --power-only", "clear", {"target": "Study", "power_only": True}),
    ("grid down", "grid", {"up": False}),
    ("main-relay OPEN", "main-relay", {"position": "OPEN"}),
    ("soc 0.25", "soc", {"soc": 0.25}),
    ("thresholds 0.1 0.2", "thresholds", {"low": 0.1, "high": 0.2}),
    ("reboot", "reboot", {}),
    ("swap sp-2", "swap", {"serial": "sp-2"}),
    ("update r202603", "update", {"firmware": "r202603"}),
    ("offline 60", "offline", {"seconds": 60}),
    ("journal --clear", "journal/clear", {}),
    ("freeze", "freeze", {}),
    ("speed 60", "speed", {"speed": 60.0}),
    ("step 90", "step", {"seconds": 90}),
    (f"jump {NOON + 60}", "jump", {"to": NOON + 60}),
    ("jump 2026-06-22T12:00Z", "jump", {"to": "2026-06-22T12:00Z"}),
    ("advance --to 2026-06-21T13:00Z Study=5 Garage=", "advance", {"powers": {"Study": 5.0, "Garage": None}}),
    (
        "fault add status status=503 route=/circuits count=2",
        "faults/add",
        {"fault": {"kind": "status", "status": 503, "route": "/circuits", "count": 2}},
    ),
    ("fault remove f1", "faults/remove", {"fault_id": "f1"}),
    ("fault clear", "faults/clear", {}),
    ("scenario play flapping", "scenarios/play", {"scenario": "flapping"}),
    ("scenario stop", "scenarios/stop", {}),
]

LOOKS = {
    "status": "nj-2316-032ho (port 8180)  32 tabs, 21 circuits",
    "state": "Kitchen outlets",
    "journal": "2 matching of 2 requests",
    "commands": "faults/add fault",
    "fault list": "id f1, kind latency",
    "scenario list": "flapping",
}


@pytest.fixture(scope="module")
def loop() -> Iterator[LoopThread]:
    thread = LoopThread("control")
    yield thread
    thread.close()


@pytest.fixture
def house() -> EmulatedPanel:
    """The house, with a client, a fault and two requests in its journal."""
    panel = EmulatedPanel.create("house-32", seed=7, speed=0, monotonic=lambda: 0.0)
    Control([panel], [8180])
    panel.control.clients_add("old")
    panel.control.faults_add({"kind": "latency", "seconds": 0})
    return panel


@pytest.fixture
def run(loop, house) -> Iterator[Run]:
    """Runs `busbar panel` with these words."""
    (listener,) = listen(LOOPBACK, [0])
    url = f"http://{LOOPBACK}:{listener.getsockname()[1]}"
    app = ControlApp(house.control.conductor, Guard(token="correct-horse"))
    serving = serving_control(app, listener)
    loop.run(serving.__aenter__())
    runner = CliRunner(env={"BUSBAR_EMULATOR_TOKEN": "correct-horse"})
    yield lambda *words: runner.invoke(busbar, ["panel", *words, "--url", url])
    loop.run(serving.__aexit__(None, None, None))


@pytest.mark.parametrize(("line", "verb", "arguments"), SAID, ids=[line for line, _, _ in SAID])
def test_a_line_is_a_verb_with_its_arguments(run, house, line, verb, arguments):
    result = run(*line.split(), "--panel", "8180", "--as", "ann")

    entry = [*house.control.log][-1]
    assert result.exit_code == 0, result.output
    assert (entry.verb, dict(entry.arguments), entry.by) == (verb, arguments, "ann")
    assert result.stdout.startswith(f"{house.device.serial if verb != 'swap' else 'sp-2'}  #{entry.order}  2026-06-2")
    assert result.stdout.count("\n") == 1


def test_every_verb_can_be_said():
    said = {verb for _, verb, _ in SAID}
    looks = {"state", "journal", "commands", "faults", "scenarios"}

    assert said | looks | {"replay"} == set(TABLE)


@pytest.mark.parametrize("line", LOOKS)
def test_looking_shows_lines_for_people_and_json_for_programs(run, house, line):
    plain, told = run(*line.split()), run(*line.split(), "--json")

    if line == "journal":
        assert "0 matching of 0" in plain.stdout
    else:
        assert LOOKS[line] in plain.stdout
    assert "\x1b" not in plain.stdout
    assert json.loads(told.stdout)["serial"] == house.device.serial


def test_a_change_is_told_in_json_too(run, house):
    told = json.loads(run("door", "--json").stdout)

    assert told["answer"] == {"door": "locked, 2 more presses to unlock"}
    assert set(told) == {"serial", "order", "tick", "by", "verb", "answer"}


def test_a_saved_log_replays(run, house, tmp_path):
    run("relay", "Study", "open")
    run("step", "3600")
    path = tmp_path / "log.json"
    path.write_text(run("commands", "--json").stdout)
    run("reset")

    result = run("replay", os.fspath(path))

    assert result.exit_code == 0, result.output
    assert house.now() == NOON + 3600
    assert not house.reading().circuits[8].is_closed


def test_names_that_would_steer_the_terminal_are_shown_harmless(run, house):
    result = run("rename", "Study", "a\x1b[31mb")

    assert result.exit_code == 2
    assert "\x1b" not in result.output


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("relay Sauna open", "possible: "),
        ("relay Study half", "'open', 'closed'"),
        ("jump 5", "possible: 2026-06-21T05:00:00-07:00"),
        ("jump soon", "2026-06-21T12:00"),
        ("step -1", "-1"),
        ("speed nan", "not JSON compliant"),
        ("speed 3601", "0 to 3600.0"),
        ("power Study", "power_w"),
        ("power tab:x 5", "tab:30"),
        ("power Study lots", "lots"),
        ("advance Study", "NAME=VALUE"),
        ("advance Study=much", "Study=500"),
        ("fault add gremlins", "keep_alive"),
        ("fault add status code=503", "status"),
        ("scenario play doom", "flapping"),
        ("swap nj-2316-032ho", "not in use"),
        ("state --panel 1", "8180"),
        ("replay nothing.json", "nothing.json"),
        ("door --as \x07", "printable ASCII"),
    ],
)
def test_what_cannot_be_is_one_line_and_exit_code_2(run, house, line, told):
    before = house.control.state()

    result = run(*line.split())

    assert result.exit_code == 2
    assert told in result.stderr
    assert result.stderr.splitlines()[-1].startswith("Error: ")
    assert "Traceback" not in result.output
    assert house.control.state() == before


def test_no_emulator_is_one_line():
    with listen(LOOPBACK, [0])[0] as closed:
        url = f"http://{LOOPBACK}:{closed.getsockname()[1]}"

    result = CliRunner().invoke(busbar, ["panel", "state", "--url", url])

    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: no emulator's control answers at {url} ")
    assert result.stderr.count("\n") == 1


def test_without_the_token_it_says_so(run):
    result = run("state", "--token", "wrong-horse")

    assert result.exit_code == 2
    assert "bearer token" in result.stderr


def test_the_default_address_is_the_clients():
    assert DEFAULT_URL == client.DEFAULT_URL


def walk(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    if isinstance(command, click.Group):
        for name, child in command.commands.items():
            yield from walk(child, (*path, name))


@pytest.mark.parametrize("path", list(walk(group)), ids=" ".join)
def test_every_command_explains_itself(path):
    result = CliRunner().invoke(group, [*path, "--help"])

    assert result.exit_code == 0
    assert "\n\n  " in result.output
    assert "..." not in result.output.replace("]...", "").replace("[ARGS]...", "")


def test_a_real_process_controls_a_real_process():
    emulate = [sys.executable, "-m", "emulator", "--port", "0", "--config", "workshop-8", "--json", "--speed", "0"]
    with subprocess.Popen(emulate, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as process:
        try:
            assert process.stdout is not None
            control = json.loads(process.stdout.readline())["control"]
            command = [sys.executable, "-m", "server", "panel", "step", "60", "--url", control, "--json"]
            done = subprocess.run(command, text=True, capture_output=True, check=True)
        finally:
            process.kill()

    assert json.loads(done.stdout)["verb"] == "step"
    assert done.stderr == ""
