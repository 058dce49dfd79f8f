from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from click.testing import CliRunner

from emulator.cli import emulate
from emulator.http.server import LOOPBACK, listen
from emulator.running import warning

COMMAND = [sys.executable, "-m", "emulator", "--port", "0", "--config", "workshop-8"]


@contextmanager
def emulator(*options: str, environment: dict[str, str] | None = None) -> Iterator[subprocess.Popen[str]]:
    """The emulator as a process of its own, ended on leaving."""
    with subprocess.Popen(
        [*COMMAND, *options],
        text=True,
        env={**os.environ, **(environment or {})},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        try:
            yield process
        finally:
            process.kill()


def line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    return process.stdout.readline()


def said(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    return process.stderr.readline()


def test_json_prints_a_line_per_panel_that_answers_at_once():
    with emulator("--json", "--count", "2", "--unlocked", "--start", "2026-06-21T00:00Z", "--speed", "0") as process:
        shown = [json.loads(line(process)) for _ in range(2)]
        statuses = [httpx.get(f"{one['address']}/api/v1/status", trust_env=False).json()["system"] for one in shown]

    assert [status["serial"] for status in statuses] == [one["serial"] for one in shown]
    assert len({one["serial"] for one in shown}) == 2
    assert all(one["host"] == LOOPBACK and one["tabs"] == 8 and one["unlocked"] for one in shown)
    assert {one["tick"] for one in shown} == {1_782_000_000}


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(number):
    with emulator("--json") as process:
        line(process)

        process.send_signal(number)

        assert process.wait(timeout=30) == 0
        assert process.stderr is not None
        assert process.stderr.read() == ""


def test_the_door_is_pressed_by_signal_and_by_keyboard():
    with emulator("--json", "--speed", "0") as process:
        address = json.loads(line(process))["address"]
        process.send_signal(signal.SIGUSR1)
        assert said(process).endswith("door pressed, locked, 2 more presses to unlock\n")

        assert process.stdin is not None
        process.stdin.write("d\nd\n")
        process.stdin.flush()

        assert said(process).endswith("locked, 1 more press to unlock\n")
        assert said(process).endswith("unlocked for 15:00 min of the panel's time\n")
        registered = httpx.post(f"{address}/api/v1/auth/register", json={"name": "ha"}, trust_env=False)
        assert registered.status_code == 200


def test_the_table_says_address_serial_size_and_door():
    with emulator("--speed", "60") as process:
        heading, panel, _, control, note = (line(process) for _ in range(5))

    assert heading.split() == ["Panel", "Serial", "Size", "Door", "Time", "Speed"]
    assert "http://127.0.0.1:" in panel
    assert "8 tabs" in panel
    assert "locked, 3 more presses to unlock" in panel
    assert control.startswith("Control  http://127.0.0.1:")
    assert "Ctrl-C stops" in note


@pytest.mark.parametrize("address", ["0.0.0.0", "::", "192.168.1.9"])
def test_an_address_open_to_the_network_is_warned_about(address):
    assert "no transport security" in str(warning(address))


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.9", "::1"])
def test_r38_loopback_needs_no_warning(address):
    assert warning(address) is None


def test_the_control_answers_where_the_lines_say():
    with emulator("--json", "--count", "2", "--control-token", "a-long-secret") as process:
        shown = [json.loads(line(process)) for _ in range(2)]
        url = f"{shown[1]['control']}/panels"
        refused = httpx.get(url, trust_env=False)
        panels = httpx.get(url, trust_env=False, headers={"authorization": "Bearer a-long-secret"}).json()["panels"]

    assert refused.status_code == 401
    assert [one["port"] for one in panels] == [one["port"] for one in shown]


def test_without_control_there_is_none():
    with emulator("--json", "--no-control") as process:
        assert json.loads(line(process))["control"] is None


def test_the_token_may_come_by_the_environment():
    with emulator("--json", environment={"BUSBAR_EMULATOR_TOKEN": "a-long-secret"}) as process:
        control = json.loads(line(process))["control"]
        assert httpx.get(f"{control}/panels", trust_env=False).status_code == 401


def test_keys_and_signals_are_in_the_command_log():
    with emulator("--json", "--speed", "0") as process:
        control = json.loads(line(process))["control"]
        process.send_signal(signal.SIGUSR1)
        said(process)
        assert process.stdin is not None
        process.stdin.write("d\n")
        process.stdin.flush()
        said(process)
        log = httpx.get(f"{control}/commands", trust_env=False).json()["panels"][0]["commands"]

    assert [(entry["by"], entry["verb"]) for entry in log] == [("signal", "door"), ("keyboard", "door")]


def test_a_scenario_plays_from_the_start_on_every_panel():
    with emulator("--json", "--count", "2", "--scenario", "flapping") as process:
        control = json.loads(line(process))["control"]
        panels = httpx.get(f"{control}/scenarios", trust_env=False).json()["panels"]

    assert [one["playing"]["name"] for one in panels] == ["flapping"] * 2


def test_the_control_listens_below_the_first_panel():
    with listen(LOOPBACK, [0])[0] as taken:
        port = taken.getsockname()[1]
        result = CliRunner().invoke(emulate, ["--config", "workshop-8", "--port", str(port + 1)])

    assert result.exit_code == 2
    assert result.stderr.startswith(f"Error: control: port {port} of 127.0.0.1 is taken")
    assert result.stderr.count("\n") == 1


def test_r38_a_control_open_to_the_network_needs_a_token():
    result = CliRunner().invoke(emulate, ["--config", "workshop-8", "--port", "0", "--control-host", "0.0.0.0"])

    assert result.exit_code == 2
    assert "--control-token" in result.stderr
    assert result.stderr.count("\n") == 1


def test_r38_the_control_listens_on_loopback_whatever_the_panels_do():
    with emulator("--json", "--host", "0.0.0.0") as process:
        assert json.loads(line(process))["control"].startswith("http://127.0.0.1:")
        assert "no transport security" in said(process)


def test_a_taken_port_is_told_in_one_line():
    with listen(LOOPBACK, [0])[0] as taken:
        result = CliRunner().invoke(emulate, ["--config", "workshop-8", "--port", str(taken.getsockname()[1])])

    assert result.exit_code == 2
    assert result.stderr.startswith("Error: port ")
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (["--config", "nothing.yaml"], "no such file, and the shipped panels are"),
        (["--config", "workshop-8", "--start", "soon"], "'soon' is not a time"),
        (["--config", "workshop-8", "--start", "2101-01-01"], "2100"),
        (["--config", "workshop-8", "--speed", "3601"], "speed 3601.0 is not a number from 0"),
        (["--config", "workshop-8", "--speed", "nan"], "speed nan"),
        (["--port", "65535", "--count", "2"], "the last panel would listen on port 65536"),
        (["--firmware", "r1"], "r202518"),
        (["--count", "0"], "1<=x<=1000"),
        (["--port", "0", "--control-token", "short"], "8 or more visible ASCII characters"),
        (["--port", "0", "--scenario", "nothing"], "the shipped scenarios are auth-lost, "),
        (["--port", "0", "--replay", "nothing.jsonl"], "nothing.jsonl"),
    ],
)
def test_what_cannot_be_is_refused_with_exit_code_2(options, text):
    result = CliRunner().invoke(emulate, options)

    assert result.exit_code == 2
    assert text in result.stderr
    assert "Traceback" not in result.output


def test_a_wrong_file_is_told_by_file_and_line(tmp_path):
    path = tmp_path / "house.yaml"
    path.write_text("panel_config:\n  serial_number: x\n  total_tabs: many\n")

    result = CliRunner().invoke(emulate, ["--config", os.fspath(path)])

    assert result.exit_code == 2
    assert "house.yaml:3" in result.stderr
    assert result.stderr.count("\n") == 1
