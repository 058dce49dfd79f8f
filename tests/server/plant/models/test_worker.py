"""The process boundary, with stand-in programs that do what a library's process might."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from server.plant.models.errors import ModelError
from server.plant.models.worker import LONGEST_ANSWER, Worker

ECHO = """
    import json, os, sys
    for line in sys.stdin:
        print(json.dumps({**json.loads(line), "pid": os.getpid()}), flush=True)
"""
Start = Callable[[str], Worker]


@pytest.fixture
def start() -> Start:
    def worker(program: str, answer_s: float = 30.0) -> Worker:
        return Worker("The model", [sys.executable, "-c", textwrap.dedent(program)], answer_s)

    return worker


def alive(pid: float) -> bool:
    try:
        os.kill(int(pid), 0)
    except ProcessLookupError:
        return False
    return True


def gone(pid: float) -> bool:
    """Whether the process ends; a test that waits in vain fails by its time-out."""
    while alive(pid):
        time.sleep(0.02)
    return True


def test_one_process_answers_all_questions(start: Start) -> None:
    with start(ECHO) as worker:
        assert worker.pid is None
        answers = [worker.ask({"x": number}) for number in (1, 2.5)]
        assert [answer["x"] for answer in answers] == [1, 2.5]
        assert answers[0]["pid"] == answers[1]["pid"] != os.getpid()
    assert gone(answers[0]["pid"])
    assert worker.pid is None


def test_it_is_not_started_before_it_is_asked(tmp_path: Path, start: Start) -> None:
    mark = tmp_path / "started"
    with start(f"open({str(mark)!r}, 'w').close()"):
        pass
    assert not mark.exists()


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("import sys; sys.stdin.readline(); sys.exit(3)", "ended before it answered, with code 3"),
        ("import sys; sys.exit(4)", "ended before it answered, with code 4"),
        ("import os; os.kill(os.getpid(), 11)", "ended before it answered, with code -11"),
        ("print('half', end='')", "ended before it answered, with code 0"),
        ("print('Traceback, most recent')", "gave an answer that is no JSON: b'Traceback, most recent\\n'"),
        ("print('NaN')", "gave an answer that is no JSON"),
        ("print('{\"a\": NaN}')", "gave an answer that is no JSON"),
        ("print('[1]')", "gave an answer that is no object of numbers: b'[1]\\n'"),
        ('print(\'{"a": "1"}\')', "gave an answer that is no object of numbers"),
        ("print('{\"a\": true}')", "gave an answer that is no object of numbers"),
        ('print(\'{"error": "Solver:\\\\n it diverged"}\')', "gave up: Solver: it diverged"),
        (f"print('x' * {2 * LONGEST_ANSWER})", "gave an answer of more than 65,536 bytes"),
        ("import sys; sys.stdout.buffer.write(bytes([255, 10]))", "gave an answer that is no JSON: b'\\xff\\n'"),
    ],
)
def test_whatever_goes_wrong_is_one_line(start: Start, program: str, reason: str) -> None:
    with start(program) as worker, pytest.raises(ModelError) as told:
        worker.ask({"x": 1.0})
    assert str(told.value).startswith(f"The model {reason}")
    assert "\n" not in str(told.value)
    assert len(str(told.value)) < 300


def test_one_that_hangs_is_ended(start: Start) -> None:
    worker = Worker("The model", [sys.executable, "-c", "import time; time.sleep(600)"], answer_s=0.3)
    pids: list[int] = []
    inner = worker._start

    def noted() -> subprocess.Popen[bytes]:
        process = inner()
        pids.append(process.pid)
        return process

    worker._start = noted  # type: ignore[method-assign]
    with pytest.raises(ModelError, match=r"^The model gave no answer within 0\.3 s$"):
        worker.ask({"x": 1.0})
    assert not alive(pids[0])
    assert worker.pid is None


def test_a_command_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"^The model cannot be started: No such file or directory$"):
        Worker("The model", [str(tmp_path / "none")]).ask({"x": 1.0})


def test_after_a_failure_the_next_question_starts_another(tmp_path: Path) -> None:
    mark = tmp_path / "failed once"
    program = f"""
        import pathlib, sys
        mark = pathlib.Path({str(mark)!r})
        sys.stdin.readline()
        if not mark.exists():
            mark.touch()
            sys.exit(1)
        print('{{"y": 2}}', flush=True)
        sys.stdin.readline()
    """
    with Worker("The model", [sys.executable, "-c", textwrap.dedent(program)]) as worker:
        with pytest.raises(ModelError):
            worker.ask({"x": 1.0})
        assert worker.ask({"x": 1.0}) == {"y": 2}


def test_it_ends_with_a_parent_that_is_killed() -> None:
    parent = f"""
        import os, signal, sys
        from server.plant.models.worker import Worker
        worker = Worker("The model", [sys.executable, "-c", {textwrap.dedent(ECHO)!r}])
        print(int(worker.ask({{"x": 1}})["pid"]), flush=True)
        os.kill(os.getpid(), signal.SIGKILL)
    """
    killed = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(parent)], capture_output=True, text=True, check=False
    )
    assert killed.returncode == -9
    assert gone(int(killed.stdout))
