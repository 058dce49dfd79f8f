"""Plans for the tests, small enough to run many."""

from __future__ import annotations

import os
import signal
import sys
from multiprocessing import active_children
from pathlib import Path

from server.plant.configuration import PlantConfiguration
from server.plant.sweep.plan import Plan, read_plan
from server.plant.sweep.run import Result, run_once

SMALL = """
batches: 4
repetitions: 3
seed: 7
vary:
  cell/formation_cycling/units: [376, 6016]
"""
MARK = "BUSBAR_TEST_DIED"
"""Names the folder in which a worker leaves a note before it dies."""


def written(folder: Path, text: str) -> Path:
    path = folder / "plan.yaml"
    path.write_text(text)
    return path


def plan(folder: Path, text: str = SMALL) -> Plan:
    return read_plan(written(folder, text))


def dies_once(configuration: PlantConfiguration, batches: int, seed: int) -> Result:
    """The first worker that comes to seed 8 is killed as the system kills."""
    note = Path(os.environ[MARK]) / "died"
    if seed == 8 and not note.exists():
        note.touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return run_once(configuration, batches, seed)


def dies_always(configuration: PlantConfiguration, batches: int, seed: int) -> Result:
    with (Path(os.environ[MARK]) / "deaths").open("a") as stream:
        stream.write("x")
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError


def fails(configuration: PlantConfiguration, batches: int, seed: int) -> Result:
    raise ZeroDivisionError("nothing to divide by")


def never_ends(configuration: PlantConfiguration, batches: int, seed: int) -> Result:
    signal.pause()
    raise AssertionError


def children() -> list[int]:
    return [child.pid for child in active_children() if child.pid]


def alive(pid: int) -> bool:
    """Whether the process still does something; a zombie does not."""
    if sys.platform != "linux":
        raise NotImplementedError
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
