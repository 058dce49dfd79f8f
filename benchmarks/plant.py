"""The plant with all its physics against a bare SimPy model of the same sixteen visits, and a Monte-Carlo night."""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterable
from typing import Any

import simpy

from benchmarks.report import Row
from clients.plant.models import MACHINES, Line, MachineKey, Stage
from clients.plant.parameters import defaults
from server.plant.commands import AddBatch
from server.plant.configuration import MachineSettings, PlantConfiguration
from server.plant.layout import default_configuration
from server.plant.simulation import PlantSimulation
from server.plant.steps.table import STEPS
from server.plant.sweep.pool import RunPool, Task

BATCHES = 500
ROUNDS = 5
DAY = 100
RUNS, SAMPLE = 1000, 100
CORES = 2
MIXER = MachineKey(Line.ANODE, Stage.MIXING)


def run() -> list[Row]:
    """Alike batches share what their first four steps compute; of batches that differ, everything is computed."""
    bare_s, *ours = _side_by_side()
    whole_s = _monte_carlo() * RUNS / SAMPLE
    peer = "bare SimPy: request, timeout, release for each of 16 visits (upstream without its sleeps: 0.006)"
    return [
        *(
            Row(
                f"16 machines with all physics, {name}",
                BATCHES / taken_s,
                "batches/s/core",
                peer,
                bare_s / taken_s,
                aim,
            )
            for name, taken_s, aim in zip(
                ("default batches", "no two alike", "with set-up, failures, pools"),
                ours,
                ("0.4 of it", "", ""),
                strict=True,
            )
        ),
        Row(
            f"1,000 runs of {DAY} batches with key figures, {CORES} cores (from {SAMPLE} runs, scaled)",
            whole_s,
            "s",
            "",
            None,
            "under 25 s",
        ),
    ]


def _side_by_side() -> list[float]:
    """Best of each, taken in turns, so that the machine's moods meet all."""
    works = (
        lambda: _bare(BATCHES),
        lambda: _plain(unlike=False),
        lambda: _plain(unlike=True),
        lambda: _run(default_configuration(), BATCHES, 1, unlike=False),
    )
    rounds = [[_timed(work) for work in works] for _ in range(ROUNDS)]
    return [min(times) for times in zip(*rounds, strict=True)]


def _timed(work: Callable[[], object]) -> float:
    begun = time.process_time()
    work()
    return time.process_time() - begun


def _bare(batches: int) -> None:
    environment = simpy.Environment()
    machines = [simpy.Resource(environment, 1) for _ in MACHINES]

    def visits() -> Generator[simpy.Event, Any, None]:
        for machine in machines:
            request = machine.request()
            yield request
            yield environment.timeout(1.0)
            machine.release(request)

    for _ in range(batches):
        environment.process(visits())
    environment.run()


def _plain(*, unlike: bool) -> None:
    """As in the bare model: single machines that need no set-up and never fail."""
    machines = {key: MachineSettings(key, defaults(key)) for key in MACHINES}
    _run(PlantConfiguration(machines), BATCHES, 1, unlike=unlike)


def _run(configuration: PlantConfiguration, batches: int, seed: int, *, unlike: bool) -> None:
    """Until all is made; `unlike` gives each batch a slurry of its own."""
    simulation = PlantSimulation(configuration, seed, STEPS)
    usual = defaults(MIXER)
    for number in range(batches):
        changes = {"AM": 0.495 - 1e-5 * number, "solvent": 0.41 + 1e-5 * number}
        own = {MIXER: usual.changed(changes)} if unlike else {}
        simulation.apply(AddBatch(0.0, f"b{number}", own))
    simulation.run()


def _days(seeds: Iterable[int]) -> list[Task]:
    configuration = default_configuration()
    return [Task(str(seed), "day", configuration, DAY, seed) for seed in seeds]


def _monte_carlo() -> float:
    """With the pool that `busbar plant sweep` uses; its workers' start is left out."""
    with RunPool(CORES, 600.0) as pool:
        list(pool.results(_days(range(CORES))))
        begun = time.perf_counter()
        list(pool.results(_days(range(SAMPLE))))
        return time.perf_counter() - begun
