"""`busbar plant sweep` as its user sees it."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from server.cli.group import busbar

SMALL = "batches: 3\nrepetitions: 2\nvary: {cell/formation_cycling/units: [376, 6016]}\n"
LONG = "batches: 300\nrepetitions: 1000\n"
ROOT = Path(__file__).parents[3]


def answer(plan: Path, *words: str) -> Result:
    cache = () if "--no-cache" in words else ("--cache", str(plan.parent / "cache"))
    return CliRunner().invoke(busbar, ["plant", "sweep", str(plan), "--workers", "1", *cache, *words])


@pytest.fixture
def plan(tmp_path: Path) -> Path:
    path = tmp_path / "plan.yaml"
    path.write_text(SMALL)
    return path


def test_json_is_one_object_and_the_same_from_the_cache(plan: Path) -> None:
    first, again = answer(plan, "--json"), answer(plan, "--json")
    assert first.exit_code == 0
    assert first.stdout == again.stdout
    assert (first.stderr, again.stderr) == (
        "4 runs, 0 of them known from before\n",
        "4 runs, 4 of them known from before\n",
    )
    found = json.loads(first.stdout)
    assert (found["batches"], found["seeds"], found["confidence"]) == (3, [1, 2], 0.95)
    assert [one["bottleneck"]["runs"] > 0 for one in found["variants"]] == [True, True]


def test_no_cache_keeps_nothing(plan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(plan.parent / "home"))
    assert answer(plan, "--no-cache").exit_code == 0
    assert [path.name for path in plan.parent.iterdir()] == ["plan.yaml"]


def test_the_usual_cache_is_the_users(plan: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plan.write_text("batches: 1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(plan.parent / "home"))
    assert CliRunner().invoke(busbar, ["plant", "sweep", str(plan)]).exit_code == 0
    assert len(list((plan.parent / "home" / "busbar" / "plant-sweep").iterdir())) == 1


def test_a_pipe_gets_plain_lines(plan: Path) -> None:
    lines = answer(plan).stdout.splitlines()
    assert lines[0] == "cell/formation_cycling/units=376: bottleneck cell/formation_cycling in 2 of 2 runs"
    assert lines[1].startswith("  makespan_d: ")
    assert " to " in lines[1]
    assert "against the first" not in lines[1]
    second = lines[len(lines) // 2 :]
    assert second[0].startswith("cell/formation_cycling/units=6016: bottleneck ")
    assert "  against the first: -" in second[1]
    assert "\x1b" not in "".join(lines)


@pytest.mark.parametrize(
    ("text", "words", "said"),
    [
        ("batches: 0", (), "plan.yaml:1: batches is 0; allowed is a whole number from 1 to 10000"),
        ("batches: 1\nvary: {a/b: [1]}", (), "plan.yaml:2: vary.a/b[0] names no machine; allowed are "),
        ("batches: 1", ("--cache", "plan.yaml/cache"), "cannot be used: "),
        ("batches: 1", ("--workers", "0"), "'--workers'"),
        ("batches: 1", ("--workers", "65"), "'--workers'"),
        ("batches: 1", ("--no-cache", "--cache", "x"), "--cache and --no-cache exclude one another"),
    ],
)
def test_a_mistake_is_one_line_and_2(
    text: str, words: tuple[str, ...], said: str, plan: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(plan.parent)
    plan.write_text(text)
    result = CliRunner().invoke(busbar, ["plant", "sweep", "plan.yaml", *words])
    assert result.exit_code == 2
    assert result.stdout == ""
    last = [line for line in result.stderr.splitlines() if line]
    assert said in last[-1]
    assert last[-1].startswith("Error: ")
    assert "Traceback" not in result.stderr


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    result = answer(tmp_path / "none.yaml")
    assert (result.exit_code, result.stderr) == (
        2,
        f"Error: {tmp_path / 'none.yaml'} cannot be read: No such file or directory\n",
    )


def members(session: int) -> list[int]:
    """The processes of the session that still do something."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, _, its_session = path.read_text().rpartition(")")[2].split()[:4]
        except OSError:
            continue
        if int(its_session) == session and state != "Z":
            found.append(int(path.parent.name))
    return found


@contextmanager
def at_work(plan: Path) -> Iterator[subprocess.Popen[str]]:
    """A long sweep in a session of its own, once it has made some runs."""
    plan.write_text(LONG)
    cache = plan.parent / "cache"
    command = [sys.executable, "-m", "server", "plant", "sweep", str(plan), "--workers", "2", "--cache", str(cache)]
    with subprocess.Popen(
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as running:
        try:
            wait_for(lambda: cache.exists() and len(list(cache.iterdir())) >= 2)
            yield running
        finally:
            if members(running.pid):
                os.killpg(running.pid, signal.SIGKILL)


def wait_for(happens: object) -> None:
    assert callable(happens)
    until_s = time.monotonic() + 60
    while not happens():
        assert time.monotonic() < until_s
        time.sleep(0.05)


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_ctrl_c_says_how_far_it_came_keeps_that_and_leaves_no_process(plan: Path) -> None:
    with at_work(plan) as running:
        assert len(members(running.pid)) >= 3
        os.killpg(running.pid, signal.SIGINT)
        output, errors = running.communicate(timeout=30)
        assert running.returncode == 130
        assert output == ""
        assert errors.startswith("stopped with ")
        assert errors.endswith(" of 1000 runs made; the same command goes on from there\n")
        assert errors.count("\n") == 1
        wait_for(lambda: not members(running.pid))
    kept = int(errors.split()[2])
    assert len(list((plan.parent / "cache").glob("*.json"))) >= kept >= 2
    plan.write_text(LONG.replace("1000", "2"))
    assert answer(plan, "--json").stderr == "2 runs, 2 of them known from before\n"


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_workers_end_when_the_sweep_is_killed(plan: Path) -> None:
    with at_work(plan) as running:
        running.kill()
        running.communicate(timeout=30)
        wait_for(lambda: not members(running.pid))


def test_a_terminal_gets_a_bar_and_tables(plan: Path) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "server", "plant", "sweep", str(plan), "--no-cache"]
    environment = {**os.environ, "COLUMNS": "150", "LINES": "50", "TERM": "xterm"}
    with subprocess.Popen(command, cwd=ROOT, stdout=theirs, stderr=theirs, env=environment) as running:
        os.close(theirs)
        shown = b""
        while chunk := _read(ours):
            shown += chunk
    os.close(ours)
    assert running.returncode == 0
    for words in ("sweeping", "4/4", "95 % interval", "energy_kwh_per_kwh", "units=6016: bottleneck"):
        assert words.encode() in shown
    assert b"\x1b" in shown


def _read(end: int) -> bytes:
    try:
        return os.read(end, 65_536)
    except OSError:  # the other end is closed
        return b""
