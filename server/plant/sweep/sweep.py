"""A sweep: the plan's runs, those known from before out of the cache, the others out of the pool."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

from server.plant.sweep.cache import RunCache, keys_of
from server.plant.sweep.plan import Plan
from server.plant.sweep.pool import RunPool, Task
from server.plant.sweep.run import Result


@dataclass(slots=True)
class Progress:
    """How far a sweep is. `cached` of the `done` runs were known; `unkept` says why a new one could not be kept."""

    runs: int
    done: int = 0
    cached: int = 0
    unkept: str | None = None


class Sweep:
    """One plan on its way; interrupted, it goes on where it was when the same plan is swept again with its cache."""

    def __init__(self, plan: Plan, cache: RunCache | None = None) -> None:
        self.plan, self._cache = plan, cache
        self.progress = Progress(plan.runs)
        self._keys = [keys_of(variant.configuration, plan.batches, plan.seeds) for variant in plan.variants]
        self._wanted = Counter(key for keys in self._keys for key in keys)
        self._found: dict[str, Result] = {}

    def run(self, pool: RunPool, advance: Callable[[], None] = lambda: None) -> list[list[Result]]:
        """All results, by variant and seed; `advance` is called whenever more are done. RunError."""
        tasks = self._look_up()
        advance()
        for task, result in pool.results(tasks.values()):
            self._take(task.key, result)
            advance()
        return [[self._found[key] for key in keys] for keys in self._keys]

    def _look_up(self) -> dict[str, Task]:
        """Of runs that are the same, one is made."""
        tasks: dict[str, Task] = {}
        for variant, keys in zip(self.plan.variants, self._keys, strict=True):
            for seed, key in zip(self.plan.seeds, keys, strict=True):
                known = self._found.get(key) or (self._cache.get(key) if self._cache else None)
                if known is not None:
                    self._found[key] = known
                    self.progress.cached += 1
                    self.progress.done += 1
                elif key not in tasks:
                    tasks[key] = Task(key, variant.name, variant.configuration, self.plan.batches, seed)
        return tasks

    def _take(self, key: str, result: Result) -> None:
        self._found[key] = result
        self.progress.done += self._wanted[key]
        if self._cache is not None and self.progress.unkept is None:
            try:
                self._cache.put(key, result)
            except OSError as error:
                self.progress.unkept = error.strerror or str(error)
