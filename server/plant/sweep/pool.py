"""Worker processes that make runs. They hold nothing, so killing ends them, and none outlives the sweep."""

from __future__ import annotations

import gc
import signal
import sys
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Self

from server.plant.configuration import PlantConfiguration
from server.plant.sweep.errors import RunError
from server.plant.sweep.run import Result, run_once

TRIES = 2
"""A run whose worker died is made once more: a second death is the run's own fault."""
QUIET = 50_000
"""New objects after which a worker looks for cycles: what a dozen runs of 100 batches leave behind. Inside a
run there are hardly any, and looking as often as Python does by itself takes a twentieth of it."""
_SPAWN = get_context("spawn")


@dataclass(frozen=True, slots=True)
class Task:
    """One run. `key` is unique among a pool's tasks; `name` is for people."""

    key: str
    name: str
    configuration: PlantConfiguration
    batches: int
    seed: int


Run = Callable[[PlantConfiguration, int, int], Result]


class _Worker:
    """One process and the pipe to it."""

    def __init__(self, run: Run) -> None:
        self.pipe, theirs = _SPAWN.Pipe()
        self.task: Task | None = None
        self.until_s = 0.0
        self._sent: PlantConfiguration | None = None
        self.process = _SPAWN.Process(target=_work, args=(theirs, run), daemon=True)
        with _no_interrupts():
            self.process.start()
        theirs.close()

    def give(self, task: Task, run_s: float) -> None:
        self.task, self.until_s = task, time.monotonic() + run_s
        known, self._sent = self._sent is task.configuration, task.configuration
        with suppress(OSError):  # a dead worker's pipe ends, which is noticed where it is read
            self.pipe.send((None if known else task.configuration, task.batches, task.seed))

    def end(self) -> None:
        self.process.kill()
        self.process.join()
        self.process.close()
        self.pipe.close()


class RunPool:
    """`workers` processes at most, started when there is work for them; leave the context, and they are gone."""

    def __init__(self, workers: int, run_s: float, run: Run = run_once) -> None:
        self._most, self._run_s, self._run = workers, run_s, run
        self._workers: list[_Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        while self._workers:
            self._workers.pop().end()

    @property
    def processes(self) -> list[int]:
        """The workers' process ids."""
        return [worker.process.pid for worker in self._workers if worker.process.pid is not None]

    def results(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Result]]:
        """Each task once, as they are done, in no order. RunError where one cannot be done."""
        waiting, tries = deque(tasks), dict[str, int]()
        while waiting or any(worker.task for worker in self._workers):
            self._give_out(waiting, tries)
            for worker in self._ready():
                task = worker.task
                assert task is not None  # noqa: S101 (only busy ones are waited for)
                result = self._answer(worker, task)
                if result is not None:
                    worker.task = None
                    yield task, result
                elif tries[task.key] < TRIES:
                    self._bury(worker)
                    waiting.appendleft(task)
                else:
                    raise RunError(f"{task.name}, seed {task.seed}: its process died {TRIES} times")

    def _give_out(self, waiting: deque[Task], tries: dict[str, int]) -> None:
        idle = [worker for worker in self._workers if worker.task is None]
        while waiting and (idle or len(self._workers) < self._most):
            if not idle:
                self._workers.append(_Worker(self._run))
                idle.append(self._workers[-1])
            task = waiting.popleft()
            tries[task.key] = tries.get(task.key, 0) + 1
            idle.pop().give(task, self._run_s)

    def _ready(self) -> list[_Worker]:
        """Those that answered or died. RunError when one is over its time."""
        busy = [worker for worker in self._workers if worker.task is not None]
        first = min(busy, key=lambda worker: worker.until_s)
        ready = wait([worker.pipe for worker in busy], max(0.0, first.until_s - time.monotonic()))
        if not ready and first.task is not None:
            task = first.task
            raise RunError(f"{task.name}, seed {task.seed}: not done after {self._run_s:g} s; make fewer batches")
        return [worker for worker in busy if worker.pipe in ready]

    def _answer(self, worker: _Worker, task: Task) -> Result | None:
        try:
            answer = worker.pipe.recv()
        except (EOFError, OSError):
            return None
        if isinstance(answer, Result):
            return answer
        raise RunError(f"{task.name}, seed {task.seed}: {answer}")

    def _bury(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.end()


@contextmanager
def _no_interrupts() -> Iterator[None]:
    """Ctrl-C waits while a process starts, which then never gets it: the terminal tells all, and only we answer."""
    if sys.platform == "win32":
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _work(pipe: Connection, run: Run) -> None:
    """A worker's life: until the sweep closes its end, or is gone. A plant is sent once for all its runs."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    gc.set_threshold(QUIET)
    configuration: Any = None
    with suppress(EOFError, OSError):
        while True:
            sent, batches, seed = pipe.recv()
            configuration = sent or configuration
            try:
                answer: Result | str = run(configuration, batches, seed)
            except Exception as error:  # noqa: BLE001 (whatever it is, the sweep tells it)
                answer = f"{type(error).__name__}: {error}"
            pipe.send(answer)
