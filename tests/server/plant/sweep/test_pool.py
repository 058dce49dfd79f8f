"""Workers that are killed, fail or hang, and that none of them is left."""

from __future__ import annotations

import re
import signal
import sys
from pathlib import Path

import pytest

from server.plant.sweep.errors import RunError
from server.plant.sweep.pool import Run, RunPool, Task
from server.plant.sweep.run import Result, run_once
from tests.server.plant.sweep.plans import (
    MARK,
    alive,
    children,
    dies_always,
    dies_once,
    fails,
    never_ends,
    plan,
)


def blocked(pid: int) -> int:
    """The signals that the process has not got since it began, Ctrl-C among them: a worker says nothing of it."""
    held = re.search(r"^SigBlk:\s*(\w+)$", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    assert held is not None
    return int(held[1], 16)


def tasks(folder: Path) -> list[Task]:
    variant = plan(folder).variants[0]
    return [Task(str(seed), variant.name, variant.configuration, 3, seed) for seed in range(6, 11)]


def made(pool: RunPool, wanted: list[Task]) -> dict[str, Result]:
    found: dict[str, Result] = {}
    for task, result in pool.results(wanted):
        assert task.key not in found
        found[task.key] = result
    return found


def test_a_worker_that_is_killed_costs_nothing_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(MARK, str(tmp_path))
    wanted = tasks(tmp_path)
    with RunPool(2, 60, dies_once) as pool:
        found = made(pool, wanted)
    assert (tmp_path / "died").exists()
    assert found == {task.key: run_once(task.configuration, task.batches, task.seed) for task in wanted}
    assert children() == []


def test_a_run_that_always_kills_its_worker_is_tried_twice(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(MARK, str(tmp_path))
    with (
        pytest.raises(RunError, match=r"units=376, seed 6: its process died 2 times"),
        RunPool(1, 60, dies_always) as pool,
    ):
        made(pool, tasks(tmp_path)[:1])
    assert (tmp_path / "deaths").read_text() == "xx"
    assert children() == []


@pytest.mark.parametrize(
    ("run", "run_s", "said"),
    [
        (fails, 60.0, "seed 6: ZeroDivisionError: nothing to divide by"),
        (never_ends, 0.5, "seed 6: not done after 0.5 s"),
    ],
)
def test_a_run_that_fails_or_hangs_ends_the_sweep(run: Run, run_s: float, said: str, tmp_path: Path) -> None:
    with RunPool(1, run_s, run) as pool, pytest.raises(RunError, match=said):
        made(pool, tasks(tmp_path)[:2])
    assert children() == []


@pytest.mark.skipif(sys.platform != "linux", reason="looks at /proc")
def test_an_early_end_leaves_no_process(tmp_path: Path) -> None:
    with RunPool(2, 60) as pool:
        next(pool.results(tasks(tmp_path)))
        workers = pool.processes
        assert 1 <= len(workers) <= 2
        assert all(alive(pid) for pid in workers)
        assert all(blocked(pid) & 1 << signal.SIGINT - 1 for pid in workers)
    assert not any(alive(pid) for pid in workers)


def test_no_work_starts_no_process() -> None:
    with RunPool(2, 60) as pool:
        assert made(pool, []) == {}
        assert pool.processes == []
