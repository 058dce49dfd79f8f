"""`busbar record` in a process of its own against an emulator with two doors: open, and locked."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from emulator.recording.capture import read_capture
from server.cli.record import record
from tests.together.process import READY_S, ROOT, answer_of, free_port


def options(panel, out: Path, *more: str) -> list[str]:
    return ["--host", panel.host, "--port", str(panel.port), "--out", str(out), *more]


@pytest.fixture
def unlocked(span_panel_factory):
    return span_panel_factory("workshop-8", unlocked=True, speed=1.0)


def test_a_capture_is_made_without_a_token_and_no_client_stays(unlocked, tmp_path):
    out = tmp_path / "capture.jsonl"
    done = answer_of(
        "record", *options(unlocked, out, "--polls", "3", "--every", "100ms", "--serial", "sp-x", "--json")
    )

    assert done.returncode == 0, done.stderr
    summed = json.loads(done.stdout)
    capture = read_capture(out)
    assert (summed["polls"], summed["answers"], summed["ended"]) == (3, 28, "polls")
    assert len(capture.answers) == 28
    assert capture.header.serial == "sp-x"
    assert unlocked.serial not in out.read_text()
    assert [entry.method for entry in unlocked.requests() if entry.method != "GET"] == ["POST", "DELETE"]


def test_ctrl_c_leaves_a_whole_capture(unlocked, tmp_path):
    out = tmp_path / "capture.jsonl"
    command = [sys.executable, "-W", "error", "-m", "server", "record", *options(unlocked, out, "--every", "100ms")]
    with subprocess.Popen(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        while len(unlocked.requests("/islanding-state")) < 2:
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        said, complaints = process.communicate(timeout=READY_S)

    assert (process.returncode, complaints) == (0, "")
    assert "ended by interrupted" in said
    assert len(read_capture(out).answers) >= 18
    assert unlocked.requests(method="DELETE", status=200)


def test_a_token_from_the_environment_is_used(span_panel, tmp_path, monkeypatch):
    monkeypatch.setenv("BUSBAR_PANEL_TOKEN", span_panel.token)
    result = CliRunner().invoke(record, options(span_panel, tmp_path / "capture.jsonl", "--polls", "1"))

    assert result.exit_code == 0, result.output
    assert not span_panel.requests(method="POST")
    assert span_panel.token not in (tmp_path / "capture.jsonl").read_text()


@pytest.mark.parametrize(
    ("more", "text"),
    [
        ([], "press the door button three times, then try again"),
        (["--token", "not.a.token"], "refused our token at /panel (401)"),
        (["--token", "two words"], "visible ASCII"),
        (["--every", "soon"], "'soon' is not a time such as 90s"),
        (["--for", "8d"], "1 to 604,800 seconds"),
        (["--serial", 'a"b'], "is not 1 to 64 letters"),
        (["--polls", "0"], "1<=x"),
        (["--host", "http://x"], "is not a host name"),
    ],
)
def test_what_cannot_be_is_one_line_and_leaves_no_file(span_panel, tmp_path, more, text):
    out = tmp_path / "capture.jsonl"
    result = CliRunner().invoke(record, options(span_panel, out, *more))

    assert result.exit_code == 2
    assert text in result.stderr
    assert "Traceback" not in result.output
    assert not out.exists()


def test_a_panel_that_is_not_there_is_one_line(tmp_path):
    result = CliRunner().invoke(
        record, ["--host", "127.0.0.1", "--port", str(free_port()), "--out", str(tmp_path / "x.jsonl")]
    )

    assert result.exit_code == 2
    assert result.stderr.startswith("Error: panel 127.0.0.1")
    assert result.stderr.count("\n") == 1


def test_a_file_that_is_there_is_left_as_it_is(span_panel, tmp_path):
    out = tmp_path / "capture.jsonl"
    out.write_text("precious")
    result = CliRunner().invoke(record, options(span_panel, out))

    assert (result.exit_code, out.read_text()) == (2, "precious")
    assert "is there already" in result.stderr
    assert not span_panel.requests()
