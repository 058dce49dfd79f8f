"""The cells that a finished batch consists of: each with its own capacity and self-discharge around the batch's mean.

The plant calculates the mean cell; how cells lie around it is drawn here, from the run's seed and the batch's id, so
that the same batch has the same cells however often it is asked. The mean over a batch's cells is the plant's figure.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from random import Random

from clients.plant.models import Stage
from schema.ports import BatchView
from server.plant.steps.aging import REJECT_MV_PER_D, SHORT_MV_PER_D, SPREAD

CAPACITY_CV = 0.01
"""Scatter of a cell's capacity about the mean: that of the coating's loading, 1 % (slot dies, well adjusted)."""
FARTHEST = 4.0
"""Standard deviations beyond which no cell lies."""
SELF_DISCHARGE = "self_discharge"


class NoCellsError(Exception):
    """The batch says too little about its cells to make them; the text says what is missing."""


@dataclass(frozen=True, slots=True)
class FormedCell:
    """`number` counts from 1, good cells first; `share` is its capacity over the mean cell's."""

    number: int
    share: float
    self_discharge_mv_per_d: float
    scrap_cause: str | None


def readings_of(batch: BatchView, stage: Stage) -> Mapping[str, float]:
    """What the machine of the cell line showed for it. Raises NoCellsError when it made nothing of the batch."""
    for step in batch.steps:
        if step.machine.stage is stage and step.result is not None:
            return step.result.readings
    raise NoCellsError(f"batch {batch.id!r} has no result of {stage}")


def reading(readings: Mapping[str, float], name: str) -> float:
    """One figure. Raises NoCellsError where it is missing, or is no number."""
    value = readings.get(name)
    if value is None or not math.isfinite(value):
        raise NoCellsError(f"the batch's results have no {name}")
    return value


def formed_cells(batch: BatchView, seed: str, most: int) -> list[FormedCell]:
    """All its cells, at most `most` of them: good ones, then those that the store rejected. Raises NoCellsError."""
    aged = readings_of(batch, Stage.AGING)
    mean_mv = reading(aged, "self_discharge_mv_per_d")
    good = min(most, batch.cells)
    bad = min(most - good, round(reading(aged, "rejected_cells")))
    dice = Random(f"{seed}/{batch.id}/cells")  # noqa: S311 (chance, no secret)
    shares = _shares(good + bad, dice)
    leaks = [*islice(_sound(mean_mv, dice), good), *islice(_leaking(dice), bad)]
    return [
        FormedCell(number, share, leak, SELF_DISCHARGE if number > good else None)
        for number, (share, leak) in enumerate(zip(shares, leaks, strict=True), start=1)
    ]


def _shares(count: int, dice: Random) -> list[float]:
    """Normal about 1, then moved so that their mean is 1."""
    drawn = [max(-FARTHEST, min(FARTHEST, dice.gauss(0.0, 1.0))) for _ in range(count)]
    middle = math.fsum(drawn) / count if count else 0.0
    return [1.0 + CAPACITY_CV * (each - middle) for each in drawn]


def _sound(mean_mv: float, dice: Random) -> Iterator[float]:
    """Lognormal, as `server.plant.steps.aging` has it; who passed the store lies below its limit."""
    while True:
        yield min(mean_mv * math.exp(SPREAD * dice.gauss(0.0, 1.0)), REJECT_MV_PER_D)


def _leaking(dice: Random) -> Iterator[float]:
    while True:
        yield REJECT_MV_PER_D + dice.expovariate(1.0 / SHORT_MV_PER_D)
