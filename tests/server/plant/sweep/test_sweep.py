"""The whole of a sweep: the same bytes whoever makes the runs, and each run made once."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from server.plant.sweep.cache import RunCache
from server.plant.sweep.plan import Plan
from server.plant.sweep.pool import RunPool
from server.plant.sweep.report import compare, document
from server.plant.sweep.run import FIGURES, Result, run_once
from server.plant.sweep.sweep import Progress, Sweep
from tests.server.plant.sweep.plans import SMALL, plan


def swept(given: Plan, workers: int = 1, cache: RunCache | None = None) -> tuple[str, Progress]:
    sweeping = Sweep(given, cache)
    with RunPool(workers, 60) as pool:
        results = sweeping.run(pool)
        assert bool(pool.processes) is (sweeping.progress.cached < given.runs)
    return json.dumps(document(given, compare(given, results))), sweeping.progress


def here(given: Plan) -> list[list[Result]]:
    return [[run_once(one.configuration, given.batches, seed) for seed in given.seeds] for one in given.variants]


def test_one_worker_two_workers_none_and_the_cache_give_the_same_bytes(tmp_path: Path) -> None:
    given, cache = plan(tmp_path), RunCache(tmp_path / "cache", 100)
    first, progress = swept(given, 2, cache)
    assert (progress.done, progress.cached, progress.unkept) == (6, 0, None)
    again, progress = swept(given, 1, RunCache(tmp_path / "cache", 100))
    assert (progress.done, progress.cached) == (6, 6)
    alone, progress = swept(given, 1)
    assert (progress.done, progress.cached) == (6, 0)
    assert first == again == alone == json.dumps(document(given, compare(given, here(given))))


def test_only_what_changed_is_made_anew(tmp_path: Path) -> None:
    cache = RunCache(tmp_path / "cache", 100)
    swept(plan(tmp_path), 1, cache)
    _, progress = swept(plan(tmp_path, SMALL.replace("6016", "752")), 1, cache)
    assert (progress.done, progress.cached) == (6, 3)
    _, progress = swept(plan(tmp_path, SMALL.replace("seed: 7", "seed: 8")), 1, cache)
    assert (progress.done, progress.cached) == (6, 4)
    _, progress = swept(plan(tmp_path, SMALL + "fixed: {anode/coating/coating_speed: 0.06}\n"), 1, cache)
    assert (progress.done, progress.cached) == (6, 0)


def test_an_interrupted_sweep_goes_on(tmp_path: Path) -> None:
    given, cache = plan(tmp_path), RunCache(tmp_path / "cache", 100)
    sweeping = Sweep(given, cache)

    def interrupt() -> None:
        if sweeping.progress.done == 2:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt), RunPool(1, 60) as pool:
        sweeping.run(pool, interrupt)
    said, progress = swept(given, 1, cache)
    assert (progress.done, progress.cached) == (6, 2)
    assert said == swept(given, 1)[0]


def test_variants_that_are_the_same_plant_are_run_once(tmp_path: Path) -> None:
    given = plan(tmp_path, "batches: 2")
    twins = Plan(given.batches, given.seeds, given.variants * 2)
    sweeping = Sweep(twins, cache := RunCache(tmp_path / "cache", 100))
    with RunPool(1, 60) as pool:
        results = sweeping.run(pool)
    assert results[0] == results[1]
    assert sweeping.progress.done == 2
    assert len(list(cache.folder.iterdir())) == 1


def test_a_cache_that_fills_up_does_not_end_the_sweep(tmp_path: Path) -> None:
    class Full(RunCache):
        def put(self, key: str, result: Result) -> None:
            raise OSError(28, "No space left on device")

    _, progress = swept(plan(tmp_path), 1, Full(tmp_path / "cache", 100))
    assert (progress.done, progress.unkept) == (6, "No space left on device")


def width(found: dict[str, float]) -> float:
    return found["high"] - found["low"]


def test_the_same_seeds_make_differences_narrow(tmp_path: Path) -> None:
    text = """
batches: 10
repetitions: 6
vary: {both/coating/setup_s: [900, 1200]}
"""
    said = document(given := plan(tmp_path, text), compare(given, here(given)))
    first, second = said["variants"]
    assert first["differences"] == {}
    for name in ("good_cells", "scrap_kg", "rolled_yield"):
        assert width(first["figures"][name]) > 0
        assert second["differences"][name] == {"n": 6, "mean": 0, "low": 0, "high": 0}
    slower = second["differences"]["lead_time_mean_d"]
    assert 0 < slower["low"] < slower["high"]
    assert width(slower) < width(second["figures"]["lead_time_mean_d"]) / 2


def test_few_channels_are_the_bottleneck_and_the_slower_plant(tmp_path: Path) -> None:
    said = document(given := plan(tmp_path), compare(given, here(given)))
    few, many = said["variants"]
    assert few["bottleneck"] == {"machine": "cell/formation_cycling", "runs": 3}
    assert few["settings"] == {"cell/formation_cycling/units": 376}
    assert many["bottleneck"]["machine"] != "cell/formation_cycling"
    assert many["differences"]["makespan_d"]["high"] < 0
    assert list(many["figures"]) == list(FIGURES)


def test_runs_without_cells_have_no_lead_time_and_still_compare(tmp_path: Path) -> None:
    empty, full = (Result(dict.fromkeys(FIGURES, value), None) for value in (None, 2.0))
    given = plan(tmp_path)
    results: Sequence[Sequence[Result]] = [[full, full, empty], [empty, full, empty]]
    first, second = document(given, compare(given, results))["variants"]
    assert first["bottleneck"] == {"machine": None, "runs": 0}
    assert first["figures"]["wip_batches"] == {"n": 2, "mean": 2.0, "low": 2.0, "high": 2.0}
    assert second["figures"]["wip_batches"] == {"n": 1, "mean": 2.0, "low": None, "high": None}
    assert second["differences"]["wip_batches"] == {"n": 1, "mean": 0.0, "low": None, "high": None}
