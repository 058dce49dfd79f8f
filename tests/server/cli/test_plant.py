"""`busbar plant run` as its user sees it."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys

import pytest
from click.testing import CliRunner

from server.cli.group import busbar


def answer(*words: str) -> tuple[int, str]:
    result = CliRunner().invoke(busbar, ["plant", "run", *words])
    return result.exit_code, result.output


def test_json_is_one_object_with_figures_of_all_machines() -> None:
    code, output = answer("--batches", "3", "--seed", "7", "--json")
    figures = json.loads(output)
    assert code == 0
    assert figures["batches"]["completed"] == 3
    assert len(figures["machines"]) == 16
    assert figures["kwh_per_kwh"] > 0
    assert answer("--batches", "3", "--seed", "7", "--json")[1] == output
    assert answer("--batches", "3", "--seed", "8", "--json")[1] != output


def test_a_pipe_gets_a_line_for_each_batch_and_the_figures() -> None:
    code, output = answer("--batches", "3")
    assert code == 0
    assert [line.split()[2:] for line in output.splitlines()[:3]] == [[f"batch_{n}", "completed"] for n in (1, 2, 3)]
    for word in ("good cells: ", "bottleneck: ", "rolled yield: ", "energy: ", "cell aging  working "):
        assert word in output
    assert "\x1b" not in output


@pytest.mark.parametrize(
    "words",
    [
        ("--speed", "0"),
        ("--speed", "-1"),
        ("--speed", "nan"),
        ("--speed", "inf"),
        ("--speed", "fast"),
        ("--batches", "0"),
        ("--batches", "10001"),
        ("--batches", "1e3"),
        ("--seed", "x"),
    ],
)
def test_what_cannot_be_meant_is_refused_in_one_line_with_2(words: tuple[str, str]) -> None:
    code, output = answer(*words)
    assert code == 2
    assert words[0] in output.splitlines()[-1]
    assert "Traceback" not in output


def test_a_speed_paces_the_run() -> None:
    code, output = answer("--batches", "1", "--speed", "1e8", "--json")
    assert code == 0
    assert json.loads(output)["batches"]["completed"] == 1


def test_ctrl_c_ends_with_the_figures_so_far() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "server", "plant", "run", "--batches", "2000", "--speed", "1e6"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        assert running.stdout is not None
        assert "completed" in running.stdout.readline()
        running.send_signal(signal.SIGINT)
        output, errors = running.communicate(timeout=30)
    assert running.returncode == 0
    assert "bottleneck: " in output
    assert errors.startswith("stopped with ")
    assert "Traceback" not in errors


def test_a_terminal_gets_tables() -> None:
    ours, theirs = pty.openpty()
    environment = {**os.environ, "COLUMNS": "150", "LINES": "50", "TERM": "xterm"}
    command = [sys.executable, "-m", "server", "plant", "run", "--batches", "4"]
    with subprocess.Popen(command, stdout=theirs, env=environment) as running:
        os.close(theirs)
        shown = b""
        while chunk := _read(ours):
            shown += chunk
    os.close(ours)
    assert running.returncode == 0
    assert b"4 of 4 batches made" in shown
    assert b"Its machines" in shown


def _read(end: int) -> bytes:
    try:
        return os.read(end, 65_536)
    except OSError:  # the other end is closed
        return b""
